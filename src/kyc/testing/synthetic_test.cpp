#include "kyc/testing/synthetic.h"

#include <gtest/gtest.h>

#include "kyc/face/alignment.h"

namespace kyc {
namespace {

TEST(DrawScene, GivesTheSameBytesForTheSameScene) {
  EXPECT_EQ(draw_synthetic_face().image, draw_synthetic_face().image);
  EXPECT_NE(draw_synthetic_face().image, draw_synthetic_face({}, 2).image);
  SyntheticFace other;
  other.identity = 2;
  EXPECT_NE(draw_synthetic_face().image, draw_synthetic_face(other).image);
}

TEST(DrawScene, TellsWhereThePointsAre) {
  const SyntheticPicture picture = draw_synthetic_face();
  ASSERT_EQ(picture.faces.size(), 1U);
  const SyntheticTruth& truth = picture.faces[0];
  EXPECT_EQ(truth.points, five_points(truth.landmarks));
  EXPECT_LT(truth.points[0].x, truth.points[1].x);
  EXPECT_LT(truth.points[1].y, truth.points[2].y);
  EXPECT_LT(truth.points[2].y, truth.points[3].y);
  for (const Point& p : truth.landmarks) {
    EXPECT_GE(p.x, truth.box.x - 0.01F);
    EXPECT_LE(p.x, truth.box.right() + 0.01F);
    EXPECT_GE(p.y, truth.box.y);
    EXPECT_LE(p.y, truth.box.bottom() + 0.01F);
  }
}

TEST(DrawScene, TurnsTheNoseAsThePoseSays) {
  SyntheticFace face;
  const auto nose_offset = [&] {
    const FivePoints p = draw_synthetic_face(face).faces[0].points;
    return p[2].x - (p[0].x + p[1].x) / 2;
  };
  EXPECT_NEAR(nose_offset(), 0, 0.01);
  face.pose.yaw = 20;
  EXPECT_GT(nose_offset(), 5);
}

TEST(DrawScene, DrawsOverTheEdgeWithoutHarm) {
  SyntheticScene scene{50, 40, 1, {}};
  scene.faces.push_back({.center = {-20, 10}, .size = 200});
  scene.faces.push_back({.center = {500, 500}, .size = 30});
  EXPECT_EQ(draw_scene(scene).faces.size(), 2U);
}

TEST(DrawTurningFace, SwingsToBothSidesAndBlinks) {
  const auto offset = [](int k) {
    const FivePoints p = draw_turning_face(1, k, 41).faces[0].points;
    return p[2].x - (p[0].x + p[1].x) / 2;
  };
  EXPECT_GT(offset(10), 5);
  EXPECT_LT(offset(30), -5);
  const auto lids = [](int k) {
    const Landmarks68 l = draw_turning_face(1, k, 41).faces[0].landmarks;
    return l[41].y - l[37].y;
  };
  EXPECT_LT(lids(20), 0.3F * lids(10));
}

}  // namespace
}  // namespace kyc
