#include "kyc/metrics/resampled.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/metrics/error_curve.h"

namespace kyc {
namespace {

std::vector<SubjectTrial> random_trials(std::size_t count,
                                        std::uint32_t subjects,
                                        double separation,
                                        unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<SubjectTrial> out;
  for (std::size_t i = 0; i < count; ++i) {
    const bool high = i % 2 == 0;
    out.push_back({std::round(4 * (normal(random) + (high ? separation : 0))) / 4,
                   high,
                   static_cast<std::uint32_t>(random() % subjects)});
  }
  return out;
}

std::vector<SubjectTrial> by_score(std::vector<SubjectTrial> trials) {
  std::sort(trials.begin(), trials.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
  return trials;
}

// A trial of weight w counts as w trials.
TEST(WeightedFigures, AreThoseOfRepeatedTrials) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 50; ++round) {
    const std::vector<SubjectTrial> trials = by_score(random_trials(60, 7, 1, round));
    std::vector<std::uint32_t> weights(7);
    for (auto& weight : weights) weight = random() % 4;
    std::vector<double> high;
    std::vector<double> low;
    for (const SubjectTrial& trial : trials)
      (trial.high ? high : low).insert((trial.high ? high : low).end(), weights[trial.subject], trial.score);
    const auto figures = weighted_figures(trials, weights);
    if (high.empty() || low.empty()) {
      EXPECT_FALSE(figures);
      continue;
    }
    const ErrorCurve curve = error_curve(high, low);
    ASSERT_TRUE(figures);
    EXPECT_NEAR(figures->auc, auc(curve), 1e-12);
    EXPECT_NEAR(figures->eer, equal_error_rate(curve).value, 1e-12);
  }
}

TEST(ResampledFigures, HoldTheFigureAndTellSystemsApart) {
  const std::vector<SubjectTrial> good = random_trials(800, 60, 2.5, 3);
  std::vector<SubjectTrial> bad = good;
  std::mt19937 random(4);
  std::normal_distribution<double> noise(0, 2);
  for (SubjectTrial& trial : bad) trial.score += noise(random);
  const std::vector<std::uint32_t> once(60, 1);
  const double figure = weighted_figures(by_score(good), once)->auc;
  const ResampledFigures own = resample_figures(good, 60, {.replicates = 200});
  ASSERT_TRUE(own.auc);
  EXPECT_LT(own.auc->interval.low, figure);
  EXPECT_GT(own.auc->interval.high, figure);
  const ResampledFigures difference = resample_differences(good, bad, 60, {.replicates = 200});
  ASSERT_TRUE(difference.auc && difference.eer);
  EXPECT_GT(difference.auc->interval.low, 0);
  EXPECT_LT(difference.eer->interval.high, 0);
  const ResampledFigures same = resample_differences(good, good, 60, {.replicates = 200});
  EXPECT_EQ(same.auc->interval.low, 0);
  EXPECT_EQ(same.auc->interval.high, 0);
}

}  // namespace
}  // namespace kyc
