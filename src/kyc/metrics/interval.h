// How far a measured rate can be from the true one, for independent trials. Trials that share a person are
// not independent: resample by subject then.
#pragma once

#include <cstdint>

namespace kyc {

struct Interval {
  double low = 0;
  double high = 1;

  bool operator==(const Interval&) const = default;
};

// events of trials. confidence in (0, 1), of the two-sided interval.
// throws  Error{InvalidArgument} if trials is 0, events > trials or confidence is out of range, here and
// below

// Wilson score interval (1927), without continuity correction: coverage close to the confidence on average.
Interval wilson_interval(std::uint64_t events, std::uint64_t trials, double confidence = 0.95);

// Clopper-Pearson (1934), "exact": coverage never below the confidence; wider.
Interval clopper_pearson_interval(std::uint64_t events, std::uint64_t trials, double confidence = 0.95);

// Rule of 3: when no error was seen in `trials`, the true rate is below 3 / trials (at most 1) with 95 %
// confidence.
double rule_of_three(std::uint64_t trials);

// Rule of 30 (Doddington 2000): with 30 errors or more the true rate is within 30 % of the measured one, with
// 90 % confidence. A rate of which the data holds fewer errors is printed with a warning.
bool satisfies_rule_of_thirty(std::uint64_t errors);

}  // namespace kyc
