#include "kyc/metrics/delong.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/metrics/error_curve.h"

namespace kyc {
namespace {

const std::vector<double> kMated1{0.9, 0.8, 0.8, 0.7, 0.55, 0.4, 0.35, 0.95};
const std::vector<double> kNonMated1{0.1, 0.4, 0.3, 0.8, 0.2, 0.35, 0.5, 0.05, 0.6, 0.15};
const std::vector<double> kMated2{0.6, 0.9, 0.5, 0.7, 0.45, 0.3, 0.65, 0.7};
const std::vector<double> kNonMated2{0.2, 0.5, 0.3, 0.7, 0.1, 0.45, 0.65, 0.25, 0.4, 0.3};

// R 4.2, pROC 1.18.0: ci.auc, var and roc.test(method = "delong", paired = TRUE) with direction "<"; 15
// digits.
TEST(DelongInterval, AgreesWithProc) {
  const AucEstimate estimate = delong_interval(kMated1, kNonMated1);
  EXPECT_NEAR(estimate.auc, 0.85, 1e-14);
  EXPECT_NEAR(estimate.standard_error, 0.0900148797223468, 1e-14);
  EXPECT_NEAR(estimate.interval.low, 0.673574077671495, 1e-13);
  EXPECT_EQ(estimate.interval.high, 1);
  EXPECT_NEAR(delong_interval(kMated1, kNonMated1, 0.9).interval.high, 0.998061301390903, 1e-13);
}

TEST(CompareAuc, AgreesWithProc) {
  const AucComparison comparison = compare_auc(kMated1, kNonMated1, kMated2, kNonMated2);
  EXPECT_NEAR(comparison.difference, 0.85 - 0.79375, 1e-14);
  EXPECT_NEAR(comparison.z, 0.710315529238742, 1e-12);
  EXPECT_NEAR(comparison.p_value, 0.477508491927439, 1e-12);
  EXPECT_NEAR(comparison.interval.low, -0.0989598603961717, 1e-13);
  EXPECT_NEAR(comparison.interval.high, 0.2114598603961718, 1e-13);
}

// The definition of 1988: placements by comparing every pair.
double standard_error_by_pairs(const std::vector<double>& mated, const std::vector<double>& non_mated) {
  const auto psi = [](double a, double b) { return a > b ? 1 : a == b ? 0.5 : 0; };
  const auto m = static_cast<double>(mated.size());
  const auto n = static_cast<double>(non_mated.size());
  double area = 0;
  for (const double a : mated)
    for (const double b : non_mated) area += psi(a, b) / (m * n);
  double s10 = 0;
  for (const double a : mated) {
    double v = 0;
    for (const double b : non_mated) v += psi(a, b) / n;
    s10 += (v - area) * (v - area) / (m - 1);
  }
  double s01 = 0;
  for (const double b : non_mated) {
    double v = 0;
    for (const double a : mated) v += psi(a, b) / m;
    s01 += (v - area) * (v - area) / (n - 1);
  }
  return std::sqrt(s10 / m + s01 / n);
}

TEST(DelongInterval, AgreesWithComparingEveryPair) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> mated(2 + random() % 30);
    std::vector<double> non_mated(2 + random() % 30);
    for (double& score : mated) score = static_cast<double>(random() % 9 + 2);
    for (double& score : non_mated) score = static_cast<double>(random() % 9);
    const AucEstimate estimate = delong_interval(mated, non_mated);
    EXPECT_NEAR(estimate.auc, auc(error_curve(mated, non_mated)), 1e-13);
    EXPECT_NEAR(estimate.standard_error, standard_error_by_pairs(mated, non_mated), 1e-13);
  }
}

TEST(CompareAuc, ASystemDoesNotDifferFromItself) {
  const AucComparison comparison = compare_auc(kMated1, kNonMated1, kMated1, kNonMated1);
  EXPECT_EQ(comparison.z, 0);
  EXPECT_EQ(comparison.p_value, 1);
}

TEST(CompareAuc, PerfectAgainstReversedIsCertain) {
  const std::vector<double> low{0, 1};
  const std::vector<double> high{2, 3};
  const AucComparison comparison = compare_auc(high, low, low, high);
  EXPECT_EQ(comparison.difference, 1);
  EXPECT_EQ(comparison.z, std::numeric_limits<double>::infinity());
  EXPECT_EQ(comparison.p_value, 0);
}

TEST(Delong, RefusesWhatHasNoVariance) {
  EXPECT_THROW(delong_interval(std::vector{1.0}, kNonMated1), Error);
  EXPECT_THROW(delong_interval(kMated1, kNonMated1, 1), Error);
  EXPECT_THROW(compare_auc(kMated1, kNonMated1, kNonMated1, kMated1), Error);
}

}  // namespace
}  // namespace kyc
