#include "kyc/attack/points_in_time.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "kyc/testing/person.h"

namespace kyc {
namespace {

constexpr float kScale = 60;  // pixels between the eyes
constexpr int kPoints = 40;

using Shape = std::vector<Point3>;

// Points on a ring that moves as `center` says, with noise of that many pixels.
std::vector<Shape> clip_of(int frames, const std::function<Point(int)>& center, float noise) {
  Dice dice(5);
  std::vector<Shape> out;
  for (int t = 0; t < frames; ++t) {
    Shape shape;
    for (int k = 0; k < kPoints; ++k) {
      const float angle = 6.2831853F * static_cast<float>(k) / kPoints;
      shape.push_back({center(t).x + kScale * std::cos(angle) + dice.between(-noise, noise),
                       center(t).y + kScale * std::sin(angle) + dice.between(-noise, noise),
                       0});
    }
    out.push_back(shape);
  }
  return out;
}

Shape smoothed_at(const std::vector<Shape>& clip, int at) {
  std::vector<PointsAt> window;
  std::size_t middle = 0;
  for (int t = std::max(0, at - 4); t <= std::min(static_cast<int>(clip.size()) - 1, at + 4); ++t) {
    if (t == at) middle = window.size();
    window.push_back({(t - at) / 25.0, clip[static_cast<std::size_t>(t)]});
  }
  return smoothed_points(window, middle, kScale);
}

double error_of(const Shape& a, const Shape& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(a[i].x - b[i].x, 2) + std::pow(a[i].y - b[i].y, 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST(SmoothedPoints, JitterOfAStillHeadIsHalved) {
  const auto still = [](int) { return Point{100, 100}; };
  const std::vector<Shape> truth = clip_of(9, still, 0);
  const std::vector<Shape> seen = clip_of(9, still, 1);
  EXPECT_LT(error_of(smoothed_at(seen, 4), truth[4]), 0.55 * error_of(seen[4], truth[4]));
}

TEST(SmoothedPoints, AMovingHeadIsNotHeldBack) {
  const auto moving = [](int t) { return Point{100 + 4.0F * static_cast<float>(t), 100}; };
  const std::vector<Shape> truth = clip_of(9, moving, 0);
  EXPECT_LT(error_of(smoothed_at(truth, 4), truth[4]), 0.05) << "even motion";
  const auto swinging = [](int t) { return Point{100 + 20 * std::sin(0.5F * static_cast<float>(t)), 100}; };
  const std::vector<Shape> swing = clip_of(12, swinging, 0);
  EXPECT_LT(error_of(smoothed_at(swing, 3), swing[3]), 1.0) << "at the turning point, of 20 pixels of swing";
}

TEST(SmoothedPoints, ABlinkOfTwoFramesStaysOne) {
  std::vector<Shape> clip = clip_of(
      9,
      [](int) {
        return Point{100, 100};
      },
      0);
  for (const std::size_t t : {std::size_t{4}, std::size_t{5}}) clip[t][7].y += 8;  // 0.13 eye distances
  EXPECT_NEAR(smoothed_at(clip, 4)[7].y - clip[3][7].y, 8, 1.0);
  EXPECT_NEAR(smoothed_at(clip, 3)[7].y - clip[3][7].y, 0, 0.3);
}

}  // namespace
}  // namespace kyc
