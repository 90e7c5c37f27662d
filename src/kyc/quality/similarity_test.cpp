#include "kyc/quality/similarity.h"

#include <cmath>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

Image face() {
  return draw_synthetic_face().image;
}

Image with_noise(Image image, int amount) {
  std::mt19937 random(7);
  for (auto& value : image.pixels) {
    const int noise = static_cast<int>(random() % static_cast<unsigned>(2 * amount + 1)) - amount;
    value = static_cast<std::uint8_t>(std::clamp(value + noise, 0, 255));
  }
  return image;
}

TEST(Psnr, IsInfiniteForEqualPictures) {
  EXPECT_TRUE(std::isinf(psnr(face(), face())));
  EXPECT_EQ(mean_squared_error(face(), face()), 0);
}

TEST(Psnr, FollowsItsFormula) {
  Image a = make_image(4, 2);
  Image b = a;
  b.pixels[0] = 10;
  b.pixels[5] = 2;
  EXPECT_DOUBLE_EQ(mean_squared_error(a, b), 104.0 / 24);
  EXPECT_DOUBLE_EQ(psnr(a, b), 10 * std::log10(65025 / (104.0 / 24)));
}

TEST(Psnr, DoesNotWrap) {
  Image white = make_image(2, 2);
  for (auto& value : white.pixels) value = 255;
  EXPECT_DOUBLE_EQ(psnr(white, make_image(2, 2)), 0);
}

// Mean of x^2 mod 256 over all 8-bit differences is 105.5: 27.898 dB, whatever the pictures show.
TEST(Psnr, WrappedOneSays27Point9OfUnrelatedPictures) {
  Image all = make_image(256, 1);
  for (std::size_t i = 0; i < all.pixels.size(); ++i) all.pixels[i] = static_cast<std::uint8_t>(i / 3);
  EXPECT_NEAR(psnr_8bit_wrapped(all, make_image(256, 1)), 27.898, 5e-4);
}

TEST(Ssim, IsOneForEqualPicturesAndFallsWithNoise) {
  EXPECT_NEAR(ssim(face(), face()), 1, 1e-12);
  EXPECT_NEAR(ms_ssim(face(), face()), 1, 1e-12);
  const double little = ssim(face(), with_noise(face(), 5));
  const double much = ssim(face(), with_noise(face(), 40));
  EXPECT_LT(little, 1);
  EXPECT_LT(much, little);
  EXPECT_LT(ms_ssim(face(), with_noise(face(), 40)), ms_ssim(face(), with_noise(face(), 5)));
}

// Two pictures of one colour each: variances are 0, so only the luminance term is left.
TEST(Ssim, OfTwoGreysIsTheLuminanceTerm) {
  Image dark = make_image(16, 16);
  Image light = dark;
  for (auto& value : dark.pixels) value = 50;
  for (auto& value : light.pixels) value = 100;
  const double c1 = 6.5025;
  EXPECT_NEAR(ssim(dark, light), (2 * 50 * 100 + c1) / (50 * 50 + 100 * 100 + c1), 1e-9);
}

TEST(Similarity, WantsPicturesOfOneSizeThatAreLargeEnough) {
  EXPECT_THROW(psnr(make_image(4, 4), make_image(4, 5)), Error);
  EXPECT_THROW(ssim(make_image(10, 40), make_image(10, 40)), Error);
  EXPECT_THROW(ms_ssim(make_image(160, 400), make_image(160, 400)), Error);
  EXPECT_NO_THROW(ms_ssim(make_image(161, 161), make_image(161, 161)));
}

}  // namespace
}  // namespace kyc
