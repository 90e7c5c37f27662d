#include "kyc/detection/network_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/testing/refusal.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

using ::testing::HasSubstr;

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

// A clip of a head that turns: frames, and what `detector` took down of them.
struct SeenClip {
  std::vector<SeenFrame> frames;
  std::vector<FrameNotes> notes;
  ClipTrace trace;

  explicit SeenClip(const AttackDetector& detector) {
    for (int i = 0; i < 4; ++i) {
      const SyntheticPicture drawn =
          draw_synthetic_face({.identity = 3, .pose = {.yaw = 5.0F * static_cast<float>(i)}}, 3);
      SeenFrame frame;
      frame.index = i;
      frame.face.detection.box = drawn.faces.at(0).box;
      frame.face.landmarks = drawn.faces.at(0).landmarks;
      notes.push_back(detector.observe({drawn.image, frame.face}));
      frames.push_back(frame);
    }
  }
  Evidence evidence() const { return {frames, notes, &trace, nullptr}; }
};

TEST(NetworkDetector, WithANetworkOfMovementCallsAnAttackWhatEitherCallsOne) {
  const ModelManifest models(KYC_SOURCE_DIR "/models");
  ModelEntry entry = models.entry("deepfake_small");
  entry.detection->movement = "movement_small";
  const auto both = network_detector(entry, {models, {}});
  const auto moving = network_detector(models.entry("movement_small"), {models, {}});
  entry.detection->movement.clear();
  const auto face = network_detector(entry, {models, {}});
  const SeenClip seen_by_both(*both);
  const SeenClip seen_moving(*moving);
  const SeenClip seen_face(*face);
  const double p = face->conclude(seen_face.evidence())->score;
  const double q = moving->conclude(seen_moving.evidence())->score;
  const double even = threshold(models.entry("movement_small"), "eer").value;
  const auto odds = [](double score) { return score / (1 - score); };
  const double chance = odds(q) / (odds(q) + odds(even));  // one half at the equal error rate
  EXPECT_GT(p, 0);
  EXPECT_GT(q, 0);
  const AttackAssessment found = both->conclude(seen_by_both.evidence());
  EXPECT_NEAR(found->score, 1 - (1 - p) * (1 - chance), 1e-6);
  EXPECT_EQ(found->signals.at(0).name, "face");
  EXPECT_EQ(found->signals.at(1).name, "movement");
  EXPECT_NEAR(found->signals.at(1).value, q, 1e-6);
  EXPECT_EQ(both->info().models.size(), 2U);

  // Of a photo the face alone counts, and movement says nothing.
  const std::vector<SeenFrame> frame(seen_by_both.frames.begin(), seen_by_both.frames.begin() + 1);
  const std::vector<FrameNotes> note(seen_by_both.notes.begin(), seen_by_both.notes.begin() + 1);
  EXPECT_NEAR(both->conclude({frame, note, nullptr, nullptr})->score, *both->frame_score(note[0]), 1e-6);
  EXPECT_FALSE(moving->conclude({frame, note, nullptr, nullptr}));
}

TEST(NetworkDetector, RefusesForMovementWhatDoesNotSeeIt) {
  const ModelManifest models(KYC_SOURCE_DIR "/models");
  ModelEntry entry = models.entry("deepfake_small");
  entry.detection->movement = "replay_small";
  EXPECT_THAT(refusal(ErrorCode::Unsupported,
                      [&] {
                        network_detector(entry, {models, {}});
                      }),
              HasSubstr("replay_small, is no network that \"sees\" the \"movement\""));
  entry = models.entry("movement_small");
  entry.detection->box = 4;
  EXPECT_THAT(refusal(ErrorCode::Unsupported,
                      [&] {
                        network_detector(entry, {models, {}});
                      }),
              HasSubstr("a \"box\" of at most 3"));
}

}  // namespace
}  // namespace kyc
