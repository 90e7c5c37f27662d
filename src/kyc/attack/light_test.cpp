#include "kyc/attack/light.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(Light, EveryCodeComesBack) {
  for (int code = 0; code < 256; ++code)
    EXPECT_EQ(code_of_light(light_of_code()[static_cast<std::size_t>(code)]), code);
  EXPECT_EQ(code_of_light(-1), 0);
  EXPECT_EQ(code_of_light(7), 255);
  EXPECT_NEAR(light_of_code()[188], 0.5029, 1e-4);  // IEC 61966-2-1: ((188 / 255 + 0.055) / 1.055)^2.4
}

TEST(Blur, SpreadsAPointAsAGaussianWould) {
  LightImage image = make_light_image(61, 61);
  for (int c = 0; c < 3; ++c) image.row(30)[30 * 3 + c] = 1;
  blur(image, 3);
  double sum = 0;
  double variance = 0;
  for (int y = 0; y < 61; ++y)
    for (int x = 0; x < 61; ++x) {
      sum += image.row(y)[x * 3];
      variance += image.row(y)[x * 3] * static_cast<float>((x - 30) * (x - 30));
    }
  EXPECT_NEAR(sum, 1, 1e-4);
  EXPECT_NEAR(std::sqrt(variance), 3, 0.02);  // cut off at 3.5 deviations
  EXPECT_NEAR(image.row(30)[30 * 3], image.row(30)[30 * 3 + 2], 1e-7);
}

TEST(Blur, KeepsAnEvenPictureAndNearlyTheDeviationWhenLarge) {
  LightImage even = make_light_image(40, 30);
  std::fill(even.values.begin(), even.values.end(), 0.3F);
  blur(even, 9);
  for (const float value : even.values) ASSERT_NEAR(value, 0.3, 1e-5);
  LightImage point = make_light_image(121, 1);
  point.row(0)[60 * 3] = 1;
  blur(point, 8);
  double variance = 0;
  for (int x = 0; x < 121; ++x) variance += point.row(0)[x * 3] * static_cast<float>((x - 60) * (x - 60));
  EXPECT_NEAR(std::sqrt(variance), 8, 0.5);  // whole radii
}

TEST(Sample, IsBilinearAndRepeatsEdges) {
  LightImage image = make_light_image(2, 1);
  image.values = {0, 0, 0, 1, 0.5F, 0.25F};
  EXPECT_NEAR(sample(image, 1, 0.5)[0], 0.5, 1e-6);
  EXPECT_NEAR(sample(image, 1.25, 0.5)[1], 0.375, 1e-6);
  EXPECT_NEAR(sample(image, 9, -3)[2], 0.25, 1e-6);
}

}  // namespace
}  // namespace kyc
