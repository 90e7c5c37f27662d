#include "kyc/metrics/support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "kyc/metrics/interval.h"

namespace kyc {
namespace {

constexpr std::uint64_t kFewestTrials = 30;

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2g", value);
  return text;
}

}  // namespace

Support::Support(bool carried, std::string reason) : carried_(carried), reason_(std::move(reason)) {}

Support Support::of_rate(std::uint64_t errors, std::uint64_t trials, double zero_below) {
  if (trials == 0) return none("not measured");
  const std::string seen = std::to_string(errors) + (errors == 1 ? " error in " : " errors in ") +
                           std::to_string(trials) + (trials == 1 ? " trial" : " trials");
  if (errors > 0) return {satisfies_rule_of_thirty(errors), seen + "; 30 are needed"};
  const double bound = rule_of_three(trials);
  return {bound <= zero_below,
          "no " + seen.substr(2) + ": the rate is below " + short_text(bound) + "; below " +
              short_text(zero_below) + " is needed"};
}

Support Support::of_trials(std::uint64_t fewest, const std::string& what) {
  return {fewest >= kFewestTrials, std::to_string(fewest) + " " + what + "; 30 are needed"};
}

Support Support::none(const std::string& why) {
  return {false, why};
}

Support Support::stated(bool carried, const std::string& why) {
  return {carried, why};
}

Support support_at(const ErrorCurve& curve, const OperatingPoint& point, double zero_below) {
  const auto errors = [](double rate, std::uint64_t trials) {
    return static_cast<std::uint64_t>(std::llround(rate * static_cast<double>(trials)));
  };
  return Support::of_rate(errors(point.fmr, curve.non_mated), curve.non_mated, zero_below) &&
         Support::of_rate(errors(point.fnmr, curve.mated), curve.mated);
}

Support support_at(const PadRates& rates, double zero_below) {
  const PresentationRates& worst = rates.attacks[rates.worst];
  return Support::of_rate(worst.errors, worst.responses, zero_below) &&
         Support::of_rate(rates.bona_fide.errors, rates.bona_fide.responses);
}

Support support_of(const ErrorCurve& curve) {
  return Support::of_trials(std::min(curve.mated, curve.non_mated), "trials in the smaller class");
}

Support operator&&(const Support& first, const Support& second) {
  if (first.carried_ != second.carried_) return first.carried_ ? second : first;
  return first.reason_ == second.reason_ ? first
                                         : Support(first.carried_, first.reason_ + ", and " + second.reason_);
}

}  // namespace kyc
