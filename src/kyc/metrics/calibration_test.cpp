#include "kyc/metrics/calibration.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

TEST(Cllr, IsOneWhenNothingIsSaid) {
  EXPECT_DOUBLE_EQ(cllr(std::vector{0.0, 0.0}, std::vector{0.0}), 1);
}

TEST(Cllr, IsZeroForCertaintyAndInfiniteForAWrongOne) {
  EXPECT_EQ(cllr(std::vector{kEndless}, std::vector{-kEndless}), 0);
  EXPECT_EQ(cllr(std::vector{-kEndless}, std::vector{-kEndless}), kEndless);
  EXPECT_NEAR(cllr(std::vector{-2000.0}, std::vector{-2000.0}), 1000 / std::log(2.0), 1e-9);
}

// Ratios 3 and 1/3: log2(1 + 1/3) on both sides.
TEST(Cllr, FollowsTheFormula) {
  EXPECT_NEAR(cllr(std::vector{std::log(3.0)}, std::vector{-std::log(3.0)}), std::log2(4.0 / 3), 1e-15);
}

// Pools, worked by hand: scores 1 (n), then 2 (m) and 3 (n) violate the order and become one pool of ratio 1
// : 1, then 4 (m). With two of each class the pool says ratio 1: costs 1 bit each for half of each class.
TEST(MinimalCllr, PoolsWhatIsInTheWrongOrder) {
  EXPECT_NEAR(minimal_cllr(std::vector{2.0, 4.0}, std::vector{1.0, 3.0}), 0.5, 1e-15);
  EXPECT_EQ(minimal_cllr(std::vector{2.0}, std::vector{1.0}), 0);
  EXPECT_DOUBLE_EQ(minimal_cllr(std::vector{1.0}, std::vector{2.0}), 1);
  EXPECT_DOUBLE_EQ(minimal_cllr(std::vector{1.0}, std::vector{1.0}), 1);
}

TEST(MinimalCllr, IsNeverAboveCllrNorAboveOneAndIgnoresRisingTransformations) {
  std::mt19937 random(6);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 50; ++round) {
    std::vector<double> mated(5 + random() % 40);
    std::vector<double> non_mated(5 + random() % 40);
    for (double& score : mated) score = normal(random) + 1;
    for (double& score : non_mated) score = normal(random) - 1;
    const double least = minimal_cllr(mated, non_mated);
    EXPECT_LE(least, cllr(mated, non_mated));
    EXPECT_LE(least, 1);
    for (auto* set : {&mated, &non_mated})
      for (double& score : *set) score = std::exp(score / 2) - 7;
    EXPECT_DOUBLE_EQ(minimal_cllr(mated, non_mated), least);
  }
}

TEST(BrierScore, IsTheMeanSquaredDifference) {
  EXPECT_DOUBLE_EQ(brier_score(std::vector{0.9, 0.5}, std::vector{0.2}), (0.01 + 0.25 + 0.04) / 3);
  EXPECT_THROW((void)brier_score(std::vector{1.1}, std::vector{0.2}), Error);
  EXPECT_THROW((void)brier_score({}, {}), Error);
}

TEST(Reliability, SortsIntoBins) {
  const auto bins = reliability(std::vector{0.95, 1.0, 0.6}, std::vector{0.05, 0.55, 0.5}, 2);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].samples, 1U);
  EXPECT_EQ(bins[1].samples, 5U);
  EXPECT_DOUBLE_EQ(bins[1].share_true, 0.6);
  EXPECT_DOUBLE_EQ(bins[1].mean_probability, 0.72);
  EXPECT_DOUBLE_EQ(expected_calibration_error(bins), (1 * 0.05 + 5 * 0.12) / 6);
}

}  // namespace
}  // namespace kyc
