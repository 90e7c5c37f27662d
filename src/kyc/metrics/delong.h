// How sure an area under the ROC curve is, and whether that of one system is above that of another on the
// same trials. E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more
// correlated receiver operating characteristic curves", Biometrics 44 (1988); computed by midranks (X. Sun,
// W. Xu, 2014) in n log n. Trials are taken as independent: resample by subject (bootstrap.h) where people
// occur in several trials.
#pragma once

#include <span>

#include "kyc/metrics/interval.h"

namespace kyc {

struct AucEstimate {
  double auc = 0;
  double standard_error = 0;
  Interval
      interval;  // normal approximation, cut at 0 and 1. No width at all for AUC 0 or 1: it says nothing then
};

// throws  Error{InvalidArgument} for fewer than two scores in a class, NaN, or a confidence out of (0, 1)
AucEstimate delong_interval(std::span<const double> mated,
                            std::span<const double> non_mated,
                            double confidence = 0.95);

struct AucComparison {
  double difference = 0;      // AUC of the first - AUC of the second system
  double standard_error = 0;  // of the difference; the systems saw the same trials
  Interval interval;          // of the difference; in [-1, 1]
  double z = 0;               // difference / standard error; 0 if both are 0, infinite if only the error is
  double p_value = 1;         // two-sided
};

// Score i of one system belongs to the same trial as score i of the other.
// throws  as delong_interval, and for sets of different sizes
AucComparison compare_auc(std::span<const double> first_mated,
                          std::span<const double> first_non_mated,
                          std::span<const double> second_mated,
                          std::span<const double> second_non_mated,
                          double confidence = 0.95);

}  // namespace kyc
