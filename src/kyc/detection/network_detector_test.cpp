#include "kyc/detection/network_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

ModelDetection square_of(float box) {
  ModelDetection out;
  out.box = box;
  out.square = true;
  return out;
}

void expect_box(const Box& box, const Box& expected) {
  EXPECT_FLOAT_EQ(box.x, expected.x);
  EXPECT_FLOAT_EQ(box.y, expected.y);
  EXPECT_FLOAT_EQ(box.width, expected.width);
  EXPECT_FLOAT_EQ(box.height, expected.height);
}

constexpr Box kFace{40, 20, 20, 40};  // its middle at 50, 40

TEST(DetectionBox, IsTheFaceEnlargedAboutItsMiddle) {
  ModelDetection detection;
  detection.box = 1.5F;
  expect_box(detection_box(kFace, 200, 100, detection), {35, 10, 30, 60});
  expect_box(detection_box(kFace, 200, 100, square_of(1.5F)), {20, 10, 60, 60});
  detection.box = 0;
  expect_box(detection_box(kFace, 200, 100, detection), {0, 0, 200, 100});
}

TEST(DetectionBox, IsCutAtTheEdges) {
  ModelDetection detection = square_of(3);
  expect_box(detection_box(kFace, 200, 90, detection), {-10, -20, 120, 120});
  detection.cut = true;
  expect_box(detection_box(kFace, 200, 90, detection), {0, 0, 110, 90});
}

TEST(DetectionBox, InsideIsAsLargeAsThePictureAllowsAndNoLarger) {
  ModelDetection detection = square_of(1.5F);
  detection.inside = true;
  expect_box(detection_box(kFace, 200, 100, detection), {20, 10, 60, 60});  // inside already
  expect_box(detection_box(kFace, 200, 65, detection), {20, 5, 60, 60});    // moved
  expect_box(detection_box(kFace, 75, 100, detection), {15, 10, 60, 60});   // moved to the other edge
  expect_box(detection_box(kFace, 200, 50, detection), {25, 0, 50, 50});  // shrunk about the face, then moved
  expect_box(detection_box({-30, -30, 40, 40}, 64, 64, detection), {0, 0, 60, 60});
}

TEST(NetworkDetector, GivesAClipTheQuantileOfItsFramesThatItsDescriptionAsksFor) {
  const ModelManifest models(KYC_SOURCE_DIR "/models");
  ModelEntry entry = models.entry("replay_small");
  const std::vector<FrameNotes> notes{{0.9F}, {0.1F}, {0.2F}};
  const std::vector<SeenFrame> frames(3);
  const auto score = [&](double quantile) {
    entry.detection->quantile = quantile;
    return network_detector(entry, {models, {}})->conclude({frames, notes, nullptr, nullptr})->score;
  };
  EXPECT_NEAR(score(0.5), 0.2, 1e-6);
  EXPECT_NEAR(score(1), 0.9, 1e-6);
  EXPECT_NEAR(score(0.75), 0.55, 1e-6);
  EXPECT_NEAR(score(0), 0.1, 1e-6);
}

TEST(NetworkDetector, OfMirroredPicturesTooGivesBothTheSameScore) {
  const ModelManifest models(KYC_SOURCE_DIR "/models");
  ModelEntry entry = models.entry("deepfake_small");
  const Image image = draw_synthetic_face({.identity = 5}, 5).image;
  Image turned = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) turned.row(y)[3 * x + c] = image.row(y)[3 * (image.width - 1 - x) + c];
  Face face;
  face.detection.box = {70, 60, 160, 180};
  Face turned_face;
  turned_face.detection.box = {static_cast<float>(image.width) - 230, 60, 160, 180};
  const auto scores = [&](bool mirrored) {
    entry.detection->mirrored = mirrored;
    const auto detector = network_detector(entry, {models, {}});
    return std::pair(*detector->frame_score(detector->observe({image, face})),
                     *detector->frame_score(detector->observe({turned, turned_face})));
  };
  const auto [once, once_turned] = scores(false);
  const auto [both, both_turned] = scores(true);
  EXPECT_GT(std::abs(once - once_turned), 1e-4);
  EXPECT_NEAR(both, both_turned, 1e-5);
  EXPECT_GT(both, std::min(once, once_turned));
  EXPECT_LT(both, std::max(once, once_turned));
}

}  // namespace
}  // namespace kyc
