// Whether a system errs more with some groups of people than with others. Rates of all groups at one
// threshold. Differences between groups of few trials are mostly chance: print the intervals of the groups
// beside these figures.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace kyc {

struct GroupRates {
  std::string group;
  double fmr = 0;
  double fnmr = 0;
};

// Weight of FMR against FNMR where two figures become one: alpha in [0, 1].
// throws  Error{InvalidArgument} for fewer than two groups, or a rate or weight out of [0, 1]; here and below

// Fairness discrepancy rate (T. Pereira, S. Marcel 2022): 1 - alpha A - (1 - alpha) B, A and B the largest
// difference of FMR and FNMR between two groups. 1 is best.
double fairness_discrepancy_rate(std::span<const GroupRates> groups, double alpha = 0.5);

// Inequity rate (NIST): (highest / lowest FMR)^alpha x (highest / lowest FNMR)^(1 - alpha). 1 is best.
// Nothing where a lowest rate that has a weight is 0: the ratio has no value then, and more data is needed.
std::optional<double> inequity_rate(std::span<const GroupRates> groups, double alpha = 0.5);

// GARBE (J. Howard et al. 2022): alpha Gini(FMR) + (1 - alpha) Gini(FNMR), the Gini coefficients corrected
// for few groups (n / (n - 1)). 0 is best, 1 is worst: one group has all errors.
double garbe(std::span<const GroupRates> groups, double alpha = 0.5);

}  // namespace kyc
