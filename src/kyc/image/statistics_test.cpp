#include "kyc/image/statistics.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "kyc/image/support_test.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

// Means over (2 radius + 1) x (2 radius + 1) pixels; edges repeat.
Image blurred(const Image& image, int radius) {
  Image out = make_image(image.width, image.height);
  const int count = (2 * radius + 1) * (2 * radius + 1);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int dy = -radius; dy <= radius; ++dy)
          for (int dx = -radius; dx <= radius; ++dx)
            sum += image.row(
                std::clamp(y + dy, 0, image.height - 1))[3 * std::clamp(x + dx, 0, image.width - 1) + c];
        out.row(y)[3 * x + c] = static_cast<std::uint8_t>(sum / count);
      }
  return out;
}

TEST(Sharpness, FallsWithBlur) {
  const Image sharp = noise_image(200, 200, 1);
  const Box box{20, 30, 150, 150};
  const double values[] = {
      sharpness(sharp, box), sharpness(blurred(sharp, 1), box), sharpness(blurred(sharp, 3), box)};
  EXPECT_GT(values[0], 2 * values[1]);
  EXPECT_GT(values[1], 2 * values[2]);
  EXPECT_EQ(sharpness(make_image(50, 50), {0, 0, 50, 50}), 0);
}

TEST(Sharpness, OnlyThePartInsideOfTheImageCounts) {
  Image grey = make_image(100, 100);
  std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{200});
  EXPECT_NEAR(sharpness(grey, {-50, -50, 100, 100}), 0, 1e-6);
  refusal(ErrorCode::InvalidArgument, [&] { sharpness(grey, {100, 0, 10, 10}); });
}

TEST(MeanLuma, WeighsTheColoursAndCountsPixelCentres) {
  Image image = make_image(2, 1);
  image.pixels = {100, 0, 0, 0, 200, 10};
  EXPECT_NEAR(mean_luma(image, {0, 0, 1, 1}), 29.9, 1e-3);
  EXPECT_NEAR(mean_luma(image, {0, 0, 2, 1}), (29.9 + 117.4 + 1.14) / 2, 1e-3);
  EXPECT_NEAR(mean_luma(image, {0.6F, 0.2F, 5, 0.1F}), 118.54, 1e-3);
  EXPECT_NEAR(mean_luma(image, {1.9F, 0.9F, 0.05F, 0.05F}), 118.54, 1e-3);
  refusal(ErrorCode::InvalidArgument, [&] { mean_luma(image, {0, 1, 2, 2}); });
  refusal(ErrorCode::InvalidArgument, [&] { mean_luma(image, {0, 0, -1, 1}); });
}

TEST(MeanAbsoluteDifference, IsTheMeanOverAllValues) {
  Image a = make_image(1, 2);
  Image b = make_image(1, 2);
  a.pixels = {0, 10, 255, 7, 7, 7};
  b.pixels = {10, 0, 0, 7, 7, 4};
  EXPECT_DOUBLE_EQ(mean_absolute_difference(a, b), (10 + 10 + 255 + 3) / 6.0);
  EXPECT_EQ(mean_absolute_difference(a, a), 0);
  refusal(ErrorCode::InvalidArgument, [&] { mean_absolute_difference(a, make_image(2, 1)); });
}

}  // namespace
}  // namespace kyc
