#include "kyc/training/ridge.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "kyc/core/linear_solve.h"
#include "kyc/testing/refusal.h"

namespace kyc {
namespace {

using ::testing::HasSubstr;

// Two bona fide samples, four attacks.
LabelledFeatures six_samples() {
  return {3,
          {0.1F, 5, -1, 0.4F, 7, -2, 0.9F, 6, 3, 1.2F, 9, 1, 0.7F, 4, 2, 1.1F, 8, 2.5F},
          {false, false, true, true, true, true}};
}

// The same by the normal equations of the weighted problem in three unknowns.
std::vector<double> by_normal_equations(const LabelledFeatures& samples, double strength) {
  const std::size_t n = samples.attacks.size();
  constexpr std::size_t kWidth = 3;
  const double weight[] = {3.0 / 2, 3.0 / 4};  // of a sample of each class; n altogether
  double mean[kWidth] = {};
  double deviation[kWidth] = {};
  const auto at = [&](std::size_t i, std::size_t k) {
    return static_cast<double>(samples.values[i * kWidth + k]);
  };
  for (std::size_t k = 0; k < kWidth; ++k) {
    for (std::size_t i = 0; i < n; ++i)
      mean[k] += weight[samples.attacks[i]] * at(i, k) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i)
      deviation[k] += weight[samples.attacks[i]] * std::pow(at(i, k) - mean[k], 2) / static_cast<double>(n);
    deviation[k] = std::sqrt(deviation[k]);
  }
  std::vector<double> matrix(kWidth * kWidth, 0);
  std::vector<double> right(kWidth, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < kWidth; ++k) {
      const double z = (at(i, k) - mean[k]) / deviation[k];
      right[k] += weight[samples.attacks[i]] * z * (samples.attacks[i] ? 1 : -1);
      for (std::size_t l = 0; l < kWidth; ++l)
        matrix[k * kWidth + l] += weight[samples.attacks[i]] * z * (at(i, l) - mean[l]) / deviation[l];
    }
  for (std::size_t k = 0; k < kWidth; ++k) matrix[k * kWidth + k] += strength * kWidth;
  std::vector<double> out = solve_positive_definite(matrix, right);
  double bias = 0;
  for (std::size_t k = 0; k < kWidth; ++k) {
    out[k] /= deviation[k];
    bias -= out[k] * mean[k];
  }
  out.push_back(bias);
  return out;
}

TEST(Ridge, EqualsTheNormalEquations) {
  for (const double strength : {0.01, 0.5, 20.0}) {
    const LinearLayer layer = fit_ridge(six_samples(), strength, 2);
    const auto expected = by_normal_equations(six_samples(), strength);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(layer.weights[k], expected[k], 1e-5) << strength;
    EXPECT_NEAR(layer.bias, expected[3], 1e-5) << strength;
  }
}

TEST(Ridge, TellsTheClassesAndShrinksTowardsNothing) {
  const LabelledFeatures samples = six_samples();
  const LinearLayer weak = fit_ridge(samples, 1e-3, 1);
  const LinearLayer strong = fit_ridge(samples, 1e3, 1);
  for (std::size_t i = 0; i < 6; ++i) {
    const std::span<const float> row = std::span(samples.values).subspan(3 * i, 3);
    EXPECT_EQ(answer_of(weak, row) > 0, samples.attacks[i]);
    EXPECT_LT(std::abs(answer_of(strong, row)), 0.01);
  }
}

TEST(Ridge, IgnoresWhatNeverChanges) {
  LabelledFeatures samples = six_samples();
  for (std::size_t i = 0; i < 6; ++i) samples.values[3 * i + 1] = 7.123F;
  EXPECT_EQ(fit_ridge(samples, 0.1, 1).weights[1], 0);
}

TEST(Ridge, SaysWhatItCanNotTake) {
  LabelledFeatures samples = six_samples();
  samples.attacks.assign(6, true);
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument, [&] { (void)fit_ridge(samples, 1, 1); }),
              HasSubstr("both classes"));
  samples = six_samples();
  samples.values[4] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument, [&] { (void)fit_ridge(samples, 1, 1); }),
              HasSubstr("no finite number"));
  refusal(ErrorCode::InvalidArgument, [] { (void)fit_ridge(six_samples(), 0, 1); });
  refusal(ErrorCode::InvalidArgument, [] { (void)fit_ridge({3, {1, 2, 3}, {true, false}}, 1, 1); });
}

}  // namespace
}  // namespace kyc
