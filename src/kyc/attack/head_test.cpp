#include "kyc/attack/head.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/attack/reshape.h"
#include "kyc/image/image.h"
#include "kyc/testing/person.h"

namespace kyc {
namespace {

DensePoints placed(const DensePoints& points, const Placement& placement) {
  DensePoints out;
  for (std::size_t i = 0; i < kDensePoints; ++i) out[i] = placement(points[i]);
  return out;
}

Placement placement_at(float yaw, float pitch, float roll, double scale, double x, double y) {
  return {rotation_of({yaw, pitch, roll}), scale, {x, y, 7}};
}

TEST(FitPlacement, FindsTheRotationScaleAndShiftOfAHead) {
  const Placement truth = placement_at(25, -12, 8, 90, 160, 150);
  const Placement found =
      fit_placement(dense_topology().average, placed(dense_topology().average, truth), rigidity());
  EXPECT_NEAR(found.scale, 90, 1e-2);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(found.rotation[i], truth.rotation[i], 1e-4);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found.shift[i], truth.shift[i], 1e-2);
}

TEST(FitPlacement, AnOpenMouthHardlyMovesTheHead) {
  const Placement truth = placement_at(10, 0, 0, 90, 160, 150);
  DensePoints open = dense_topology().average;
  for (std::size_t i = 0; i < kDensePoints; ++i)
    if (open[i].y > dense_topology().average[13].y) open[i].y += 0.25F;  // a quarter of the outer eye corners
  const Placement found = fit_placement(dense_topology().average, placed(open, truth), rigidity());
  const HeadPose pose = pose_of(found.rotation);
  EXPECT_NEAR(pose.yaw, 10, 0.5);
  EXPECT_NEAR(pose.pitch, 0, 3);
  EXPECT_NEAR(found.scale / 90, 1, 0.02);
}

TEST(Placement, BackUndoesIt) {
  const Placement placement = placement_at(-20, 5, 3, 70, 10, 20);
  const Point3 p{0.3F, -0.2F, 0.1F};
  const Point3 q = placement.back(placement(p));
  EXPECT_NEAR(q.x, p.x, 1e-5);
  EXPECT_NEAR(q.y, p.y, 1e-5);
  EXPECT_NEAR(q.z, p.z, 1e-5);
}

TEST(Normals, PointOutOfTheFace) {
  const DensePoints normals = normals_of(dense_topology().average);
  EXPECT_LT(normals[4].z, -0.6F) << "the nose looks into the camera";
  EXPECT_LT(normals[234].x, -0.5F) << "the image's left temple looks to the left";
  EXPECT_GT(normals[454].x, 0.5F);
  const DensePoints turned =
      normals_of(placed(dense_topology().average, placement_at(60, 0, 0, 90, 160, 150)));
  EXPECT_GT(turned[454].z, 0) << "turned away on the side that the nose points to";
  EXPECT_LT(turned[234].z, 0);
}

TEST(FarToNear, DrawsTheNoseLast) {
  const DensePoints& points = dense_topology().average;
  const std::vector<Triangle> order = far_to_near(points, all_triangles());
  ASSERT_EQ(order.size(), all_triangles().size());
  const auto depth = [&](const Triangle& t) { return points[t[0]].z + points[t[1]].z + points[t[2]].z; };
  for (std::size_t i = 1; i < order.size(); ++i) EXPECT_GE(depth(order[i - 1]), depth(order[i]));
}

TEST(SizeOf, DoesNotShrinkWhenTheHeadTurns) {
  const float front = size_of(placed(dense_topology().average, placement_at(0, 0, 0, 100, 160, 150)));
  const float side = size_of(placed(dense_topology().average, placement_at(50, 0, 0, 100, 160, 150)));
  EXPECT_NEAR(front, 100 / 1.42F, 0.5F);
  EXPECT_NEAR(side, front, 0.5F);
}

class ReshaperTest : public testing::Test {
 protected:
  // A wider head than the average one.
  static DensePoints wide() {
    DensePoints out = dense_topology().average;
    for (Point3& p : out) p.x *= 1.15F;
    return out;
  }
  const Placement place_ = placement_at(5, 0, 0, 80, 160, 150);
  const DensePoints mesh_ = placed(dense_topology().average, place_);
};

TEST_F(ReshaperTest, AmountZeroTouchesNothing) {
  Image picture = make_image(320, 320);
  const Image before = picture;
  Mask mask{320, 320, std::vector<std::uint8_t>(320 * 320)};
  Reshaper reshaper(placed(wide(), place_), 0);
  EXPECT_EQ(reshaper.reshape(mesh_, 0, picture, mask), mesh_);
  EXPECT_EQ(picture, before);
}

TEST_F(ReshaperTest, TakesOnTheOtherHeadsProportionsAndMarksWhatMoved) {
  Image picture = make_image(320, 320);
  Dice dice(3);
  for (std::uint8_t& value : picture.pixels) value = static_cast<std::uint8_t>(dice.between(0, 255));
  const Image before = picture;
  Mask mask{320, 320, std::vector<std::uint8_t>(320 * 320)};
  Reshaper reshaper(placed(wide(), placement_at(-15, 4, 2, 55, 90, 80)), 1);
  const DensePoints out = reshaper.reshape(mesh_, 0, picture, mask);
  const auto width = [](const DensePoints& m) { return m[454].x - m[234].x; };
  // Placements are fitted by the rigid points, so part of the width is taken for scale.
  EXPECT_GT(width(out) / width(mesh_), 1.03F);
  EXPECT_LT(width(out) / width(mesh_), 1.16F);
  std::size_t unmarked = 0;
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    if (mask.values[i] == 0)
      for (std::size_t c = 0; c < 3; ++c)
        unmarked += picture.pixels[3 * i + c] != before.pixels[3 * i + c] ? 1 : 0;
  EXPECT_EQ(unmarked, 0U);
  EXPECT_EQ(mask.row(2)[2], 0) << "far away nothing moves";
}

TEST_F(ReshaperTest, DoesNotSwimWhenTheMouthOpens) {
  Reshaper reshaper(placed(wide(), place_), 1);
  Image picture = make_image(320, 320);
  Mask mask{320, 320, std::vector<std::uint8_t>(320 * 320)};
  DensePoints closed;
  for (int i = 0; i < 25; ++i) closed = reshaper.reshape(mesh_, 0.04 * i, picture, mask);
  DensePoints open_mesh = mesh_;
  open_mesh[14].y += 20;
  const DensePoints open = reshaper.reshape(open_mesh, 1, picture, mask);
  EXPECT_NEAR(open[14].y - closed[14].y, 20, 1.5) << "the driver's expression goes through";
  EXPECT_NEAR(open[4].x - closed[4].x, 0, 0.1);
}

}  // namespace
}  // namespace kyc
