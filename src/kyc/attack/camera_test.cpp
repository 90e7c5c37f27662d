#include "kyc/attack/camera.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/attack/light.h"

namespace kyc {
namespace {

Mosaic even(int width, int height, float light) {
  return {width,
          height,
          std::vector<float>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), light)};
}

struct Spread {
  double mean = 0;
  double deviation = 0;
};

Spread spread(const Image& image, int channel) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const double value = image.row(y)[3 * x + channel];
      sum += value;
      squares += value * value;
      ++count;
    }
  return {sum / count, std::sqrt(std::max(0.0, squares / count - sum * sum / count / count))};
}

TEST(Camera, ExposesAnEvenSceneEvenly) {
  for (const float light : {0.02F, 0.2F, 1.5F}) {
    Camera camera({64, 48, 0, 0, 0}, 1);
    Mosaic scene = even(64, 48, light);
    const Image image = camera.develop(scene, 0);
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(spread(image, c).mean, code_of_light(0.27F), 6) << light;  // balance and exposure drift
      EXPECT_LT(spread(image, c).deviation, 0.6);
    }
  }
}

TEST(Camera, NoiseGrowsAsThePhotonsGetFewer) {
  const auto deviation = [](double noise) {
    Camera camera({128, 96, noise, 0, 0}, 1);
    Mosaic scene = even(128, 96, 0.3F);
    return spread(camera.develop(scene, 0), 1).deviation;
  };
  const double one = deviation(1);
  EXPECT_GT(one, 0.5);
  // Shot noise goes with the root of the light: 4 times less light per electron, twice the noise.
  EXPECT_NEAR(deviation(4) / one, 2, 0.35);
}

TEST(Camera, InterpolatesColoursThatChangeSlowly) {
  Camera camera({80, 60, 0, 0, 0}, 1);
  Mosaic scene = even(80, 60, 0);
  const auto light = [](int x, int y, int channel) {
    return 0.1F + 0.002F * static_cast<float>(x) + 0.003F * static_cast<float>(y) +
           0.05F * static_cast<float>(channel);
  };
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 80; ++x) scene.row(y)[x] = light(x, y, Camera::filter_of(x, y));
  const Image image = camera.develop(scene, 0);
  // The exposure is one factor for all: found from one pixel.
  const auto& of_code = light_of_code();
  const float factor = of_code[image.row(30)[3 * 40 + 1]] / light(40, 30, 1);
  for (int y = 2; y < 58; ++y)
    for (int x = 2; x < 78; ++x)
      for (int c = 0; c < 3; ++c)
        ASSERT_NEAR(image.row(y)[3 * x + c], code_of_light(factor * light(x, y, c)), 4)
            << x << ' ' << y << ' ' << c;  // balance drifts by a percent or two
}

TEST(Camera, FollowsTheLightSlowly) {
  Camera camera({32, 32, 0, 0, 0}, 1);
  Mosaic scene = even(32, 32, 0.2F);
  const double before = spread(camera.develop(scene, 0), 1).mean;
  scene = even(32, 32, 0.6F);
  const double at_once = spread(camera.develop(scene, 0.033), 1).mean;
  double later = 0;
  for (int i = 2; i < 90; ++i) {
    scene = even(32, 32, 0.6F);
    later = spread(camera.develop(scene, i * 0.033), 1).mean;
  }
  EXPECT_GT(at_once, before + 40);
  EXPECT_NEAR(later, before, 8);
}

TEST(Camera, IsTheSameForTheSameSeed) {
  const auto picture = [](std::uint64_t seed) {
    Camera camera({64, 48, 1, 0.3, 0.4}, seed);
    Mosaic scene = even(64, 48, 0.3F);
    camera.develop(scene, 0);
    scene = even(64, 48, 0.3F);
    return camera.develop(scene, 0.04);
  };
  EXPECT_EQ(picture(4), picture(4));
  EXPECT_NE(picture(4), picture(5));
}

}  // namespace
}  // namespace kyc
