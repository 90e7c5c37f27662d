#include "kyc/evaluation/perturb.h"

#include <cmath>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Three frames with edges, slopes and a moving square: every kind of disturbance shows on them.
std::vector<Image> disturbed_clip() {
  std::vector<Image> out;
  for (int f = 0; f < 3; ++f) {
    Image image = make_image(96, 80);
    for (int y = 0; y < 80; ++y)
      for (int x = 0; x < 96; ++x) {
        const bool square = x > 20 + 4 * f && x < 50 + 4 * f && y > 15 && y < 60;
        const int texture = ((x / 3 + y / 2) % 2) * 60;
        const auto at = static_cast<std::size_t>(3 * (y * 96 + x));
        image.pixels[at] = static_cast<std::uint8_t>(square ? 200 - texture : 40 + x);
        image.pixels[at + 1] = static_cast<std::uint8_t>(square ? 60 + texture : 30 + 2 * y);
        image.pixels[at + 2] = static_cast<std::uint8_t>(square ? 90 : 120 - x);
      }
    out.push_back(std::move(image));
  }
  return out;
}

Image filled(int side, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  Image image = make_image(side, side);
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    image.pixels[i] = r;
    image.pixels[i + 1] = g;
    image.pixels[i + 2] = b;
  }
  return image;
}

double mean_square(const std::vector<Image>& a, const std::vector<Image>& b) {
  double sum = 0;
  double count = 0;
  for (std::size_t f = 0; f < a.size(); ++f)
    for (std::size_t i = 0; i < a[f].pixels.size(); ++i) {
      const double difference = static_cast<double>(a[f].pixels[i]) - static_cast<double>(b[f].pixels[i]);
      sum += difference * difference;
      count += 1;
    }
  return sum / count;
}

TEST(StandardPerturbations, SweepAllFiveKindsFromMildToStrong) {
  const std::vector<Image> clip = disturbed_clip();
  std::map<std::string, double> before;
  std::map<std::string, int> steps;
  for (const Perturbation& one : standard_perturbations()) {
    const std::vector<Image> out = perturbed(clip, one, 7);
    ASSERT_EQ(out.size(), clip.size()) << name_of(one);
    for (const Image& frame : out) {
      EXPECT_EQ(frame.width, 96) << name_of(one);
      EXPECT_EQ(frame.height, 80) << name_of(one);
    }
    const double change = mean_square(clip, out);
    EXPECT_GT(change, before[one.kind]) << name_of(one) << " changes no more than the milder one";
    before[one.kind] = change;
    ++steps[one.kind];
  }
  for (const char* kind : {"jpeg", "resize", "blur", "noise", "reencode"}) EXPECT_GE(steps[kind], 2) << kind;
  EXPECT_EQ(steps.size(), 5U);
}

TEST(Perturbed, NoiseIsThatOfItsSeedAndOfItsStrength) {
  const std::vector<Image> grey(4, filled(128, 128, 128, 128));
  const Perturbation noise{"noise", 8};
  EXPECT_EQ(perturbed(grey, noise, 3)[1].pixels, perturbed(grey, noise, 3)[1].pixels);
  EXPECT_NE(perturbed(grey, noise, 3)[1].pixels, perturbed(grey, noise, 4)[1].pixels);
  EXPECT_NE(perturbed(grey, noise, 3)[0].pixels, perturbed(grey, noise, 3)[1].pixels);
  EXPECT_NEAR(std::sqrt(mean_square(grey, perturbed(grey, noise, 3))), 8, 0.2);  // 196,608 draws
}

TEST(Perturbed, BlurKeepsTheMeanAndEvensOut) {
  const std::vector<Image> clip = disturbed_clip();
  const std::vector<Image> flat(1, filled(64, 10, 200, 90));
  EXPECT_LE(mean_square(flat, perturbed(flat, {"blur", 2}, 1)), 1.0);  // nothing to blur
  EXPECT_GT(mean_square(clip, perturbed(clip, {"blur", 2}, 1)), 10);
}

TEST(Perturbed, RefusesWhatItDoesNotKnow) {
  const std::vector<Image> clip = disturbed_clip();
  EXPECT_THROW((void)perturbed(clip, {"glitter", 1}, 1), Error);
  EXPECT_THROW((void)perturbed(clip, {"jpeg", 0}, 1), Error);
  EXPECT_THROW((void)perturbed(clip, {"jpeg", 101}, 1), Error);
  EXPECT_THROW((void)perturbed(clip, {"resize", 1.5}, 1), Error);
  EXPECT_THROW((void)perturbed(clip, {"blur", -1}, 1), Error);
  EXPECT_THROW((void)perturbed(clip, {"noise", std::numeric_limits<double>::quiet_NaN()}, 1), Error);
}

}  // namespace
}  // namespace kyc
