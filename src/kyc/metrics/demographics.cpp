#include "kyc/metrics/demographics.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

struct Rates {
  std::vector<double> fmr;
  std::vector<double> fnmr;
};

Rates checked(std::span<const GroupRates> groups, double alpha) {
  check_share(alpha, "the weight alpha");
  if (groups.size() < 2)
    throw Error(ErrorCode::InvalidArgument,
                "expected two groups or more, got " + std::to_string(groups.size()));
  Rates out;
  for (const GroupRates& group : groups) {
    check_share(group.fmr, "the FMR of group '" + group.group + "'");
    check_share(group.fnmr, "the FNMR of group '" + group.group + "'");
    out.fmr.push_back(group.fmr);
    out.fnmr.push_back(group.fnmr);
  }
  return out;
}

double range(const std::vector<double>& rates) {
  const auto [low, high] = std::minmax_element(rates.begin(), rates.end());
  return *high - *low;
}

double gini(const std::vector<double>& rates) {
  double differences = 0;
  double sum = 0;
  for (const double a : rates) {
    sum += a;
    for (const double b : rates) differences += std::abs(a - b);
  }
  if (sum == 0) return 0;  // nobody has errors: no inequality
  const auto n = static_cast<double>(rates.size());
  return n / (n - 1) * differences / (2 * n * sum);
}

}  // namespace

double fairness_discrepancy_rate(std::span<const GroupRates> groups, double alpha) {
  const Rates rates = checked(groups, alpha);
  return 1 - (alpha * range(rates.fmr) + (1 - alpha) * range(rates.fnmr));
}

std::optional<double> inequity_rate(std::span<const GroupRates> groups, double alpha) {
  const Rates rates = checked(groups, alpha);
  double out = 1;
  for (const auto& [weight, of] : {std::pair(alpha, &rates.fmr), std::pair(1 - alpha, &rates.fnmr)}) {
    if (weight == 0) continue;  // says nothing, whatever it is
    const auto [low, high] = std::minmax_element(of->begin(), of->end());
    if (*low == 0) return std::nullopt;
    out *= std::pow(*high / *low, weight);
  }
  return out;
}

double garbe(std::span<const GroupRates> groups, double alpha) {
  const Rates rates = checked(groups, alpha);
  return alpha * gini(rates.fmr) + (1 - alpha) * gini(rates.fnmr);
}

}  // namespace kyc
