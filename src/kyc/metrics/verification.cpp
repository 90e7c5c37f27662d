#include "kyc/metrics/verification.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(std::span<const double> scores, const char* what) {
  check_scores(scores, what);
  long double sum = 0;
  for (const double score : scores) sum += score;
  const auto n = static_cast<long double>(scores.size());
  const long double mean = sum / n;
  long double squares = 0;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  return {static_cast<double>(mean), static_cast<double>(squares / n)};
}

// Of the thresholds that decide as thresholds[i] does: above the score before, up to this one.
double middle_of_interval(const ErrorCurve& curve, std::size_t i) {
  const double high = curve.thresholds[i];
  if (i == 0) return high;
  const double low = curve.thresholds[i - 1];
  const double middle = low + (high - low) / 2;
  return std::isfinite(middle) && middle > low ? middle : high;
}

}  // namespace

ErrorRates error_rates_at(std::span<const double> mated,
                          std::span<const double> non_mated,
                          double threshold) {
  if (std::isnan(threshold)) throw Error(ErrorCode::InvalidArgument, "the threshold is not a number (NaN)");
  check_scores(mated, "mated");
  check_scores(non_mated, "non-mated");
  const auto trials = static_cast<double>(mated.size());
  return {static_cast<double>(count_at_least(non_mated, threshold)) / static_cast<double>(non_mated.size()),
          (trials - static_cast<double>(count_at_least(mated, threshold))) / trials};
}

OperatingPoint fnmr_at_fmr(std::span<const double> mated, std::span<const double> non_mated, double max_fmr) {
  return fnmr_at_fmr(error_curve(mated, non_mated), max_fmr);
}

std::optional<double> d_prime(std::span<const double> mated, std::span<const double> non_mated) {
  const Moments high = moments(mated, "mated");
  const Moments low = moments(non_mated, "non-mated");
  const double variance = (high.variance + low.variance) / 2;
  if (variance == 0 || !std::isfinite(variance)) return std::nullopt;
  return (high.mean - low.mean) / std::sqrt(variance);
}

TransactionRates transaction_rates(const ErrorRates& comparison, double failure_to_acquire) {
  const double acquired = 1 - failure_to_acquire;
  return {comparison.fmr * acquired, failure_to_acquire + comparison.fnmr * acquired};
}

TransactionRates generalised_rates(const TransactionRates& transactions, double failure_to_enrol) {
  check_share(failure_to_enrol, "the share of failures to enrol");
  return {transactions.far * (1 - failure_to_enrol),
          failure_to_enrol + (1 - failure_to_enrol) * transactions.frr};
}

AccuracyThreshold most_accurate_threshold(const ErrorCurve& curve) {
  std::uint64_t fewest = curve.mated + curve.non_mated + 1;
  std::size_t best = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const std::uint64_t errors = curve.false_matches[i] + curve.false_non_matches[i];
    if (errors >= fewest) continue;
    fewest = errors;
    best = i;
  }
  const auto trials = static_cast<double>(curve.mated + curve.non_mated);
  return {middle_of_interval(curve, best), 1 - static_cast<double>(fewest) / trials};
}

}  // namespace kyc
