// Error rates of one-to-one comparison (ISO/IEC 19795-1). Similarity scores, higher = more similar; a trial
// is accepted when score >= threshold. Definitions, tie rules and how each is checked: docs/metrics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "kyc/metrics/error_curve.h"

namespace kyc {

struct ErrorRates {
  double fmr = 0;   // share of non-mated trials that are accepted
  double fnmr = 0;  // share of mated trials that are not
};

// throws  Error{InvalidArgument} on an empty set or a NaN, here and below
ErrorRates error_rates_at(std::span<const double> mated, std::span<const double> non_mated, double threshold);

// As fnmr_at_fmr of the error curve, for those who want one point only.
OperatingPoint fnmr_at_fmr(std::span<const double> mated, std::span<const double> non_mated, double max_fmr);

// Distance of the two means in units of the root mean of the two variances (of populations: divided by n).
// Nothing if both sets are constant or a score is infinite.
std::optional<double> d_prime(std::span<const double> mated, std::span<const double> non_mated);

// Rates of a whole transaction, which also fails if a sample cannot be acquired (FTA: share of such
// transactions).
//   FAR = FMR (1 - FTA),  FRR = FTA + FNMR (1 - FTA)
struct TransactionRates {
  double far = 0;
  double frr = 0;
};
TransactionRates transaction_rates(const ErrorRates& comparison, double failure_to_acquire);

// The same where not everybody could be enrolled (FTE: share of such persons), "generalised" in ISO/IEC
// 19795-1:
//   GFAR = FMR (1 - FTA) (1 - FTE),  GFRR = FTE + (1 - FTE) FRR
TransactionRates generalised_rates(const TransactionRates& transactions, double failure_to_enrol);

struct AccuracyThreshold {
  double threshold = 0;
  double accuracy = 0;  // share of all trials, mated and non-mated, that are decided rightly
};

// The threshold of the highest accuracy. All thresholds between two neighbouring scores decide alike: of the
// lowest such interval with the highest accuracy, the middle (its finite end if the other one is infinite).
AccuracyThreshold most_accurate_threshold(const ErrorCurve& curve);

}  // namespace kyc
