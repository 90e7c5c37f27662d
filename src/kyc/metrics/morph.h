// How well face morphs deceive recognisers. Similarities, accepted when score >= threshold. How well
// detectors find morphs (MACER and BSCER of ISO/IEC 20059) are APCER and BPCER of pad.h with morphing tools
// as species.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kyc {

struct MorphAttempts {
  std::string morph;
  std::vector<std::vector<double>>
      subjects;  // per contributing subject: similarities of its probes with the morph
};

// Mated morph presentation match rate, "min-max" (U. Scherhag et al. 2017): share of morphs that some probe
// of every contributing subject matches. throws  Error{InvalidArgument} without morphs, for a morph of fewer
// than two subjects, a subject without probes, or
//         a NaN; here and below
double mmpmr(std::span<const MorphAttempts> morphs, double threshold);

// The "product-average" variant: mean over morphs of the probability that one random probe of each subject
// matches.
double mmpmr_product_average(std::span<const MorphAttempts> morphs, double threshold);

// Relative morph match rate: 1 + MMPMR - TMR = MMPMR + FNMR at the same threshold. 0 is best; a recogniser
// that refuses everybody gets 1, not 0. fnmr  of bona fide mated comparisons, in [0, 1]
double rmmr(double mmpmr, double fnmr);

// Attempts of one recogniser; the morphs, subjects and numbers of probes are the same for all of them.
struct RecogniserAttempts {
  std::string recogniser;
  double threshold = 0;
  std::vector<MorphAttempts> morphs;
};

// Morphing attack potential (M. Ferrara et al. 2022): [r - 1][c - 1] = share of morphs for which at least c
// recognisers accept at least r probes of every contributing subject. r goes up to the fewest probes that any
// subject has, c up to the number of recognisers. throws  also if the morphs of the recognisers differ
std::vector<std::vector<double>> morphing_attack_potential(std::span<const RecogniserAttempts> recognisers);

}  // namespace kyc
