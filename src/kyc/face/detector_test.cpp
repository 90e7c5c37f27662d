// Every registered detector, without knowing which: a new one is tested before its own test exists.
#include "kyc/face/detector.h"

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/core/registry.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

const ModelManifest& detector_models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

bool operator==(const FaceDetection& a, const FaceDetection& b) {
  return a.box == b.box && a.confidence == b.confidence && a.points == b.points;
}

class EveryDetector : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    try {
      detector_ = Registry<FaceDetector>::make(GetParam(), {detector_models(), {}});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::NotFound) throw;
      GTEST_SKIP() << "the model is not here: " << error.what();
    }
  }
  std::unique_ptr<FaceDetector> detector_;
};

TEST_P(EveryDetector, FindsADrawnFaceWhereItIs) {
  for (const std::uint64_t identity : {1U, 5U, 9U}) {
    SyntheticFace face;
    face.identity = identity;
    const SyntheticPicture picture = draw_synthetic_face(face);
    const auto found = detector_->detect(picture.image);
    ASSERT_FALSE(found.empty());
    EXPECT_GE(found[0].confidence, 0.65F);
    EXPECT_LE(found[0].confidence, 1.0F);
    EXPECT_GE(iou(found[0].box, picture.faces[0].box), 0.5F);
    if (found[0].points) {
      const float tolerance = 0.35F * inter_eye_distance(picture.faces[0].points);
      for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_NEAR((*found[0].points)[i].x, picture.faces[0].points[i].x, tolerance);
        EXPECT_NEAR((*found[0].points)[i].y, picture.faces[0].points[i].y, tolerance);
      }
    }
  }
}

TEST_P(EveryDetector, SortsByConfidenceAndSeparatesFaces) {
  SyntheticScene scene{640, 320, 4, {}};
  scene.faces.push_back({.identity = 1, .center = {160, 150}, .size = 130});
  scene.faces.push_back({.identity = 4, .center = {480, 150}, .size = 110});
  const SyntheticPicture picture = draw_scene(scene);
  const auto found = detector_->detect(picture.image);
  ASSERT_GE(found.size(), 2U);
  for (std::size_t i = 1; i < found.size(); ++i) EXPECT_LE(found[i].confidence, found[i - 1].confidence);
  for (const SyntheticTruth& truth : picture.faces)
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const auto& face) {
      return face.confidence >= 0.65F && iou(face.box, truth.box) >= 0.5F;
    }));
}

TEST_P(EveryDetector, FollowsTheScaleOfThePicture) {
  const SyntheticPicture picture = draw_synthetic_face();
  const auto small = detector_->detect(picture.image);
  const auto large = detector_->detect(resize(picture.image, 1280, 1280));
  ASSERT_FALSE(small.empty());
  ASSERT_FALSE(large.empty());
  const Box scaled{4 * small[0].box.x, 4 * small[0].box.y, 4 * small[0].box.width, 4 * small[0].box.height};
  EXPECT_GE(iou(large[0].box, scaled), 0.8F);
}

TEST_P(EveryDetector, GivesTheSameTwiceAndOnSeveralThreads) {
  const SyntheticPicture picture = draw_synthetic_face();
  const auto expected = detector_->detect(picture.image);
  std::vector<char> same(8, 0);
  parallel_for(same.size(), 4, [&](std::size_t i, int) {
    const auto found = detector_->detect(picture.image);
    same[i] = std::equal(
        found.begin(), found.end(), expected.begin(), expected.end(), [](const auto& a, const auto& b) {
          return a == b;
        });
  });
  for (const char each : same) EXPECT_TRUE(each);
}

TEST_P(EveryDetector, FindsNothingWhereNothingIsAndBearsOddShapes) {
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 500}, {500, 1}, {2, 3}, {33, 31}, {5000, 20}, {20, 5000}, {640, 480}}) {
    const auto found = detector_->detect(make_image(width, height));
    for (const auto& face : found) EXPECT_LT(face.confidence, 0.65F) << width << " x " << height;
  }
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const MethodInfo& method : Registry<FaceDetector>::list()) out.push_back(method.name);
  return out;
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryDetector, testing::ValuesIn(names()), [](const auto& method) {
  return method.param;
});

TEST(FaceDetectors, AreRegistered) {
  EXPECT_EQ(names(), (std::vector<std::string>{"fr_detect", "yunet"}));
}

}  // namespace
}  // namespace kyc
