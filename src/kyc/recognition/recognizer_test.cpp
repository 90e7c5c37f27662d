#include "kyc/recognition/recognizer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/face/alignment.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

const ModelManifest& models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

const Recognizer& recognizer() {
  static const Recognizer made({models(), {}});
  return made;
}

FaceTemplate template_of(std::uint64_t identity, int variant) {
  SyntheticFace face;
  face.identity = identity;
  face.pose.yaw = 6.0F * static_cast<float>(variant) - 9;
  face.light = variant == 2 ? 0.85F : 1;
  face.mouth_open = variant == 3 ? 0.5F : 0;
  const SyntheticPicture picture =
      draw_synthetic_face(face, 10 * identity + static_cast<std::uint64_t>(variant));
  return recognizer().extract(picture.image, picture.faces[0].points);
}

TEST(Recognizer, GivesTemplatesOfUnitLength) {
  const FaceTemplate made = template_of(1, 0);
  EXPECT_EQ(made.model, "fr_feature");
  EXPECT_EQ(made.values.size(), 512U);
  EXPECT_NEAR(compare(made, made), 1, 1e-6);
}

TEST(Recognizer, KnowsADrawnPersonAgain) {
  const double limit = threshold(recognizer().model(), "fmr_1e-3").value;
  for (const std::uint64_t identity : {1U, 3U, 5U, 11U})
    for (const int variant : {1, 2, 3})
      EXPECT_GE(compare(template_of(identity, 0), template_of(identity, variant)), limit + 0.3) << identity;
}

TEST(Recognizer, TellsDrawnStrangersApart) {
  const double limit = threshold(recognizer().model(), "fmr_1e-3").value;
  EXPECT_LT(compare(template_of(3, 0), template_of(11, 0)), limit);
  EXPECT_LT(compare(template_of(1, 0), template_of(5, 0)), limit);
}

TEST(Recognizer, TellsThePeopleOfTheSamplesApart) {
  const FaceAnalyzer analyzer({models(), {}});
  const auto of = [&](const std::string& name) {
    const Image image = read_image(KYC_SOURCE_DIR "/samples/" + name);
    return recognizer().extract(image, analyzer.analyze(image).at(0).points);
  };
  const double limit = threshold(recognizer().model(), "fmr_1e-3").value;
  const FaceTemplate franck = of("franck_02159.jpg");
  EXPECT_GE(compare(franck, of("franck_03979.jpg")), limit);
  EXPECT_LT(compare(franck, of("audrey.jpg")), limit);
  EXPECT_LT(compare(franck, of("SeanConnery.jpg")), limit);
}

// Every recogniser of the set-up that is one: "mobilefacenet" is not, see its entry.
TEST(Recognizer, TellsThePeopleOfTheSamplesApartWithEveryNetwork) {
  const FaceAnalyzer analyzer({models(), {}});
  const auto sample = [&](const std::string& name) {
    Image image = read_image(KYC_SOURCE_DIR "/samples/" + name);
    const FivePoints points = analyzer.analyze(image).at(0).points;
    return std::pair(std::move(image), points);
  };
  const auto franck = sample("franck_02159.jpg");
  const auto again = sample("franck_03979.jpg");
  const auto audrey = sample("audrey.jpg");
  const auto cage = sample("cage.jpg");
  int count = 0;
  for (const ModelEntry& entry : models().entries()) {
    if (entry.task != "recognition" || entry.user_supplied || entry.name == "mobilefacenet") continue;
    SCOPED_TRACE(entry.name);
    ++count;
    const Recognizer network({models(), {}}, entry.name);
    const auto of = [&](const auto& one) { return network.extract(one.first, one.second); };
    const double limit = threshold(entry, "fmr_1e-2").value;
    EXPECT_GE(compare(of(franck), of(again)), limit);
    EXPECT_LT(compare(of(franck), of(audrey)), limit);
    EXPECT_LT(compare(of(franck), of(cage)), limit);
  }
  EXPECT_GE(count, 4);
}

TEST(Recognizer, AlignsAsTheManifestSays) {
  const SyntheticPicture picture = draw_synthetic_face();
  const FivePoints& points = picture.faces[0].points;
  EXPECT_EQ(recognizer().align(picture.image, points), align_face(picture.image, points));
  const Recognizer resnet({models(), {}}, "resnet34");
  const Image crop = resnet.align(picture.image, points);
  EXPECT_EQ(crop.width, 150);
  EXPECT_EQ(crop.height, 150);
  EXPECT_EQ(resnet.extract(picture.image, points), resnet.extract(crop));
  // zoom 1, shift -0.12: as large on 150 pixels as on 112, and 18 pixels higher.
  const Similarity plain = aligned_from_image(points);
  const float scale = 150.0F / 112;
  const Similarity moved{scale * plain.a, scale * plain.b, scale * plain.tx, scale * plain.ty - 18};
  const Image expected = warp(picture.image, moved, 150, 150);
  int worst = 0;
  for (std::size_t i = 0; i < crop.pixels.size(); ++i)
    worst = std::max(worst, std::abs(crop.pixels[i] - expected.pixels[i]));
  EXPECT_LE(worst, 1);
  EXPECT_EQ(resnet.extract(crop).values.size(), 128U);
}

TEST(Recognizer, GivesTheSameOnSeveralThreads) {
  const FaceTemplate expected = template_of(2, 0);
  std::vector<char> same(6, 0);
  parallel_for(same.size(), 3, [&](std::size_t i, int) { same[i] = template_of(2, 0) == expected; });
  for (const char each : same) EXPECT_TRUE(each);
}

TEST(Recognizer, RefusesWhatIsNotAligned) {
  EXPECT_THROW(recognizer().extract(make_image(100, 112)), Error);
}

TEST(Recognizer, RefusesAModelOfAnotherTask) {
  try {
    const Recognizer made({models(), {}}, "fr_detect");
    FAIL() << "made a recogniser";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(std::string(error.what()).find("face_detection"), std::string::npos);
  }
}

TEST(Compare, IsTheCosine) {
  const FaceTemplate a{"m", {1, 0}};
  EXPECT_DOUBLE_EQ(compare(a, {"m", {0, 1}}), 0);
  EXPECT_DOUBLE_EQ(compare(a, {"m", {-1, 0}}), -1);
  EXPECT_NEAR(compare(a, {"m", {0.6F, 0.8F}}), 0.6, 1e-7);
}

TEST(Compare, RefusesTemplatesOfDifferentModels) {
  EXPECT_THROW(compare({"m", {1, 0}}, {"n", {1, 0}}), Error);
  EXPECT_THROW(compare({"m", {1, 0}}, {"m", {1, 0, 0}}), Error);
}

}  // namespace
}  // namespace kyc
