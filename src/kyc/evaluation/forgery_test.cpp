#include "kyc/evaluation/forgery.h"

#include <cmath>

#include <gtest/gtest.h>

namespace kyc {
namespace {

ObservedClip::Moment moment_at(int index) {
  ObservedClip::Moment moment;
  moment.index = index;
  moment.eye_distance = 50;
  for (std::size_t k = 0; k < 68; ++k) {
    const auto t = static_cast<float>(k);
    moment.landmarks[k] = {100 + 40 * std::cos(t), 100 + 40 * std::sin(t)};
  }
  moment.colours.fill(120);
  return moment;
}

TEST(Flicker, MotionOfTheWholeHeadAndSteadyChangeAreNone) {
  ObservedClip clip;
  for (int i = 0; i < 12; ++i) {
    ObservedClip::Moment moment = moment_at(i);
    const auto t = static_cast<float>(i);
    for (Point& p : moment.landmarks) p = {p.x * (1 + 0.02F * t) + t * t, p.y * (1 + 0.02F * t) - 3 * t};
    moment.colours.fill(120 + 2 * t);
    clip.moments.push_back(moment);
  }
  const Flicker flicker = flicker_of(clip);
  EXPECT_NEAR(flicker.points, 0, 1e-2);
  EXPECT_NEAR(flicker.colour, 0, 1e-3);
}

TEST(Flicker, CountsPointsAndColoursThatJumpToAndFro) {
  ObservedClip clip;
  for (int i = 0; i < 12; ++i) {
    ObservedClip::Moment moment = moment_at(i);
    const float sign = i % 2 == 0 ? 1.0F : -1.0F;
    for (std::size_t k = 0; k < 68; ++k) moment.landmarks[k].x += sign * (k % 2 == 0 ? 0.5F : -0.5F);
    moment.colours.fill(120 + sign * 3);
    clip.moments.push_back(moment);
  }
  const Flicker flicker = flicker_of(clip);
  EXPECT_NEAR(flicker.points, 100 * 2.0 / 50, 0.1) << "second difference 4 x 0.5 pixels of 50";
  EXPECT_NEAR(flicker.colour, 12, 1e-3) << "4 x 3 levels";
}

TEST(Flicker, FramesThatDoNotFollowEachOtherAreNotCompared) {
  ObservedClip clip;
  for (const int i : {0, 1, 5}) {
    clip.moments.push_back(moment_at(i));
    clip.moments.back().colours.fill(static_cast<float>(40 * i));
  }
  EXPECT_EQ(flicker_of(clip).colour, 0);
}

TEST(MeasureForgery, NeedsTemplatesOfBothClips) {
  EXPECT_FALSE(measure_forgery({}, {}, {}, {}).has_value());
}

}  // namespace
}  // namespace kyc
