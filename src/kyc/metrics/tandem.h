// Cost of a recogniser and an attack detector that decide together: the tandem detection cost function of
// ASVspoof (T. Kinnunen et al. 2018, version 1; 2020, version 2). Nothing in it is about speech.
#pragma once

#include <span>

#include "kyc/metrics/error_curve.h"

namespace kyc {

// Shares of the three kinds of claimants (sum 1) and costs of the errors; the values of ASVspoof 2019 and
// 2021.
struct TandemCosts {
  double bona_fide_mated = 0.95 * 0.99;
  double bona_fide_non_mated = 0.95 * 0.01;
  double attack = 0.05;
  double false_non_match = 1;    // the recogniser refuses the right person
  double false_match = 10;       // the recogniser accepts a bona fide other person
  double bona_fide_refused = 1;  // the detector calls the right person an attack (version 1 only)
  double attack_accepted = 10;   // an attack passes both
};

enum class TandemVersion { V1, V2 };

// The recogniser at its threshold. An attack is accepted by it when similarity >= threshold.
struct RecogniserRates {
  double fmr = 0;
  double fnmr = 0;
  double attack_acceptance = 0;  // share of attacks whose similarity is accepted
};

// throws  Error{InvalidArgument} for an empty set or a NaN
RecogniserRates recogniser_rates_at(std::span<const double> mated,
                                    std::span<const double> non_mated,
                                    std::span<const double> attacks,
                                    double threshold);

// Of the detector at one threshold. 1 is the cost of the better of a detector that accepts everything and one
// that refuses everything. apcer, bpcer  of the detector, in [0, 1] throws        Error{InvalidArgument} if
// the recogniser is so bad that the cost has no meaning (a weight below 0, or
//               nothing to normalise by)
double tandem_cost(const RecogniserRates& recogniser,
                   double apcer,
                   double bpcer,
                   TandemVersion version,
                   const TandemCosts& costs = {});

struct MinimalTandemCost {
  double value = 0;
  OperatingPoint point;  // of the detector: fmr is BPCER, fnmr is APCER; the lowest such threshold
};

// Over all thresholds of the detector.
// detector  error_curve(attack, bona fide) of attack scores
MinimalTandemCost minimal_tandem_cost(const RecogniserRates& recogniser,
                                      const ErrorCurve& detector,
                                      TandemVersion version,
                                      const TandemCosts& costs = {});

}  // namespace kyc
