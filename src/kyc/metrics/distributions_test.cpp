#include "kyc/metrics/distributions.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// SciPy 1.10: scipy.stats.norm.ppf, printed with 15 digits.
TEST(NormalQuantile, AgreesWithScipy) {
  EXPECT_NEAR(normal_quantile(0.975), 1.95996398454005, 1e-13);
  EXPECT_NEAR(normal_quantile(0.001), -3.09023230616781, 1e-13);
  EXPECT_NEAR(normal_quantile(1e-10), -6.36134090240406, 1e-13);
  EXPECT_NEAR(normal_quantile(0.3), -0.524400512708041, 1e-14);
}

TEST(NormalQuantile, IsTheInverseOfTheDistribution) {
  for (double p = 1e-12; p < 1; p = p * 1.7 + 1e-3)
    EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-14 + p * 1e-13);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(normal_quantile(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(normal_quantile(1), std::numeric_limits<double>::infinity());
  EXPECT_THROW(normal_quantile(1.1), Error);
  EXPECT_THROW(normal_quantile(std::nan("")), Error);
}

// Closed forms: I_x(1, b) = 1 - (1 - x)^b, I_x(a, 1) = x^a, I_1/2(a, a) = 1/2.
TEST(BetaCdf, AgreesWithClosedForms) {
  EXPECT_NEAR(beta_cdf(0.2, 1, 7), 1 - std::pow(0.8, 7), 1e-15);
  EXPECT_NEAR(beta_cdf(0.9, 5, 1), std::pow(0.9, 5), 1e-15);
  EXPECT_NEAR(beta_cdf(0.5, 1234, 1234), 0.5, 1e-12);
  EXPECT_EQ(beta_cdf(0, 2, 3), 0);
  EXPECT_EQ(beta_cdf(1, 2, 3), 1);
  EXPECT_THROW(beta_cdf(0.5, 0, 1), Error);
}

TEST(BetaQuantile, IsTheInverseOfTheDistribution) {
  for (const double a : {0.5, 1.0, 30.0, 4e6})
    for (const double b : {0.5, 2.0, 1e3, 5e7})
      for (const double p : {0.025, 0.5, 0.975}) EXPECT_NEAR(beta_cdf(beta_quantile(p, a, b), a, b), p, 1e-8);
  EXPECT_NEAR(beta_quantile(0.975, 1, 1e9) / (-std::log(0.025) / 1e9), 1, 1e-8);
}

}  // namespace
}  // namespace kyc
