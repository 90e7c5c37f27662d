#include "kyc/metrics/error_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using testing::ElementsAre;

struct Scores {
  std::vector<double> mated;
  std::vector<double> non_mated;
};

// Few distinct values, so that there are ties within and across the classes; sometimes infinities.
Scores random_scores(unsigned seed) {
  std::mt19937 random(seed);
  const int levels = 1 + static_cast<int>(random() % 12);
  const auto draw = [&](std::size_t n, int shift) {
    std::vector<double> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(0.25 * (static_cast<int>(random() % levels) + shift));
    if (random() % 8 == 0) out.front() = kInfinity;
    if (random() % 8 == 0) out.back() = -kInfinity;
    return out;
  };
  return {draw(1 + random() % 40, 2), draw(1 + random() % 40, 0)};
}

TEST(ErrorCurve, CountsTiesAsAccepted) {
  const ErrorCurve curve = error_curve(std::vector{1.0, 2.0, 2.0}, std::vector{0.0, 1.0});
  EXPECT_THAT(curve.thresholds, ElementsAre(0, 1, 2, std::nextafter(2.0, 3.0)));
  EXPECT_THAT(curve.false_matches, ElementsAre(2, 1, 0, 0));
  EXPECT_THAT(curve.false_non_matches, ElementsAre(0, 0, 1, 3));
  EXPECT_DOUBLE_EQ(curve.fnmr(2), 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve.fmr(1), 0.5);
}

TEST(ErrorCurve, AgreesWithCountingAtEveryThreshold) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Scores s = random_scores(seed);
    const ErrorCurve curve = error_curve(s.mated, s.non_mated);
    std::set<double> distinct(s.mated.begin(), s.mated.end());
    distinct.insert(s.non_mated.begin(), s.non_mated.end());
    ASSERT_EQ(curve.size(), distinct.size() + 1);
    for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
      const double t = curve.thresholds[i];
      const auto accepted = [&](double score) { return score >= t; };
      EXPECT_EQ(static_cast<long>(curve.false_matches[i]),
                std::count_if(s.non_mated.begin(), s.non_mated.end(), accepted));
      EXPECT_EQ(static_cast<long>(curve.mated - curve.false_non_matches[i]),
                std::count_if(s.mated.begin(), s.mated.end(), accepted));
    }
    EXPECT_EQ(curve.fmr(0), 1);
    EXPECT_EQ(curve.fnmr(0), 0);
    EXPECT_EQ(curve.fmr(curve.size() - 1), 0);
    EXPECT_EQ(curve.fnmr(curve.size() - 1), 1);
  }
}

TEST(ErrorCurve, RefusesEmptySetsAndNan) {
  const std::vector<double> some{1, 2};
  EXPECT_THROW(error_curve({}, some), Error);
  EXPECT_THROW(error_curve(some, {}), Error);
  EXPECT_THROW(error_curve(some, std::vector{std::nan("")}), Error);
  EXPECT_THROW(error_curve(std::vector{1.0, std::nan("")}, some), Error);
}

TEST(FnmrAtFmr, TakesTheLowestThresholdThatKeepsTheLimit) {
  const ErrorCurve curve = error_curve(std::vector{0.5, 3.0, 5.0}, std::vector{0.0, 1.0, 2.0, 4.0});
  EXPECT_EQ(fnmr_at_fmr(curve, 0.5).threshold, 2.0);
  EXPECT_EQ(fnmr_at_fmr(curve, 0.49).threshold, 3.0);
  EXPECT_EQ(fnmr_at_fmr(curve, 0.25).threshold, 3.0);
  EXPECT_DOUBLE_EQ(fnmr_at_fmr(curve, 0.25).fnmr, 1.0 / 3);
  EXPECT_EQ(fnmr_at_fmr(curve, 0).threshold, 5.0);
  EXPECT_EQ(fnmr_at_fmr(curve, 1).threshold, 0.0);
  EXPECT_THROW(fnmr_at_fmr(curve, -0.1), Error);
  EXPECT_THROW(fnmr_at_fmr(curve, std::nan("")), Error);
}

TEST(FnmrAtFmr, GoesJustAboveTheHighestScoreWhereNothingElseHelps) {
  const OperatingPoint point = fnmr_at_fmr(error_curve(std::vector{1.0}, std::vector{2.0}), 0);
  EXPECT_EQ(point.threshold, std::nextafter(2.0, 3.0));
  EXPECT_EQ(point.fnmr, 1);
}

// 1e-3 as text and 3 of 3000 as a quotient are the same double: a limit that the data meets exactly counts as
// met.
TEST(FnmrAtFmr, MeetsALimitExactly) {
  std::vector<double> non_mated(3000);
  for (std::size_t i = 0; i < non_mated.size(); ++i) non_mated[i] = static_cast<double>(i);
  EXPECT_EQ(fnmr_at_fmr(error_curve(std::vector{1e9}, non_mated), 1e-3).threshold, 2997);
}

TEST(FmrAtFnmr, TakesTheHighestThresholdThatKeepsTheLimit) {
  const ErrorCurve curve = error_curve(std::vector{0.5, 3.0, 5.0}, std::vector{0.0, 1.0, 2.0, 4.0});
  EXPECT_EQ(fmr_at_fnmr(curve, 0).threshold, 0.5);
  EXPECT_EQ(fmr_at_fnmr(curve, 0).fmr, 0.75);
  EXPECT_EQ(fmr_at_fnmr(curve, 1.0 / 3).threshold, 3.0);
  EXPECT_EQ(fmr_at_fnmr(curve, 1).fmr, 0);
}

TEST(Auc, IsTheShareOfRightlyOrderedPairs) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Scores s = random_scores(seed);
    double wins = 0;
    for (const double high : s.mated)
      for (const double low : s.non_mated) wins += high > low ? 1 : high == low ? 0.5 : 0;
    EXPECT_DOUBLE_EQ(auc(error_curve(s.mated, s.non_mated)),
                     wins / static_cast<double>(s.mated.size() * s.non_mated.size()));
  }
}

TEST(EqualErrorRate, AllDefinitionsAgreeWhereTheRatesMeet) {
  // At threshold 2: 1 of 4 non-mated accepted, 1 of 4 mated refused.
  const ErrorCurve curve = error_curve(std::vector{1.0, 2.0, 3.0, 4.0}, std::vector{0.0, 0.5, 1.0, 2.5});
  for (const auto definition : {EerDefinition::SmallestGap,
                                EerDefinition::Interpolated,
                                EerDefinition::ConvexHull,
                                EerDefinition::Fvc})
    EXPECT_DOUBLE_EQ(equal_error_rate(curve, definition).value, 0.25);
  EXPECT_EQ(equal_error_rate(curve).nearest.threshold, 2);
}

TEST(EqualErrorRate, DefinitionsDifferOnASteepStep) {
  // Points (FMR, FNMR): (1, 0) at 0, (1/2, 0) at 1 and (0, 1/2) at 2 ... with one tie that jumps over the
  // diagonal.
  const ErrorCurve curve = error_curve(std::vector{1.0, 1.0, 1.0, 2.0}, std::vector{0.0, 1.0});
  // Points (FMR, FNMR): (1, 0), (0.5, 0), then over the diagonal to (0, 0.75), and (0, 1).
  EXPECT_DOUBLE_EQ(equal_error_rate(curve, EerDefinition::SmallestGap).value, 0.25);
  EXPECT_DOUBLE_EQ(equal_error_rate(curve, EerDefinition::Fvc).value, 0.25);
  EXPECT_DOUBLE_EQ(equal_error_rate(curve, EerDefinition::Interpolated).value, 0.3);
  EXPECT_DOUBLE_EQ(equal_error_rate(curve, EerDefinition::ConvexHull).value, 0.3);
}

TEST(EqualErrorRate, PerfectSeparationIsZeroAndTheOppositeIsOne) {
  for (const auto definition : {EerDefinition::SmallestGap,
                                EerDefinition::Interpolated,
                                EerDefinition::ConvexHull,
                                EerDefinition::Fvc}) {
    EXPECT_EQ(equal_error_rate(error_curve(std::vector{2.0}, std::vector{1.0}), definition).value, 0);
    const double opposite =
        equal_error_rate(error_curve(std::vector{1.0}, std::vector{2.0}), definition).value;
    EXPECT_DOUBLE_EQ(opposite, definition == EerDefinition::ConvexHull ? 0.5 : 1.0);
    EXPECT_DOUBLE_EQ(equal_error_rate(error_curve(std::vector{1.0}, std::vector{1.0}), definition).value,
                     0.5);
  }
}

TEST(EqualErrorRate, TheHullIsNeverAboveTheInterpolatedCurve) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Scores s = random_scores(seed);
    const ErrorCurve curve = error_curve(s.mated, s.non_mated);
    const double interpolated = equal_error_rate(curve, EerDefinition::Interpolated).value;
    EXPECT_LE(equal_error_rate(curve, EerDefinition::ConvexHull).value, interpolated + 1e-15);
    const OperatingPoint nearest = equal_error_rate(curve).nearest;
    for (std::size_t i = 0; i < curve.size(); ++i)
      EXPECT_LE(std::abs(nearest.fmr - nearest.fnmr), std::abs(curve.fmr(i) - curve.fnmr(i)) + 1e-15);
  }
}

}  // namespace
}  // namespace kyc
