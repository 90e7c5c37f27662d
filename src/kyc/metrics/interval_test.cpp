#include "kyc/metrics/interval.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
// (1998), table I: methods 3 (Wilson) and 5 (Clopper-Pearson), printed with four places.
TEST(WilsonInterval, AgreesWithNewcombe) {
  const Interval a = wilson_interval(81, 263);
  EXPECT_NEAR(a.low, 0.2553, 5e-5);
  EXPECT_NEAR(a.high, 0.3662, 5e-5);
  const Interval b = wilson_interval(15, 148);
  EXPECT_NEAR(b.low, 0.0624, 5e-5);
  EXPECT_NEAR(b.high, 0.1605, 5e-5);
  const Interval c = wilson_interval(0, 20);
  EXPECT_EQ(c.low, 0);
  EXPECT_NEAR(c.high, 0.1611, 5e-5);
  const Interval d = wilson_interval(1, 29);
  EXPECT_NEAR(d.low, 0.0061, 5e-5);
  EXPECT_NEAR(d.high, 0.1718, 5e-5);
}

TEST(ClopperPearsonInterval, AgreesWithNewcombe) {
  const Interval a = clopper_pearson_interval(81, 263);
  EXPECT_NEAR(a.low, 0.2527, 5e-5);
  EXPECT_NEAR(a.high, 0.3676, 5e-5);
  const Interval b = clopper_pearson_interval(15, 148);
  EXPECT_NEAR(b.low, 0.0578, 5e-5);
  EXPECT_NEAR(b.high, 0.1617, 5e-5);
  const Interval c = clopper_pearson_interval(0, 20);
  EXPECT_EQ(c.low, 0);
  EXPECT_NEAR(c.high, 0.1684, 5e-5);
  const Interval d = clopper_pearson_interval(1, 29);
  EXPECT_NEAR(d.low, 0.0009, 5e-5);
  EXPECT_NEAR(d.high, 0.1776, 5e-5);
}

TEST(Interval, MirrorsWhenEventsAndTheirOppositesAreExchanged) {
  for (const auto& interval : {wilson_interval, clopper_pearson_interval}) {
    const Interval some = interval(7, 90, 0.9);
    const Interval others = interval(83, 90, 0.9);
    EXPECT_NEAR(some.low, 1 - others.high, 1e-12);
    EXPECT_NEAR(some.high, 1 - others.low, 1e-12);
    EXPECT_EQ(interval(90, 90, 0.9).high, 1);
  }
}

TEST(Interval, RefusesWhatHasNoMeaning) {
  EXPECT_THROW(wilson_interval(0, 0), Error);
  EXPECT_THROW(wilson_interval(3, 2), Error);
  EXPECT_THROW(clopper_pearson_interval(1, 2, 1.0), Error);
  EXPECT_THROW(rule_of_three(0), Error);
}

// The rule approximates the one-sided Clopper-Pearson bound 1 - 0.05^(1/n).
TEST(RuleOfThree, IsCloseToTheExactBound) {
  EXPECT_NEAR(rule_of_three(1000), 1 - std::pow(0.05, 1.0 / 1000), 1e-5);
  EXPECT_EQ(rule_of_three(2), 1);
}

TEST(RuleOfThirty, AsksForThirtyErrors) {
  EXPECT_FALSE(satisfies_rule_of_thirty(29));
  EXPECT_TRUE(satisfies_rule_of_thirty(30));
}

}  // namespace
}  // namespace kyc
