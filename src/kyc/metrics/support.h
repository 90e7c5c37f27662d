// Whether an amount of data can carry a figure: docs/metrics.md, "Carried". Whoever makes a figure has to say
// what stands behind it; there is no default.
#pragma once

#include <cstdint>
#include <string>

#include "kyc/metrics/error_curve.h"
#include "kyc/metrics/pad.h"

namespace kyc {

class Support {
 public:
  // A rate of counts: at least 30 errors (rule of 30), or none in so many trials that the rate is below
  // `zero_below` with 95 % confidence (rule of 3). For a rate at a limit ("FNMR at FMR <= 1e-4") that is the
  // limit.
  static Support of_rate(std::uint64_t errors, std::uint64_t trials, double zero_below = 0.01);
  // Of a figure that is no rate (AUC, a mean, a cost): at least 30 trials in the smallest class or group that
  // it is made of. what  these trials, in the plural: "bona fide clips"
  static Support of_trials(std::uint64_t fewest, const std::string& what);
  // Never carried, however many data there are: an extreme of what was drawn, or not measured at all.
  static Support none(const std::string& why);
  // As somebody else judged: a report that is read again, or an interval that does or does not hold 0.
  static Support stated(bool carried, const std::string& why);

  bool carried() const { return carried_; }
  const std::string& reason() const { return reason_; }  // "12 errors in 200 trials; 30 are needed"

  // Of a figure that stands on both.
  friend Support operator&&(const Support& first, const Support& second);

  bool operator==(const Support&) const = default;

 private:
  Support(bool carried, std::string reason);

  bool carried_;
  std::string reason_;
};

// Of a figure read off a curve at a point of it: EER, FNMR at a limit of FMR. Both rates there must be
// carried. zero_below  the limit of FMR, where there is one
Support support_at(const ErrorCurve& curve, const OperatingPoint& point, double zero_below = 0.01);
// Likewise of the worst species and of bona fide presentations.
Support support_at(const PadRates& rates, double zero_below = 0.01);
// AUC, d' and other figures of two classes.
Support support_of(const ErrorCurve& curve);

}  // namespace kyc
