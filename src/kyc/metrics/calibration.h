// Whether scores mean what they say: as likelihood ratios (Cllr) or as probabilities (Brier, reliability).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kyc {

// Cost of log likelihood ratios (N. Bruemmer, J. du Preez 2006), in bits: 0 for a perfect system, 1 for one
// that says nothing (every ratio 1), more for one that misleads. Scores are natural logarithms of p(score |
// mated) / p(score | non-mated). throws  Error{InvalidArgument} if a class is empty or holds a NaN, here and
// below
double cllr(std::span<const double> mated, std::span<const double> non_mated);

// Cllr after the best rising transformation of the scores: what is left when calibration is perfect. Scores
// need not be likelihood ratios. Found by pooling adjacent violators, tied scores together.
double minimal_cllr(std::span<const double> mated, std::span<const double> non_mated);

// Mean squared difference of the probability given to "attack" (or "mated") and what was true (1 or 0).
// throws  also if a probability is not in [0, 1], here and below
double brier_score(std::span<const double> probabilities_if_true,
                   std::span<const double> probabilities_if_false);

struct ReliabilityBin {
  double low = 0;   // of the probabilities
  double high = 0;  // not included, but 1 is in the last bin
  std::uint64_t samples = 0;
  double mean_probability = 0;  // of the samples; 0 if there are none
  double share_true = 0;        // likewise
};

// Bins of equal width over [0, 1]. bins >= 1.
std::vector<ReliabilityBin> reliability(std::span<const double> probabilities_if_true,
                                        std::span<const double> probabilities_if_false,
                                        int bins = 10);

// Mean over bins, by their samples, of |mean probability - share true|.
double expected_calibration_error(std::span<const ReliabilityBin> bins);

}  // namespace kyc
