#include "kyc/evaluation/paired.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

TEST(PairedDifference, IsSecondMinusFirst) {
  const std::vector<PairedTrial> trials{
      {"a", true, false}, {"a", true, true}, {"b", false, false}, {"b", true, false}};
  const PairedDifference result = paired_difference(trials);
  EXPECT_EQ(result.first, 3U);
  EXPECT_EQ(result.second, 1U);
  EXPECT_DOUBLE_EQ(result.difference, -0.5);
}

TEST(PairedDifference, EqualSystemsDifferByNothing) {
  std::vector<PairedTrial> trials;
  for (int i = 0; i < 50; ++i) trials.push_back({std::to_string(i % 10), i % 3 == 0, i % 3 == 0});
  const PairedDifference result = paired_difference(trials);
  EXPECT_EQ(result.difference, 0);
  ASSERT_TRUE(result.interval);
  EXPECT_EQ(*result.interval, (Interval{0, 0}));
}

// With one trial per person the interval is that of a mean of 400 values of -1, 0, 1: +-1.96 sqrt(var / 400).
TEST(PairedDifference, TheIntervalIsThatOfTheMean) {
  std::vector<PairedTrial> trials;
  for (int i = 0; i < 400; ++i) trials.push_back({std::to_string(i), i < 40, i >= 380});
  const PairedDifference result = paired_difference(trials);
  EXPECT_NEAR(result.difference, -0.05, 1e-12);
  ASSERT_TRUE(result.interval);
  const double half = 1.96 * std::sqrt((0.15 - 0.0025) / 400);  // 0.0376
  EXPECT_NEAR(result.interval->low, -0.05 - half, 0.006);
  EXPECT_NEAR(result.interval->high, -0.05 + half, 0.006);
}

TEST(PairedDifference, OnePersonHasNoInterval) {
  EXPECT_FALSE(paired_difference(std::vector<PairedTrial>{{"a", true, false}}).interval);
  EXPECT_THROW(paired_difference({}), Error);
}

}  // namespace
}  // namespace kyc
