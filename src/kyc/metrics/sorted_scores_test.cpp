#include "kyc/metrics/sorted_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::vector<double> random_values(std::size_t count, double mean, double step, std::mt19937_64& random) {
  std::normal_distribution<double> normal(mean, 1);
  std::vector<double> out(count);
  for (double& score : out) score = step > 0 ? std::round(normal(random) / step) * step : normal(random);
  return out;
}

TEST(SortScores, SortsAsTheStandardLibraryDoes) {
  std::mt19937_64 random(3);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const std::size_t count : {0, 1, 70'000, 300'001}) {
    for (const double step : {0.0, 0.5, 1e6}) {
      std::vector<double> scores = random_values(count, -0.2, step, random);
      if (count > 10) scores[3] = kInfinity, scores[9] = -kInfinity;
      std::vector<double> expected = scores;
      std::sort(expected.begin(), expected.end());
      for (const int jobs : {1, 3}) {
        std::vector<double> sorted = scores;
        sort_scores(sorted, jobs);
        EXPECT_EQ(sorted, expected) << count << " scores, step " << step << ", " << jobs << " jobs";
      }
    }
  }
}

// Numbers of one exponent, of all magnitudes, and one value with few exceptions: what digits and splitters
// could stumble over.
TEST(SortScores, SortsHardDistributions) {
  std::mt19937_64 random(4);
  for (int kind = 0; kind < 4; ++kind) {
    std::vector<double> scores(100'000);
    for (double& score : scores) {
      const auto bits = random();
      const auto share = static_cast<double>(bits >> 11) * 0x1p-53;
      score = kind == 0   ? 1 + share
              : kind == 1 ? std::ldexp(share - 0.5, static_cast<int>(bits % 2000) - 1000)
              : kind == 2 ? (bits % 1000 == 0 ? share : 0.25)
                          : static_cast<double>(static_cast<float>(share));
    }
    std::vector<double> expected = scores;
    std::sort(expected.begin(), expected.end());
    sort_scores(scores, 2);
    EXPECT_EQ(scores, expected) << "kind " << kind;
  }
}

TEST(SortedScores, SayWhatTheErrorCurveSays) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    const double step = round % 3 == 0 ? 0 : round % 3 == 1 ? 0.25 : 2;
    std::vector<double> mated = random_values(1 + random() % 60, 1.2, step, random);
    std::vector<double> non_mated = random_values(1 + random() % 60, 0, step, random);
    if (round % 7 == 0) mated[0] = std::numeric_limits<double>::infinity();
    const ErrorCurve curve = error_curve(mated, non_mated);
    const SortedScores scores(mated, non_mated, 2);
    EXPECT_EQ(scores.auc(2), auc(curve));
    for (const auto definition : {EerDefinition::SmallestGap,
                                  EerDefinition::Interpolated,
                                  EerDefinition::ConvexHull,
                                  EerDefinition::Fvc}) {
      EXPECT_EQ(scores.equal_error_rate(definition).value, equal_error_rate(curve, definition).value);
      EXPECT_EQ(scores.equal_error_rate(definition).nearest.threshold,
                equal_error_rate(curve, definition).nearest.threshold);
    }
    for (const double limit : {0.0, 0.01, 0.1, 0.5, 1.0}) {
      EXPECT_EQ(scores.fnmr_at_fmr(limit).threshold, fnmr_at_fmr(curve, limit).threshold);
      EXPECT_EQ(scores.fnmr_at_fmr(limit).fnmr, fnmr_at_fmr(curve, limit).fnmr);
    }
    std::size_t i = 0;
    scores.for_each_point([&](const OperatingPoint& point) {
      ASSERT_LT(i, curve.size());
      EXPECT_EQ(point.threshold, curve.thresholds[i]);
      EXPECT_EQ(point.fmr, curve.fmr(i));
      EXPECT_EQ(point.fnmr, curve.fnmr(i));
      ++i;
    });
    EXPECT_EQ(i, curve.size());
  }
}

TEST(SortedScores, PartsMergeToTheWhole) {
  std::mt19937_64 random(6);
  const std::vector<double> mated = random_values(301, 1, 0.1, random);
  const std::vector<double> non_mated = random_values(407, 0, 0.1, random);
  SortedScores parts({mated.begin(), mated.begin() + 100}, {non_mated.begin(), non_mated.begin() + 7});
  parts.merge(SortedScores({mated.begin() + 100, mated.end()}, {non_mated.begin() + 7, non_mated.end()}));
  const SortedScores whole(mated, non_mated);
  EXPECT_EQ(parts.mated(), whole.mated());
  EXPECT_EQ(parts.non_mated(), whole.non_mated());
  EXPECT_EQ(parts.auc(), whole.auc());
}

TEST(SortedScores, AnOutlineHasExactPointsFromEndToEnd) {
  std::mt19937_64 random(7);
  const SortedScores scores(random_values(1000, 2, 0, random), random_values(5000, 0, 0, random));
  const std::vector<OperatingPoint> points = scores.outline(100);
  EXPECT_LE(points.size(), 100);
  EXPECT_GT(points.size(), 80);
  EXPECT_EQ(points.front().fmr, 1);
  EXPECT_EQ(points.back().fnmr, 1);
  EXPECT_EQ(points.back().fmr, 0);
  for (const OperatingPoint& point : points) EXPECT_EQ(point.fmr, scores.at(point.threshold).fmr);
}

TEST(SortedScores, RefuseEmptySetsAndNaN) {
  EXPECT_THROW(SortedScores({}, {1}), Error);
  EXPECT_THROW(SortedScores({1}, {}), Error);
  EXPECT_THROW(SortedScores({std::nan("")}, {1}), Error);
}

}  // namespace
}  // namespace kyc
