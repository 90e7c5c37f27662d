// present/print, present/replay, inject/still as a whole, on pictures drawn here.

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/attack/attack.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/image/statistics.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

std::unique_ptr<Attack> attack(const std::string& name) {
  static const ModelManifest models(std::filesystem::path(KYC_SOURCE_DIR) / "models");
  return Registry<Attack>::make(name, {models, {}});
}

AttackSource portrait() {
  return {"drawn", draw_synthetic_face({}).image, std::nullopt};
}

Image even_light(int width, int height, std::uint8_t code) {
  Image image = make_image(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), code);
  return image;
}

// The first frames of an attack that makes its clip from a still.
std::vector<ForgedFrame> frames_of_still(const std::string& name, const AttackOptions& options, int count) {
  const auto method = attack(name);
  const AttackSource source = portrait();
  const TargetInfo info = method->plan(std::span(&source, 1), options);
  const auto forger = method->begin(std::span(&source, 1), info, options);
  std::vector<ForgedFrame> out;
  for (int i = 0; i < count; ++i) {
    const Frame frame{i, i / info.frame_rate, {}};
    out.push_back(forger->forge({&frame, nullptr}));
  }
  return out;
}

std::vector<ForgedFrame> replayed(const Image& shown, const AttackOptions& options, int count) {
  const auto forger = attack("present/replay")->begin({}, {shown.width, shown.height, 30, count}, options);
  std::vector<ForgedFrame> out;
  for (int i = 0; i < count; ++i) {
    const Frame frame{i, i / 30.0, shown};
    out.push_back(forger->forge({&frame, nullptr}));
  }
  return out;
}

double masked(const Mask& mask) {
  double sum = 0;
  for (const std::uint8_t value : mask.values) sum += value / 255.0;
  return sum / static_cast<double>(mask.values.size());
}

const std::map<std::string, std::string> kSmall{{"width", "256"}, {"height", "192"}, {"seconds", "1"}};

TEST(StillClips, AreAsLongFastAndLargeAsAsked) {
  for (const char* name : {"inject/still", "present/print"}) {
    AttackOptions options{1, {{"seconds", "2.5"}, {"frame_rate", "20"}, {"width", "200"}, {"height", "120"}}};
    const AttackSource source = portrait();
    const TargetInfo info = attack(name)->plan(std::span(&source, 1), options);
    EXPECT_EQ(info.frames, 50) << name;
    EXPECT_EQ(info.frame_rate, 20);
    EXPECT_EQ(info.width, 200);
    EXPECT_EQ(info.height, 120);
    options.values["width"] = "10";
    EXPECT_THROW(attack(name)->plan(std::span(&source, 1), options), Error);
    options.values["width"] = "wide";
    EXPECT_THROW(attack(name)->plan(std::span(&source, 1), options), Error);
  }
}

TEST(StillClips, AreTheSameForTheSameSeedOnly) {
  for (const char* name : {"inject/still", "present/print"}) {
    SCOPED_TRACE(name);
    const auto one = frames_of_still(name, {5, kSmall}, 2);
    const auto same = frames_of_still(name, {5, kSmall}, 2);
    const auto other = frames_of_still(name, {6, kSmall}, 2);
    EXPECT_EQ(one[1].image, same[1].image);
    EXPECT_EQ(one[1].mask, same[1].mask);
    EXPECT_NE(one[1].image, other[1].image);
    EXPECT_NE(one[0].image, one[1].image);
  }
}

TEST(InjectStill, ChangesEverythingByALittle) {
  const auto frames = frames_of_still("inject/still", {2, kSmall}, 3);
  EXPECT_EQ(masked(frames[0].mask), 1);
  const double between = mean_absolute_difference(frames[0].image, frames[2].image);
  EXPECT_GT(between, 0.5);
  EXPECT_LT(between, 12);
  auto still = kSmall;
  still["noise"] = still["zoom"] = still["shift"] = "0";
  const auto frozen = frames_of_still("inject/still", {2, still}, 2);
  EXPECT_EQ(frozen[0].image, frozen[1].image);
}

TEST(InjectStill, FillsTheFrameWithoutBlackEdges) {
  auto values = kSmall;
  values["zoom"] = "0.2";
  values["shift"] = "0.05";
  for (const ForgedFrame& frame : frames_of_still("inject/still", {3, values}, 30))
    for (const int x : {0, 128, 255})
      for (const int y : {0, 191}) EXPECT_GT(frame.image.row(y)[3 * x + 1], 12) << x << ' ' << y;
}

TEST(PresentPrint, MasksTheSheetAndMovesIt) {
  auto values = kSmall;
  values["hands"] = "off";
  const auto with = frames_of_still("present/print", {1, values}, 20);
  EXPECT_GT(masked(with[0].mask), 0.25);
  EXPECT_LT(masked(with[0].mask), 0.75);
  EXPECT_NE(with[0].mask, with[19].mask);
  values["shake"] = "0";
  const auto held = frames_of_still("present/print", {1, values}, 20);
  EXPECT_EQ(held[0].mask, held[19].mask);
  values["hands"] = "on";
  EXPECT_LT(masked(frames_of_still("present/print", {1, values}, 1)[0].mask), masked(held[0].mask));
}

TEST(PresentPrint, ShowsTheTargetBehindTheSheetIfAsked) {
  AttackOptions options{1, {{"hands", "off"}, {"noise", "0"}, {"background", "target"}}};
  const AttackSource source = portrait();
  const auto method = attack("present/print");
  EXPECT_TRUE(method->traits().takes_target);
  const auto behind = [&](std::uint8_t code) {
    const auto forger = method->begin(std::span(&source, 1), {256, 192, 25, 2}, options);
    const Frame frame{0, 0, even_light(256, 192, code)};
    const ForgedFrame forged = forger->forge({&frame, nullptr});
    double sum = 0;
    double count = 0;
    for (std::size_t i = 0; i < forged.mask.values.size(); ++i) {
      if (forged.mask.values[i] > 0) continue;
      sum += forged.image.pixels[3 * i + 1];
      ++count;
    }
    EXPECT_EQ(forged.image.width, 256);
    EXPECT_GT(count, 1000);
    return sum / count;
  };
  EXPECT_GT(behind(200), behind(40) + 40);
  const auto forger = method->begin(std::span(&source, 1), {256, 192, 25, 2}, options);
  const Frame none{0, 0, {}};
  EXPECT_THROW(forger->forge({&none, nullptr}), Error) << "no target clip";
}

TEST(PresentReplay, ShowsAPhotoInsteadOfAClip) {
  const AttackOptions options{
      3, {{"seconds", "0.4"}, {"frame_rate", "20"}, {"shake", "1"}, {"screen", "phone"}}};
  const auto frames = frames_of_still("present/replay", options, 8);
  EXPECT_EQ(frames[0].image.width, 320) << "as the portrait";
  EXPECT_GT(masked(frames[0].mask), 0.3);
  EXPECT_NE(frames[0].image, frames[7].image) << "the hand shakes";
  const AttackSource source = portrait();
  EXPECT_EQ(attack("present/replay")->plan(std::span(&source, 1), options).frames, 8);
}

TEST(PresentReplay, ShowsTheGridOfTheScreenOnAnEvenPicture) {
  const auto roughness = [](const char* moire) {
    const AttackOptions options{4,
                                {{"moire", moire},
                                 {"noise", "0"},
                                 {"glare", "0"},
                                 {"flicker", "0"},
                                 {"shake", "0"},
                                 {"hands", "off"}}};
    const Image image = replayed(even_light(320, 240, 150), options, 1)[0].image;
    return sharpness(image, {120, 80, 80, 80});
  };
  EXPECT_GT(roughness("1"), 20 * roughness("0") + 0.5);
}

TEST(PresentReplay, HasBandsWhereTheLightPulses) {
  const auto banding = [](const char* flicker) {
    const AttackOptions options{4,
                                {{"moire", "0"},
                                 {"noise", "0"},
                                 {"glare", "0"},
                                 {"exposure", "0.0025"},
                                 {"flicker", flicker},
                                 {"shake", "0"},
                                 {"hands", "off"}}};
    const Image image = replayed(even_light(320, 240, 150), options, 1)[0].image;
    double least = 255;
    double most = 0;
    for (int y = 60; y < 180; ++y) {
      const double luma = mean_luma(image, {120, static_cast<float>(y), 80, 1});
      least = std::min(least, luma);
      most = std::max(most, luma);
    }
    return most - least;
  };
  EXPECT_GT(banding("0.6"), banding("0") + 15);
}

TEST(PresentReplay, SizesAsAskedAndSeedsAsTold) {
  const AttackOptions options{4, {{"width", "200"}, {"height", "300"}, {"screen", "phone"}}};
  const auto frames = replayed(draw_synthetic_face({}).image, options, 2);
  EXPECT_EQ(frames[1].image.width, 200);
  EXPECT_EQ(frames[1].mask.height, 300);
  EXPECT_EQ(frames[1].image, replayed(draw_synthetic_face({}).image, options, 2)[1].image);
  EXPECT_THROW(replayed(even_light(64, 64, 9), {4, {{"width", "200"}}}, 1), Error);
  EXPECT_THROW(replayed(even_light(64, 64, 9), {4, {{"screen", "cinema"}}}, 1), Error);
}

}  // namespace
}  // namespace kyc
