#include "kyc/metrics/comparison_matrix.h"

#include <atomic>
#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::vector<float> unit_rows(std::size_t count, std::size_t dimension, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(count * dimension);
  for (std::size_t i = 0; i < count; ++i) {
    double square = 0;
    for (std::size_t k = 0; k < dimension; ++k) {
      out[i * dimension + k] = normal(random);
      square += static_cast<double>(out[i * dimension + k]) * static_cast<double>(out[i * dimension + k]);
    }
    for (std::size_t k = 0; k < dimension; ++k)
      out[i * dimension + k] /= static_cast<float>(std::sqrt(square));
  }
  return out;
}

double product(const std::vector<float>& a,
               std::size_t i,
               const std::vector<float>& b,
               std::size_t j,
               std::size_t dimension) {
  double sum = 0;
  for (std::size_t k = 0; k < dimension; ++k)
    sum += static_cast<double>(a[i * dimension + k]) * static_cast<double>(b[j * dimension + k]);
  return sum;
}

TEST(ComparisonMatrix, MakesEveryScoreOnce) {
  for (const auto& shape :
       {std::array<std::size_t, 3>{1, 1, 1}, {13, 33, 5}, {1201, 300, 16}, {25, 257, 512}}) {
    const std::size_t rows = shape[0], columns = shape[1], dimension = shape[2];
    const std::vector<float> a = unit_rows(rows, dimension, 1);
    const std::vector<float> b = unit_rows(columns, dimension, 2);
    std::vector<int> seen(rows * columns);
    double worst = 0;
    visit_scores({a, rows, dimension}, {b, columns, dimension}, {}, [&](const ScoreTile& tile, int) {
      for (std::size_t r = 0; r < tile.rows; ++r)
        for (std::size_t c = 0; c < tile.columns; ++c) {
          const std::size_t i = tile.first_row + r;
          const std::size_t j = tile.first_column + c;
          ++seen[i * columns + j];
          const auto score = static_cast<double>(tile.scores[r * tile.stride + c]);
          worst = std::max(worst, std::abs(score - product(a, i, b, j, dimension)));
        }
    });
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
    EXPECT_LT(worst, 2e-6);
  }
}

TEST(ComparisonMatrix, CountsMatedAndNonMatedScores) {
  constexpr std::size_t kRows = 70;
  constexpr std::size_t kColumns = 111;
  constexpr std::size_t kDimension = 24;
  constexpr std::size_t kBins = 50;
  const std::vector<float> a = unit_rows(kRows, kDimension, 1);
  const std::vector<float> b = unit_rows(kColumns, kDimension, 2);
  std::vector<std::uint32_t> a_persons(kRows);
  std::vector<std::uint32_t> b_persons(kColumns);
  for (std::size_t i = 0; i < kRows; ++i) a_persons[i] = static_cast<std::uint32_t>(i % 9);
  for (std::size_t j = 0; j < kColumns; ++j) b_persons[j] = static_cast<std::uint32_t>(j % 11);
  ScoreHistogram expected(-1, 1, kBins);
  for (std::size_t i = 0; i < kRows; ++i)
    for (std::size_t j = 0; j < kColumns; ++j) {
      const double score = product(a, i, b, j, kDimension);
      if (a_persons[i] == b_persons[j])
        expected.add_mated(score);
      else
        expected.add_non_mated(score);
    }
  const ScoreHistogram ours = compare_all(
      {a, kRows, kDimension}, a_persons, {b, kColumns, kDimension}, b_persons, kBins, {.jobs = 3});
  std::uint64_t different = 0;  // scores within rounding of an edge
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    different += ours.mated()[bin] != expected.mated()[bin] ? 1 : 0;
    different += ours.non_mated()[bin] != expected.non_mated()[bin] ? 1 : 0;
  }
  EXPECT_EQ(different, 0);
}

TEST(ComparisonMatrix, PairsOfOneSetAreCountedOnce) {
  constexpr std::size_t kCount = 1500;
  const std::vector<float> set = unit_rows(kCount, 8, 3);
  std::vector<std::uint32_t> persons(kCount);
  for (std::size_t i = 0; i < kCount; ++i) persons[i] = static_cast<std::uint32_t>(i / 3);
  const ScoreHistogram pairs = compare_pairs({set, kCount, 8}, persons, 64, {.jobs = 2});
  const auto sum = [](std::span<const std::uint64_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  EXPECT_EQ(sum(pairs.mated()), kCount);  // 3 pairs of each of 500 people
  EXPECT_EQ(sum(pairs.mated()) + sum(pairs.non_mated()), kCount * (kCount - 1) / 2);
}

TEST(ComparisonMatrix, PartsOfManyMachinesMergeToTheWhole) {
  constexpr std::size_t kCount = 1300;
  const std::vector<float> set = unit_rows(kCount, 8, 4);
  std::vector<std::uint32_t> persons(kCount);
  for (std::size_t i = 0; i < kCount; ++i) persons[i] = static_cast<std::uint32_t>(i % 40);
  const TemplateSet templates{set, kCount, 8};
  const ScoreHistogram whole = compare_all(templates, persons, templates, persons, 64, {.jobs = 2});
  ScoreHistogram merged(-1, 1, 64);
  for (std::size_t part = 0; part < 3; ++part)
    merged.merge(
        compare_all(templates, persons, templates, persons, 64, {.jobs = 1, .part = part, .parts = 3}));
  EXPECT_TRUE(std::equal(whole.mated().begin(), whole.mated().end(), merged.mated().begin()));
  EXPECT_TRUE(std::equal(whole.non_mated().begin(), whole.non_mated().end(), merged.non_mated().begin()));
}

TEST(ComparisonMatrix, RefusesSetsThatDoNotFit) {
  const std::vector<float> set(20);
  const auto nothing = [](const ScoreTile&, int) {};
  EXPECT_THROW(visit_scores({set, 5, 4}, {set, 4, 5}, {}, nothing), Error);
  EXPECT_THROW(visit_scores({set, 5, 3}, {set, 5, 3}, {}, nothing), Error);
  EXPECT_THROW(visit_scores({set, 5, 4}, {set, 5, 4}, {.part = 2, .parts = 2}, nothing), Error);
}

}  // namespace
}  // namespace kyc
