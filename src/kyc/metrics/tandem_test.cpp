#include "kyc/metrics/tandem.h"

#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr RecogniserRates kRecogniser{0.02, 0.05, 0.6};

TEST(RecogniserRatesAt, CountsThreeKindsOfClaimants) {
  const RecogniserRates rates = recogniser_rates_at(
      std::vector{0.5, 0.9}, std::vector{0.1, 0.2, 0.5, 0.3}, std::vector{0.5, 0.4, 0.6, 0.7}, 0.5);
  EXPECT_DOUBLE_EQ(rates.fmr, 0.25);
  EXPECT_DOUBLE_EQ(rates.fnmr, 0);
  EXPECT_DOUBLE_EQ(rates.attack_acceptance, 0.75);
}

// Computed by hand from the published formulas.
//   version 1: C1 = .9405 (1 - .05) - .0095 x 10 x .02 = .891575, C2 = 10 x .05 x .6 = .3
//   version 2: C0 = .9405 x .05 + .0095 x 10 x .02 = .048925, C1 = .9405 - C0 = .891575, C2 = .3
TEST(TandemCost, FollowsTheFormulas) {
  EXPECT_NEAR(
      tandem_cost(kRecogniser, 0.1, 0.02, TandemVersion::V1), (0.891575 * 0.02 + 0.3 * 0.1) / 0.3, 1e-15);
  EXPECT_NEAR(tandem_cost(kRecogniser, 0.1, 0.02, TandemVersion::V2),
              (0.048925 + 0.891575 * 0.02 + 0.3 * 0.1) / (0.048925 + 0.3),
              1e-15);
}

TEST(TandemCost, IsOneForTheBetterTrivialDetector) {
  for (const TandemVersion version : {TandemVersion::V1, TandemVersion::V2}) {
    EXPECT_DOUBLE_EQ(tandem_cost(kRecogniser, 1, 0, version), 1);  // accepts everything
    EXPECT_GT(tandem_cost(kRecogniser, 0, 1, version), 1);
  }
  EXPECT_EQ(tandem_cost(kRecogniser, 0, 0, TandemVersion::V1), 0);
}

TEST(MinimalTandemCost, IsTheLeastOfAllThresholds) {
  const ErrorCurve detector =
      error_curve(std::vector{0.9, 0.8, 0.4, 0.95}, std::vector{0.1, 0.5, 0.3, 0.2, 0.05});
  for (const TandemVersion version : {TandemVersion::V1, TandemVersion::V2}) {
    const MinimalTandemCost least = minimal_tandem_cost(kRecogniser, detector, version);
    bool reached = false;
    for (std::size_t i = 0; i < detector.size(); ++i) {
      const double cost = tandem_cost(kRecogniser, detector.fnmr(i), detector.fmr(i), version);
      EXPECT_GE(cost, least.value);
      reached = reached || cost == least.value;
    }
    EXPECT_TRUE(reached);
    EXPECT_EQ(least.point.threshold, 0.8);
  }
}

TEST(TandemCost, RefusesAHopelessRecogniser) {
  EXPECT_THROW((void)tandem_cost({0.9, 0.99, 0.5}, 0.1, 0.1, TandemVersion::V1), Error);
  EXPECT_THROW((void)tandem_cost({0.0, 0.0, 0.0}, 0.1, 0.1, TandemVersion::V1), Error);
  EXPECT_THROW((void)tandem_cost(kRecogniser, 1.1, 0.1, TandemVersion::V1), Error);
}

}  // namespace
}  // namespace kyc
