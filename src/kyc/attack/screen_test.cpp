#include "kyc/attack/screen.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

TEST(StripeLight, IsOneOnAverageWhateverTheLength) {
  for (const double length : {0.2, 0.7, 1.0, 1.9, 3.3})
    for (int stripe = 0; stripe < 3; ++stripe) {
      double sum = 0;
      for (int i = 0; i < 1000; ++i) sum += stripe_light(i * 0.017, length, stripe) / 1000;
      EXPECT_NEAR(sum, 1, 0.01) << length;
    }
}

TEST(StripeLight, IsAllOrNothingForAFinePhotositeAndEvenForAWideOne) {
  // Centres of the stripes lie at 1/6, 3/6 and 5/6 of a pixel.
  EXPECT_NEAR(stripe_light(7 + 1.0 / 6, 0.01, 0), 1 / 0.29, 0.01);
  EXPECT_NEAR(stripe_light(7 + 3.0 / 6, 0.01, 0), 0, 1e-6);
  EXPECT_NEAR(stripe_light(7 + 3.0 / 6, 0.01, 1), 1 / 0.29, 0.01);
  EXPECT_NEAR(stripe_light(7 + 5.0 / 6, 0.01, 2), 1 / 0.29, 0.01);
  EXPECT_NEAR(stripe_light(7.3, 20, 1), 1, 0.05);
}

// What makes moire: photosites nearly as far apart as pixels see a slow wave.
TEST(StripeLight, BeatsWithPhotositesOfNearlyTheSamePitch) {
  double least = 9;
  double most = 0;
  for (int i = 0; i < 50; ++i) {
    const float light = stripe_light(i * 1.02, 0.85, 1);
    least = std::min<double>(least, light);
    most = std::max<double>(most, light);
    if (i > 0) {
      EXPECT_LT(std::abs(light - stripe_light((i - 1) * 1.02, 0.85, 1)), 0.2);
    }
  }
  EXPECT_GT(most - least, 0.15);
}

TEST(PulseLight, MakesBandsOnlyWhereTheExposureIsNoWholeNumberOfPulses) {
  double most = 0;
  double least = 9;
  for (int row = 0; row < 480; ++row) {
    const double begin = row * 0.016 / 480;
    EXPECT_NEAR(pulse_light(begin, 2 / 240.0, 240, 0.4), 1, 1e-6);
    const double light = pulse_light(begin, 0.6 / 240.0, 240, 0.4);
    most = std::max(most, light);
    least = std::min(least, light);
  }
  EXPECT_GT(most, least + 0.5);
  EXPECT_EQ(pulse_light(0.123, 0.001, 240, 1), 1);
}

TEST(ScreenKind, TurnsWhatIsHeldInTheHand) {
  EXPECT_GT(screen_kind("phone", true).height_mm, screen_kind("phone", true).width_mm);
  EXPECT_GT(screen_kind("phone", false).width_mm, screen_kind("phone", false).height_mm);
  EXPECT_FALSE(screen_kind("phone", true).sideways);
  EXPECT_TRUE(screen_kind("phone", false).sideways);
  EXPECT_GT(screen_kind("monitor", true).width_mm, screen_kind("monitor", true).height_mm);
  EXPECT_THROW(screen_kind("cinema", true), Error);
}

}  // namespace
}  // namespace kyc
