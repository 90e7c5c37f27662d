#include "kyc/attack/random_path.h"

#include <cmath>

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(Random, GivesTheSameNumbersForTheSameSeed) {
  Random one(7, 1);
  Random same(7, 1);
  Random other(7, 2);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = one.next();
    EXPECT_EQ(value, same.next());
    differs = differs || value != other.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Random, IsUniformAndNormal) {
  Random random(3);
  double sum = 0;
  double squares = 0;
  double mean = 0;
  constexpr int kCount = 40'000;
  for (int i = 0; i < kCount; ++i) {
    const double uniform = random.uniform(2, 4);
    ASSERT_GE(uniform, 2);
    ASSERT_LT(uniform, 4);
    mean += uniform / kCount;
    const double normal = random.normal();
    sum += normal / kCount;
    squares += normal * normal / kCount;
  }
  EXPECT_NEAR(mean, 3, 0.02);      // 7 standard errors
  EXPECT_NEAR(sum, 0, 0.03);       // 6
  EXPECT_NEAR(squares, 1, 0.045);  // 6
}

TEST(SmoothPath, HasTheDeviationAndChangesSlowly) {
  Random random(9);
  const SmoothPath path(random, 2.5, 0.2, 2);
  double squares = 0;
  double fastest = 0;
  constexpr int kCount = 200'000;
  for (int i = 0; i < kCount; ++i) {
    const double time = i * 0.01;
    squares += path.at(time) * path.at(time) / kCount;
    fastest = std::max(fastest, std::abs(path.at(time + 0.01) - path.at(time)));
  }
  EXPECT_NEAR(std::sqrt(squares), 2.5, 0.1);  // sines of unrelated frequencies, over 2000 s
  EXPECT_LT(fastest, 0.7);                    // 7 sines of 2.3 Hz at most: far below a jump
  EXPECT_GT(fastest, 0.01);
}

TEST(NormalTable, RowsDifferAndRepeat) {
  Random random(1);
  const NormalTable table(random);
  EXPECT_EQ(table.row(5), table.row(5));
  EXPECT_NE(table.row(5), table.row(6));
  double squares = 0;
  for (std::size_t i = 0; i < NormalTable::kLongest; ++i) squares += table.row(77)[i] * table.row(77)[i];
  EXPECT_NEAR(squares / static_cast<double>(NormalTable::kLongest), 1, 0.04);
}

}  // namespace
}  // namespace kyc
