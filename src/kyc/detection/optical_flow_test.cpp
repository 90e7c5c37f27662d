#include "kyc/detection/optical_flow.h"

#include <cmath>

#include <gtest/gtest.h>

namespace kyc {
namespace {

// Soft texture of several sizes, anywhere: waves of 9 to 60 pixels.
float texture_at(double x, double y) {
  return static_cast<float>(128 + 40 * std::sin(0.11 * x + 0.06 * y) + 30 * std::sin(0.19 * y - 0.07 * x) +
                            20 * std::cos(0.33 * x + 0.1) * std::sin(0.27 * y) +
                            10 * std::sin(0.6 * x + 0.4 * y));
}

// The texture seen through a map of where each pixel's content comes from.
template <typename Map>
Plane drawn_through(int width, int height, const Map& map) {
  Plane out = make_plane(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto [u, v] = map(static_cast<double>(x), static_cast<double>(y));
      out.at(x, y) = texture_at(u, v);
    }
  return out;
}

const auto kAsItIs = [](double x, double y) { return std::pair(x, y); };

TEST(OpticalFlow, FindsAShift) {
  const Plane from = drawn_through(120, 90, kAsItIs);
  Plane to = drawn_through(120, 90, [](double x, double y) { return std::pair(x - 6.3, y + 3.7); });
  for (float& value : to.values) value += 9;  // brighter, too
  const Flow flow = optical_flow(from, to);
  for (int y = 12; y < 78; ++y)
    for (int x = 12; x < 100; ++x) {
      EXPECT_NEAR(flow.dx.at(x, y), 6.3, 0.4) << x << ", " << y;
      EXPECT_NEAR(flow.dy.at(x, y), -3.7, 0.4) << x << ", " << y;
    }
}

TEST(OpticalFlow, FindsATurnAndAStretch) {
  const Plane from = drawn_through(120, 120, kAsItIs);
  // Content at p goes to 60 + A (p - 60); the second picture at q shows what was at 60 + A^-1 (q - 60).
  const double c = 1.05 * std::cos(0.08);
  const double s = 1.05 * std::sin(0.08);
  const double determinant = c * c + s * s;
  const Plane to = drawn_through(120, 120, [&](double x, double y) {
    return std::pair(60 + (c * (x - 60) + s * (y - 60)) / determinant,
                     60 + (c * (y - 60) - s * (x - 60)) / determinant);
  });
  const Flow flow = optical_flow(from, to);
  double worst = 0;
  for (int y = 15; y < 105; ++y)
    for (int x = 15; x < 105; ++x) {
      const double dx = c * (x - 60) - s * (y - 60) - (x - 60);
      const double dy = s * (x - 60) + c * (y - 60) - (y - 60);
      worst = std::max(
          worst,
          std::hypot(static_cast<double>(flow.dx.at(x, y)) - dx, static_cast<double>(flow.dy.at(x, y)) - dy));
    }
  EXPECT_LT(worst, 0.6);
}

TEST(OpticalFlow, SeesNothingMoveWhereNothingIs) {
  Plane flat = make_plane(64, 64);
  for (float& value : flat.values) value = 77;
  const Flow flow = optical_flow(flat, flat);
  for (const float value : flow.dx.values) EXPECT_EQ(value, 0);
  for (const float value : flow.dy.values) EXPECT_EQ(value, 0);
}

TEST(OpticalFlow, TakesPicturesSmallerThanAPatch) {
  const Plane tiny = drawn_through(5, 3, kAsItIs);
  EXPECT_EQ(optical_flow(tiny, tiny).dx.values.size(), 15U);
}

TEST(Sampled, IsBilinearAndEndsAtTheEdge) {
  Plane plane = make_plane(2, 2);
  plane.values = {0, 10, 20, 30};
  EXPECT_FLOAT_EQ(sampled(plane, 0.5F, 0.5F), 15);
  EXPECT_FLOAT_EQ(sampled(plane, -3, 0), 0);
  EXPECT_FLOAT_EQ(sampled(plane, 9, 9), 30);
}

}  // namespace
}  // namespace kyc
