#include "kyc/metrics/expected_performance.h"

#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/verification.h"

namespace kyc {

OperatingPoint least_weighted_error(const ErrorCurve& curve, double alpha) {
  check_share(alpha, "the weight of FMR");
  const auto error = [&](std::size_t i) { return alpha * curve.fmr(i) + (1 - alpha) * curve.fnmr(i); };
  const auto sum = [&](std::size_t i) { return curve.fmr(i) + curve.fnmr(i); };
  constexpr double kRounding = 1e-13;  // errors that differ by less are equal
  std::size_t best = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const bool lower = error(i) < error(best) - kRounding;
    const bool equal = !lower && error(i) <= error(best) + kRounding;
    if (lower || (equal && sum(i) < sum(best) - kRounding)) best = i;
  }
  return curve.point(best);
}

std::vector<ExpectedPerformance> expected_performance_curve(std::span<const double> development_mated,
                                                            std::span<const double> development_non_mated,
                                                            std::span<const double> evaluation_mated,
                                                            std::span<const double> evaluation_non_mated,
                                                            int points) {
  if (points < 2)
    throw Error(ErrorCode::InvalidArgument, "expected two points or more, got " + std::to_string(points));
  const ErrorCurve development = error_curve(development_mated, development_non_mated);
  std::vector<ExpectedPerformance> out;
  for (int i = 0; i < points; ++i) {
    const double alpha = static_cast<double>(i) / (points - 1);
    const double threshold = least_weighted_error(development, alpha).threshold;
    const ErrorRates rates = error_rates_at(evaluation_mated, evaluation_non_mated, threshold);
    out.push_back({alpha, threshold, (rates.fmr + rates.fnmr) / 2});
  }
  return out;
}

}  // namespace kyc
