// Error rates of one-to-one comparison (ISO/IEC 19795-1). Similarity scores, higher = more similar; a trial is
// accepted when score >= threshold.
#pragma once

#include <span>

namespace kyc {

struct ErrorRates {
  double fmr = 0;   // share of non-mated trials that are accepted
  double fnmr = 0;  // share of mated trials that are not
};

// throws  Error{InvalidArgument} on an empty set or a NaN, here and below
ErrorRates error_rates_at(std::span<const double> mated, std::span<const double> non_mated, double threshold);

struct OperatingPoint {
  double threshold = 0;
  double fmr = 0;
  double fnmr = 0;
};

// The lowest threshold at which FMR <= max_fmr, and what happens there. Thresholds are observed scores or the next
// double above the highest non-mated score.
OperatingPoint fnmr_at_fmr(std::span<const double> mated, std::span<const double> non_mated, double max_fmr);

}  // namespace kyc
