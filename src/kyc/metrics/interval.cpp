#include "kyc/metrics/interval.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/distributions.h"

namespace kyc {
namespace {

void check_counts(std::uint64_t events, std::uint64_t trials, double confidence) {
  if (trials == 0) throw Error(ErrorCode::InvalidArgument, "an interval needs at least one trial");
  if (events > trials)
    throw Error(ErrorCode::InvalidArgument,
                std::to_string(events) + " events are more than " + std::to_string(trials) + " trials");
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::InvalidArgument,
                "the confidence is " + std::to_string(confidence) + ", expected a value between 0 and 1");
}

}  // namespace

Interval wilson_interval(std::uint64_t events, std::uint64_t trials, double confidence) {
  check_counts(events, trials, confidence);
  const double z = normal_quantile(0.5 + confidence / 2);
  const auto n = static_cast<double>(trials);
  const double rate = static_cast<double>(events) / n;
  const double centre = (rate + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
  // Exactly 0 and 1 at the ends, where rounding would leave 1e-17.
  return {events == 0 ? 0 : std::max(0.0, centre - half),
          events == trials ? 1 : std::min(1.0, centre + half)};
}

Interval clopper_pearson_interval(std::uint64_t events, std::uint64_t trials, double confidence) {
  check_counts(events, trials, confidence);
  const double tail = (1 - confidence) / 2;
  const auto k = static_cast<double>(events);
  const auto n = static_cast<double>(trials);
  return {events == 0 ? 0 : beta_quantile(tail, k, n - k + 1),
          events == trials ? 1 : beta_quantile(1 - tail, k + 1, n - k)};
}

double rule_of_three(std::uint64_t trials) {
  check_counts(0, trials, 0.95);
  return std::min(1.0, 3.0 / static_cast<double>(trials));
}

bool satisfies_rule_of_thirty(std::uint64_t errors) {
  return errors >= 30;
}

}  // namespace kyc
