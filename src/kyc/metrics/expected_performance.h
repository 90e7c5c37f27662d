// Expected performance curve (S. Bengio, J. Mariethoz, 2004): the error on new data when the threshold was
// set on other data, over the weight that FMR had when it was set.
#pragma once

#include <span>
#include <vector>

#include "kyc/metrics/error_curve.h"

namespace kyc {

// Of all thresholds, the one with the lowest alpha x FMR + (1 - alpha) x FNMR; of several the one with the
// lowest FMR + FNMR, of several of these the lowest. alpha   weight of FMR, in [0, 1] throws
// Error{InvalidArgument} if out of range
OperatingPoint least_weighted_error(const ErrorCurve& curve, double alpha);

struct ExpectedPerformance {
  double alpha = 0;
  double threshold = 0;  // set on the development scores
  double hter = 0;       // there, on the evaluation scores: (FMR + FNMR) / 2
};

// At alpha 0, 1 / (points - 1), ..., 1.
// points  at least 2
// throws  Error{InvalidArgument} otherwise, or for an empty set or a NaN
std::vector<ExpectedPerformance> expected_performance_curve(std::span<const double> development_mated,
                                                            std::span<const double> development_non_mated,
                                                            std::span<const double> evaluation_mated,
                                                            std::span<const double> evaluation_non_mated,
                                                            int points = 101);

}  // namespace kyc
