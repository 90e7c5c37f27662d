#include "kyc/evaluation/non_mated.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

struct Templates {
  std::vector<float> values;
  std::vector<std::uint32_t> persons;
};

// Directions at random, each person `images` times.
Templates random_templates(std::size_t persons, std::size_t images, std::size_t dimension, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Templates out;
  for (std::size_t i = 0; i < persons * images; ++i) {
    std::vector<float> one(dimension);
    float square = 0;
    for (float& v : one) {
      v = normal(random);
      square += v * v;
    }
    for (const float v : one) out.values.push_back(v / std::sqrt(square));
    out.persons.push_back(static_cast<std::uint32_t>(i % persons));
  }
  return out;
}

std::vector<float> all_scores(const Templates& t, std::size_t dimension) {
  std::vector<float> out;
  for (std::size_t a = 0; a < t.persons.size(); ++a)
    for (std::size_t b = a + 1; b < t.persons.size(); ++b) {
      if (t.persons[a] == t.persons[b]) continue;
      double sum = 0;
      for (std::size_t k = 0; k < dimension; ++k)
        sum += static_cast<double>(t.values[a * dimension + k]) *
               static_cast<double>(t.values[b * dimension + k]);
      out.push_back(static_cast<float>(sum));
    }
  std::sort(out.rbegin(), out.rend());
  return out;
}

TEST(HighestNonMated, AgreesWithComparingOneByOne) {
  for (const std::size_t dimension : {1U, 7U, 128U})
    for (const std::size_t persons : {2U, 33U, 70U}) {
      const Templates t = random_templates(persons, 3, dimension, 5);
      const std::vector<float> expected = all_scores(t, dimension);
      for (const double share : {0.01, 0.3, 1.0})
        for (const int jobs : {1, 2}) {
          const NonMatedTail tail = highest_non_mated(t.values, t.persons, dimension, share, jobs);
          EXPECT_EQ(tail.trials, expected.size());
          ASSERT_GE(tail.pairs.size(),
                    static_cast<std::size_t>(share * static_cast<double>(expected.size())));
          ASSERT_LE(tail.pairs.size(), expected.size());
          // The order of a sum of 128 floats changes it by a few units in the last place.
          for (std::size_t i = 0; i < tail.pairs.size(); ++i)
            EXPECT_NEAR(tail.pairs[i].score, expected[i], 1e-6);
          for (const ScoredPair& pair : tail.pairs) {
            EXPECT_LT(pair.first, pair.second);
            EXPECT_NE(t.persons[pair.first], t.persons[pair.second]);
          }
        }
    }
}

TEST(HighestNonMated, OnePersonHasNoTrials) {
  const NonMatedTail tail =
      highest_non_mated(std::vector<float>{1, 0, 0, 1}, std::vector<std::uint32_t>{7, 7}, 2, 1, 1);
  EXPECT_EQ(tail.trials, 0U);
  EXPECT_TRUE(tail.pairs.empty());
  EXPECT_THROW(threshold_at_fmr(tail, std::vector<std::uint32_t>{7, 7}, 0.01, 1), Error);
}

NonMatedTail tail_of(const std::vector<float>& scores, std::uint64_t trials) {
  NonMatedTail tail;
  tail.trials = trials;
  for (std::size_t i = 0; i < scores.size(); ++i)
    tail.pairs.push_back(
        {scores[i], static_cast<std::uint32_t>(2 * i), static_cast<std::uint32_t>(2 * i + 1)});
  return tail;
}

std::vector<std::uint32_t> all_different(std::uint32_t count) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(i);
  return out;
}

TEST(ThresholdAtFmr, TakesTheLowestScoreThatKeepsTheLimit) {
  const NonMatedTail tail = tail_of({0.9F, 0.8F, 0.8F, 0.7F, 0.6F}, 100);
  const auto persons = all_different(10);
  EXPECT_EQ(threshold_at_fmr(tail, persons, 0.04, 1).threshold, static_cast<double>(0.7F));
  EXPECT_EQ(threshold_at_fmr(tail, persons, 0.03, 1).threshold, static_cast<double>(0.8F));
  EXPECT_EQ(threshold_at_fmr(tail, persons, 0.03, 1).false_matches, 3U);
  EXPECT_EQ(threshold_at_fmr(tail, persons, 0.02, 1).threshold, static_cast<double>(0.9F));
  EXPECT_EQ(threshold_at_fmr(tail, persons, 0.02, 1).fmr, 0.01);
  EXPECT_GT(threshold_at_fmr(tail, persons, 0.001, 1).threshold, static_cast<double>(0.9F));
  EXPECT_EQ(threshold_at_fmr(tail, persons, 0.001, 1).false_matches, 0U);
  EXPECT_THROW(threshold_at_fmr(tail, persons, 0.05, 1), Error);
}

TEST(ThresholdAtFmr, AcceptsEverythingWhereAllPairsAreThere) {
  const NonMatedTail tail = tail_of({0.9F, 0.8F}, 2);
  EXPECT_EQ(threshold_at_fmr(tail, all_different(4), 1, 1).false_matches, 2U);
}

TEST(ThresholdAtFmr, TheIntervalHoldsTheRateAndIsReproducible) {
  const Templates t = random_templates(200, 2, 16, 9);
  const NonMatedTail tail = highest_non_mated(t.values, t.persons, 16, 0.02, 1);
  const NonMatedThreshold a = threshold_at_fmr(tail, t.persons, 0.01, 1);
  EXPECT_LE(a.interval.low, a.fmr);
  EXPECT_GE(a.interval.high, a.fmr);
  EXPECT_EQ(a.interval, threshold_at_fmr(tail, t.persons, 0.01, 1).interval);
  EXPECT_TRUE(a.carried);
  EXPECT_FALSE(threshold_at_fmr(tail, t.persons, 0.0003, 1).carried);  // 23 of 79,600
}

// Independent pairs of 30 persons would give about +-30 %. One person who looks like everybody makes the rate
// hang on how often he is drawn: the interval must show it.
TEST(ThresholdAtFmr, TheIntervalKnowsThatTrialsShareAPerson) {
  NonMatedTail tail;
  tail.trials = 435;
  for (std::uint32_t i = 1; i < 30; ++i) tail.pairs.push_back({0.9F, 0, i});
  tail.pairs.push_back({0.8F, 1, 2});
  for (std::uint32_t i = 3; i < 29; ++i) tail.pairs.push_back({0.1F, i, i + 1});
  const NonMatedThreshold threshold = threshold_at_fmr(tail, all_different(30), 30.0 / 435, 1);
  EXPECT_EQ(threshold.false_matches, 30U);
  EXPECT_LT(threshold.interval.low, 0.01);
  EXPECT_GT(threshold.interval.high, 0.13);
  EXPECT_FALSE(threshold.carried);
}

}  // namespace
}  // namespace kyc
