#include "kyc/metrics/bootstrap.h"

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Share of events: subject i has trials[i] trials, events[i] of them events.
ResampledStatistic share(const std::vector<double>& events, const std::vector<double>& trials) {
  return [&](std::span<const std::uint32_t> weights) -> std::optional<double> {
    double sum = 0;
    double all = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      sum += weights[i] * events[i];
      all += weights[i] * trials[i];
    }
    return all > 0 ? std::optional(sum / all) : std::nullopt;
  };
}

// With one trial each the percentile interval of a share is that of a binomial distribution: 30 of 100 has a
// standard error of 0.0458, so 0.30 -+ 0.0898. The percentiles of 4,000 replicates are known to about 0.003.
TEST(BootstrapBySubject, AgreesWithTheBinomialForOneTrialEach) {
  std::vector<double> events(100, 0);
  std::fill_n(events.begin(), 30, 1);
  const std::vector<double> trials(100, 1);
  const auto result = bootstrap_by_subject(100, share(events, trials), {4000, 0.95, 1});
  ASSERT_TRUE(result.has_value());
  EXPECT_NEAR(result->interval.low, 0.2102, 0.012);
  EXPECT_NEAR(result->interval.high, 0.3898, 0.012);
  EXPECT_EQ(result->replicates, 4000);
}

// Ten times as many trials of the same people, all alike within a person: no more is known, the interval
// stays.
TEST(BootstrapBySubject, MoreTrialsOfTheSamePeopleDoNotNarrowIt) {
  std::vector<double> events(100, 0);
  std::fill_n(events.begin(), 30, 1);
  const auto once = bootstrap_by_subject(100, share(events, std::vector<double>(100, 1)));
  std::vector<double> events10(100, 0);
  std::fill_n(events10.begin(), 30, 10);
  const auto ten_times = bootstrap_by_subject(100, share(events10, std::vector<double>(100, 10)));
  EXPECT_EQ(once->interval, ten_times->interval);
}

TEST(BootstrapBySubject, DrawsAsManyAsThereAre) {
  const auto result = bootstrap_by_subject(37, [](std::span<const std::uint32_t> weights) {
    EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0U), 37U);
    return std::optional(static_cast<double>(weights[36]));
  });
  EXPECT_EQ(result->interval.low, 0);
  EXPECT_GE(result->interval.high, 2);
}

TEST(BootstrapBySubject, TheSameSeedGivesTheSame) {
  const std::vector<double> events{0, 1, 1, 0, 1};
  const std::vector<double> trials{1, 2, 1, 1, 3};
  const auto first = bootstrap_by_subject(5, share(events, trials), {200, 0.9, 7});
  EXPECT_EQ(first->interval, bootstrap_by_subject(5, share(events, trials), {200, 0.9, 7})->interval);
}

TEST(BootstrapBySubject, CountsAndRefusesUndefinedReplicates) {
  const std::vector<double> events{1, 0, 0};
  const std::vector<double> trials{1, 0, 0};  // drawn in 19 of 27 samples
  const auto result = bootstrap_by_subject(3, share(events, trials));
  EXPECT_NEAR(result->replicates, 1000.0 * 19 / 27, 60);
  const auto never = [](std::span<const std::uint32_t>) { return std::optional<double>(); };
  EXPECT_FALSE(bootstrap_by_subject(3, never).has_value());
  EXPECT_THROW((void)bootstrap_by_subject(0, never), Error);
  EXPECT_THROW((void)bootstrap_by_subject(3, never, {10, 0.95, 1}), Error);
}

}  // namespace
}  // namespace kyc
