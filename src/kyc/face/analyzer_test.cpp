#include "kyc/face/analyzer.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/face/alignment.h"
#include "kyc/image/codec.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

const ModelManifest& models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

const FaceAnalyzer& analyzer() {
  static const FaceAnalyzer made({models(), {}});
  return made;
}

double mean_distance(const Landmarks68& a, const Landmarks68& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::hypot(a[i].x - b[i].x, a[i].y - b[i].y);
  return sum / static_cast<double>(a.size());
}

Face face_of(const SyntheticPicture& picture) {
  const std::vector<Face> faces = analyzer().analyze(picture.image);
  EXPECT_EQ(faces.size(), 1U);
  return faces.empty() ? Face{} : faces[0];
}

TEST(FaceAnalyzer, PutsTheLandmarksWhereTheyWereDrawn) {
  for (std::uint64_t identity = 1; identity <= 12; ++identity) {
    SyntheticFace drawn;
    drawn.identity = identity;
    const SyntheticPicture picture = draw_synthetic_face(drawn, identity);
    const Face face = face_of(picture);
    // 0.05 to 0.09 of the eye distance when this was written: a drawing has no chin line and no real nose.
    EXPECT_LE(mean_distance(face.landmarks, picture.faces[0].landmarks),
              0.13 * inter_eye_distance(picture.faces[0].points));
    EXPECT_EQ(face.points, five_points(face.landmarks));
  }
}

TEST(FaceAnalyzer, SeesOpenAndClosedEyes) {
  for (const std::uint64_t identity : {1U, 3U, 4U, 7U}) {
    SyntheticFace drawn;
    drawn.identity = identity;
    const EyeState open = face_of(draw_synthetic_face(drawn)).eyes;
    EXPECT_GE(open.image_left, 0.5F);
    EXPECT_GE(open.image_right, 0.5F);
    drawn.eyes_open = 0;
    const EyeState closed = face_of(draw_synthetic_face(drawn)).eyes;
    EXPECT_LT(closed.image_left, 0.5F);
    EXPECT_LT(closed.image_right, 0.5F);
  }
}

TEST(FaceAnalyzer, BothPosesAgreeOnTheDirection) {
  for (const float angle : {-20.0F, 20.0F}) {
    SyntheticFace drawn;
    drawn.pose.yaw = angle;
    Face face = face_of(draw_synthetic_face(drawn));
    EXPECT_GT(face.pose.yaw * angle, 5 * 20);
    EXPECT_GT(face.pose_geometric.yaw * angle, 5 * 20);
    drawn.pose = {0, 0, angle};
    face = face_of(draw_synthetic_face(drawn));
    EXPECT_NEAR(face.pose.roll, angle, 8);
    EXPECT_NEAR(face.pose_geometric.roll, angle, 8);
    drawn.pose = {0, angle * 0.75F, 0};
    face = face_of(draw_synthetic_face(drawn));
    drawn.pose = {0, -angle * 0.75F, 0};
    const Face other = face_of(draw_synthetic_face(drawn));
    EXPECT_GT((face.pose.pitch - other.pose.pitch) * angle, 5 * 20);
    EXPECT_GT((face.pose_geometric.pitch - other.pose_geometric.pitch) * angle, 5 * 20);
  }
}

TEST(FaceAnalyzer, PutsTheLargestFaceFirst) {
  SyntheticScene scene{640, 320, 4, {}};
  scene.faces.push_back({.identity = 1, .center = {150, 150}, .size = 90});
  scene.faces.push_back({.identity = 4, .center = {450, 150}, .size = 150});
  const std::vector<Face> faces = analyzer().analyze(draw_scene(scene).image);
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_GT(faces[0].detection.box.center().x, 320);
}

TEST(FaceAnalyzer, HandlesAFaceCutByTheEdge) {
  SyntheticFace drawn;
  drawn.center = {60, 150};
  const SyntheticPicture picture = draw_synthetic_face(drawn);
  const Face face = face_of(picture);
  EXPECT_LE(mean_distance(face.landmarks, picture.faces[0].landmarks),
            0.2 * inter_eye_distance(picture.faces[0].points));
}

TEST(FaceAnalyzer, LeavesOutWhatIsNotAskedFor) {
  AnalyzerOptions options;
  options.pose = false;
  options.eyes = false;
  const FaceAnalyzer plain({models(), {}}, options);
  const std::vector<Face> faces = plain.analyze(draw_synthetic_face().image);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_EQ(faces[0].pose, faces[0].pose_geometric);
  EXPECT_EQ(faces[0].eyes.image_left, 0);
}

TEST(FaceAnalyzer, ReportsNoMoreThanTheMostConfidentFaces) {
  SyntheticScene scene{960, 320, 4, {}};
  for (int i = 0; i < 3; ++i)
    scene.faces.push_back(
        {.identity = 1, .center = {160.0F + 320.0F * static_cast<float>(i), 150}, .size = 130});
  AnalyzerOptions options;
  options.max_faces = 2;
  EXPECT_EQ(FaceAnalyzer({models(), {}}, options).analyze(draw_scene(scene).image).size(), 2U);
}

TEST(FaceAnalyzer, ServesSeveralThreads) {
  const SyntheticPicture picture = draw_synthetic_face();
  const Face expected = face_of(picture);
  std::vector<char> same(6, 0);
  parallel_for(same.size(), 3, [&](std::size_t i, int) {
    const Face face = analyzer().analyze(picture.image).at(0);
    same[i] = face.landmarks == expected.landmarks && face.pose == expected.pose;
  });
  for (const char each : same) EXPECT_TRUE(each);
}

TEST(FaceAnalyzer, RefusesAnUnknownDetector) {
  AnalyzerOptions options;
  options.detector = "nobody";
  try {
    const FaceAnalyzer made({models(), {}}, options);
    FAIL() << "made an analyzer";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_NE(std::string(error.what()).find("fr_detect"), std::string::npos);
  }
}

// Real portraits: the numbers are what this code gave when its pictures had been looked at.
TEST(FaceAnalyzer, FindsThePeopleOfTheSamplePhotos) {
  const std::string folder = KYC_SOURCE_DIR "/samples/";
  for (const char* name : {"sample1.jpg", "sample4.jpg", "franck_02159.jpg", "audrey.jpg"}) {
    const auto faces = analyzer().analyze(read_image(folder + name));
    ASSERT_GE(faces.size(), 1U) << name;
    EXPECT_GE(faces[0].detection.confidence, 0.9F) << name;
    EXPECT_LE(std::abs(faces[0].pose.yaw - faces[0].pose_geometric.yaw), 15) << name;
  }
}

}  // namespace
}  // namespace kyc
