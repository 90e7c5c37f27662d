#include "kyc/quality/component.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "kyc/core/registry.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

// A drawn face, described by what was drawn.
struct Drawn {
  Image image;
  Face face;
};

Drawn drawn(const SyntheticFace& look) {
  const SyntheticPicture picture = draw_synthetic_face(look);
  const SyntheticTruth& truth = picture.faces.front();
  Face face;
  face.detection.box = truth.box;
  face.landmarks = truth.landmarks;
  face.points = truth.points;
  face.pose = face.pose_geometric = look.pose;
  face.eyes = {look.eyes_open, look.eyes_open};
  return {picture.image, face};
}

QualityValue measure(const std::string& name, const Drawn& sample) {
  return Registry<QualityComponent>::make(name, {})->measure(sample.image, sample.face);
}

TEST(QualityComponents, AreAllThere) {
  std::set<std::string> names;
  for (const MethodInfo& method : Registry<QualityComponent>::list()) names.insert(method.name);
  EXPECT_EQ(names,
            (std::set<std::string>{"eye_state",
                                   "eyes_open",
                                   "head_pose_pitch",
                                   "head_pose_roll",
                                   "head_pose_yaw",
                                   "head_size",
                                   "inter_eye_distance",
                                   "luminance_mean",
                                   "mouth_closed",
                                   "over_exposure",
                                   "sharpness",
                                   "under_exposure"}));
}

TEST(QualityComponents, StayBetween0And100AndHaveAUnit) {
  for (const MethodInfo& method : Registry<QualityComponent>::list()) {
    const auto component = Registry<QualityComponent>::make(method.name, {});
    EXPECT_STRNE(component->unit(), "");
    for (const float light : {0.1F, 1.0F, 2.0F}) {
      SyntheticFace look;
      look.light = light;
      const Drawn sample = drawn(look);
      const QualityValue value = component->measure(sample.image, sample.face);
      EXPECT_GE(value.quality, 0) << method.name;
      EXPECT_LE(value.quality, 100) << method.name;
    }
  }
}

TEST(QualityComponents, PoseFallsWithTheSquareOfTheCosine) {
  SyntheticFace look;
  look.pose.yaw = 30;
  const QualityValue turned = measure("head_pose_yaw", drawn(look));
  EXPECT_NEAR(turned.native, 30, 1e-6);
  EXPECT_EQ(turned.quality, 75);
  EXPECT_EQ(measure("head_pose_pitch", drawn(look)).quality, 100);
}

TEST(QualityComponents, TellOpenFromClosedEyesAndMouths) {
  SyntheticFace closed;
  closed.eyes_open = 0;
  EXPECT_GT(measure("eyes_open", drawn({})).quality, 90);
  EXPECT_LT(measure("eyes_open", drawn(closed)).quality, 50);
  EXPECT_EQ(measure("eye_state", drawn(closed)).quality, 0);
  SyntheticFace open;
  open.mouth_open = 1;
  EXPECT_GT(measure("mouth_closed", drawn({})).quality, 80);
  EXPECT_LT(measure("mouth_closed", drawn(open)).quality, measure("mouth_closed", drawn({})).quality - 10);
}

TEST(QualityComponents, MeasureSizeInPixelsAndInThePicture) {
  Drawn sample = drawn({});
  const QualityValue eyes = measure("inter_eye_distance", sample);
  EXPECT_NEAR(eyes.native, static_cast<double>(inter_eye_distance(sample.face.points)), 1e-4);
  sample.face.pose.yaw = 60;
  EXPECT_NEAR(measure("inter_eye_distance", sample).native, 2 * eyes.native, 1e-3);
  EXPECT_NEAR(
      measure("head_size", sample).native, face_length(sample.face.landmarks) / sample.image.height, 1e-9);
}

TEST(QualityComponents, SeeDarkAndBurntFaces) {
  SyntheticFace dark;
  dark.light = 0.08F;
  EXPECT_GT(measure("under_exposure", drawn(dark)).native, measure("under_exposure", drawn({})).native + 0.3);
  EXPECT_LT(measure("luminance_mean", drawn(dark)).quality, measure("luminance_mean", drawn({})).quality);
  Drawn burnt = drawn({});
  for (auto& value : burnt.image.pixels) value = 255;
  EXPECT_EQ(measure("over_exposure", burnt).native, 1);
  EXPECT_EQ(measure("over_exposure", burnt).quality, 1);
}

TEST(QualityComponents, SeeBlur) {
  const Drawn sharp = drawn({});
  Drawn soft = sharp;
  soft.image =
      resize(resize(sharp.image, 40, 40, Interpolation::Area), sharp.image.width, sharp.image.height);
  EXPECT_LT(measure("sharpness", soft).quality, measure("sharpness", sharp).quality);
}

// Landmarks outside of the picture: nothing is read there.
TEST(QualityComponents, CopeWithAFaceAtTheEdge) {
  Drawn sample = drawn({});
  for (Point& point : sample.face.landmarks) point.x -= 200;
  for (const MethodInfo& method : Registry<QualityComponent>::list())
    EXPECT_NO_THROW(Registry<QualityComponent>::make(method.name, {})->measure(sample.image, sample.face));
}

}  // namespace
}  // namespace kyc
