#include "kyc/core/linear_solve.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

TEST(SolvePositiveDefinite, SolvesWhatCanBeSolvedByHand) {
  // [4 2; 2 3] x = [2; 5]: x = [-0.5; 2]. The upper triangle is not read.
  const auto x = solve_positive_definite({4, 99, 2, 3}, {2, 5});
  EXPECT_NEAR(x[0], -0.5, 1e-15);
  EXPECT_NEAR(x[1], 2, 1e-15);
  EXPECT_TRUE(solve_positive_definite({}, {}).empty());
}

TEST(SolvePositiveDefinite, GivesBackTheRightSideOfAHundredUnknowns) {
  constexpr std::size_t kUnknowns = 103;
  std::vector<double> matrix(kUnknowns * kUnknowns);
  std::vector<double> right(kUnknowns);
  for (std::size_t i = 0; i < kUnknowns; ++i) {
    right[i] = std::cos(static_cast<double>(i));
    for (std::size_t j = 0; j < kUnknowns;
         ++j)  // a covariance that falls with the distance: positive definite
      matrix[i * kUnknowns + j] = std::exp(-std::abs(static_cast<double>(i) - static_cast<double>(j)) / 9);
  }
  const auto x = solve_positive_definite(matrix, right);
  for (std::size_t i = 0; i < kUnknowns; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < kUnknowns; ++j) sum += matrix[i * kUnknowns + j] * x[j];
    EXPECT_NEAR(sum, right[i], 1e-12);
  }
}

TEST(SolvePositiveDefinite, RefusesWhatHasNoFactors) {
  EXPECT_THROW((void)solve_positive_definite({1, 0, 2, 1}, {1, 1}), Error);  // eigenvalues 3 and -1
  EXPECT_THROW((void)solve_positive_definite({1, 0, 0}, {1, 1}), Error);
  EXPECT_THROW((void)solve_positive_definite({std::nan("")}, {1}), Error);
}

}  // namespace
}  // namespace kyc
