#include "kyc/metrics/demographics.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

const std::vector<GroupRates> kGroups{{"a", 0.001, 0.02}, {"b", 0.004, 0.03}, {"c", 0.002, 0.05}};

TEST(FairnessDiscrepancyRate, WeighsTheLargestDifferences) {
  EXPECT_DOUBLE_EQ(fairness_discrepancy_rate(kGroups), 1 - (0.5 * 0.003 + 0.5 * 0.03));
  EXPECT_DOUBLE_EQ(fairness_discrepancy_rate(kGroups, 1), 1 - 0.003);
}

TEST(InequityRate, IsAWeightedProductOfRatios) {
  EXPECT_DOUBLE_EQ(*inequity_rate(kGroups), std::sqrt(4 * 2.5));
  EXPECT_DOUBLE_EQ(*inequity_rate(kGroups, 1), 4);
  EXPECT_FALSE(inequity_rate(std::vector<GroupRates>{{"a", 0, 0.1}, {"b", 0.1, 0.1}}).has_value());
  // Without mated comparisons every FNMR is 0, and has no weight.
  EXPECT_EQ(inequity_rate(std::vector<GroupRates>{{"a", 0.1, 0}, {"b", 0.2, 0}}, 1), 2);
}

// Gini of (1, 4, 2): differences 2 x (3 + 1 + 2) = 12, sum 7, 3 / 2 x 12 / (2 x 3 x 7) = 3 / 7.
// Gini of (2, 3, 5): differences 2 x (1 + 3 + 2) = 12, sum 10, 3 / 2 x 12 / 60 = 3 / 10.
TEST(Garbe, IsAMeanOfGiniCoefficients) {
  EXPECT_NEAR(garbe(kGroups), 0.5 * 3 / 7 + 0.5 * 0.3, 1e-15);
  EXPECT_NEAR(garbe(kGroups, 0.25), 0.25 * 3 / 7 + 0.75 * 0.3, 1e-15);
}

TEST(Demographics, EqualGroupsAreBestAndOneGroupWithAllErrorsIsWorst) {
  const std::vector<GroupRates> equal{{"a", 0.01, 0.02}, {"b", 0.01, 0.02}};
  EXPECT_EQ(fairness_discrepancy_rate(equal), 1);
  EXPECT_EQ(inequity_rate(equal), 1);
  EXPECT_EQ(garbe(equal), 0);
  EXPECT_DOUBLE_EQ(garbe(std::vector<GroupRates>{{"a", 1, 1}, {"b", 0, 0}, {"c", 0, 0}}), 1);
  EXPECT_EQ(garbe(std::vector<GroupRates>{{"a", 0, 0}, {"b", 0, 0}}), 0);
}

TEST(Demographics, RefusesWhatHasNoMeaning) {
  EXPECT_THROW((void)garbe(std::vector<GroupRates>{{"a", 0.1, 0.1}}), Error);
  EXPECT_THROW((void)garbe(kGroups, 1.5), Error);
  EXPECT_THROW((void)fairness_discrepancy_rate(std::vector<GroupRates>{{"a", 0.1, 0.1}, {"b", -0.1, 0}}),
               Error);
}

}  // namespace
}  // namespace kyc
