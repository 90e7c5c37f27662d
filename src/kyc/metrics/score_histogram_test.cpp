#include "kyc/metrics/score_histogram.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

struct Sets {
  std::vector<double> mated;
  std::vector<double> non_mated;
};

Sets random_sets(std::mt19937_64& random, double step) {
  Sets out;
  std::normal_distribution<double> normal(0, 0.3);
  const auto draw = [&](double mean) {
    const double score = normal(random) + mean;
    return step > 0 ? std::round(score / step) * step : score;
  };
  for (std::size_t i = 0; i < 20 + random() % 300; ++i) out.mated.push_back(draw(0.4));
  for (std::size_t i = 0; i < 20 + random() % 300; ++i) out.non_mated.push_back(draw(-0.3));
  return out;
}

ScoreHistogram histogram_of(const Sets& sets, std::size_t bins) {
  ScoreHistogram out(-1, 1, bins);
  for (const double score : sets.mated) out.add_mated(score);
  for (const double score : sets.non_mated) out.add_non_mated(score);
  return out;
}

void expect_within(const Bounded& bounds, double exact) {
  EXPECT_LE(bounds.low, exact + 1e-12);
  EXPECT_GE(bounds.high, exact - 1e-12);
  EXPECT_LE(bounds.low, bounds.value);
  EXPECT_GE(bounds.high, bounds.value);
}

// The bounds hold for coarse and for fine bins, with ties and without, with scores outside of the range.
TEST(ScoreHistogram, BoundsHoldTheExactFigures) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    const Sets sets = random_sets(random, round % 2 == 0 ? 0 : 0.05);
    const ErrorCurve exact = error_curve(sets.mated, sets.non_mated);
    for (const std::size_t bins : {1, 7, 64, 4096}) {
      const ScoreHistogram histogram = histogram_of(sets, bins);
      expect_within(histogram.auc(), auc(exact));
      expect_within(histogram.equal_error_rate(), equal_error_rate(exact, EerDefinition::Interpolated).value);
      for (const double limit : {0.0, 0.01, 0.1, 0.5}) {
        const ScoreHistogram::AtFmr at = histogram.fnmr_at_fmr(limit);
        expect_within(at.fnmr, fnmr_at_fmr(exact, limit).fnmr);
        EXPECT_LE(at.point.fmr, limit);
      }
    }
  }
}

TEST(ScoreHistogram, BoundsCloseAsBinsGetFiner) {
  std::mt19937_64 random(2);
  const Sets sets = random_sets(random, 0);
  const Bounded coarse = histogram_of(sets, 16).auc();
  const Bounded fine = histogram_of(sets, 1 << 20).auc();
  EXPECT_LT(fine.high - fine.low, (coarse.high - coarse.low) / 10);
  EXPECT_NEAR(fine.value, auc(error_curve(sets.mated, sets.non_mated)), 1e-4);
}

TEST(ScoreHistogram, RatesOnEdgesAreExact) {
  std::mt19937_64 random(3);
  const Sets sets = random_sets(random, 0.125);  // scores on edges
  const ScoreHistogram histogram = histogram_of(sets, 16);
  const ErrorCurve curve = histogram.curve();
  for (std::size_t i = 1; i + 1 < curve.size(); ++i) {
    std::uint64_t accepted = 0;
    for (const double score : sets.non_mated) accepted += score >= curve.thresholds[i] ? 1 : 0;
    EXPECT_EQ(curve.false_matches[i], accepted) << curve.thresholds[i];
  }
}

TEST(ScoreHistogram, PartsMergeToTheWhole) {
  std::mt19937_64 random(4);
  const Sets a = random_sets(random, 0);
  const Sets b = random_sets(random, 0);
  ScoreHistogram merged = histogram_of(a, 100);
  merged.merge(histogram_of(b, 100));
  Sets both = a;
  both.mated.insert(both.mated.end(), b.mated.begin(), b.mated.end());
  both.non_mated.insert(both.non_mated.end(), b.non_mated.begin(), b.non_mated.end());
  EXPECT_EQ(merged.auc().value, histogram_of(both, 100).auc().value);
  EXPECT_THROW(merged.merge(ScoreHistogram(-1, 1, 99)), Error);
}

TEST(ScoreHistogram, RefusesWhatMakesNoSense) {
  EXPECT_THROW(ScoreHistogram(1, 1, 10), Error);
  EXPECT_THROW(ScoreHistogram(0, std::numeric_limits<double>::infinity(), 10), Error);
  EXPECT_THROW(ScoreHistogram(0, 1, 0), Error);
  ScoreHistogram histogram(0, 1, 10);
  EXPECT_THROW(histogram.add_mated(std::nan("")), Error);
  histogram.add_mated(std::numeric_limits<double>::infinity());
  EXPECT_EQ(histogram.mated()[9], 1);
  EXPECT_THROW(histogram.auc(), Error);  // no non-mated scores
}

}  // namespace
}  // namespace kyc
