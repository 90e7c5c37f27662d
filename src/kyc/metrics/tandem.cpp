#include "kyc/metrics/tandem.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/verification.h"

namespace kyc {
namespace {

// cost = (constant + refused x BPCER + passed x APCER) / normaliser
struct Weights {
  double constant = 0;
  double refused = 0;
  double passed = 0;
  double normaliser = 1;
};

Weights weights_of(const RecogniserRates& recogniser, TandemVersion version, const TandemCosts& costs) {
  check_share(recogniser.fmr, "the recogniser's FMR");
  check_share(recogniser.fnmr, "the recogniser's FNMR");
  check_share(recogniser.attack_acceptance, "the share of attacks that the recogniser accepts");
  const double recogniser_cost = costs.bona_fide_mated * costs.false_non_match * recogniser.fnmr +
                                 costs.bona_fide_non_mated * costs.false_match * recogniser.fmr;
  Weights out;
  out.passed = costs.attack * costs.attack_accepted * recogniser.attack_acceptance;
  if (version == TandemVersion::V1) {
    out.refused = costs.bona_fide_mated * costs.bona_fide_refused - recogniser_cost;
    out.normaliser = std::min(out.refused, out.passed);
  } else {
    out.constant = recogniser_cost;
    out.refused = costs.bona_fide_mated * costs.false_non_match - recogniser_cost;
    out.normaliser = recogniser_cost + std::min(out.refused, out.passed);
  }
  if (out.refused < 0 || !(out.normaliser > 0))
    throw Error(ErrorCode::InvalidArgument,
                "the tandem cost has no meaning for a recogniser with FMR " + std::to_string(recogniser.fmr) +
                    ", FNMR " + std::to_string(recogniser.fnmr) + " and attack acceptance " +
                    std::to_string(recogniser.attack_acceptance));
  return out;
}

double cost_of(const Weights& weights, double apcer, double bpcer) {
  return (weights.constant + weights.refused * bpcer + weights.passed * apcer) / weights.normaliser;
}

}  // namespace

RecogniserRates recogniser_rates_at(std::span<const double> mated,
                                    std::span<const double> non_mated,
                                    std::span<const double> attacks,
                                    double threshold) {
  const ErrorRates rates = error_rates_at(mated, non_mated, threshold);
  check_scores(attacks, "attack");
  return {rates.fmr,
          rates.fnmr,
          static_cast<double>(count_at_least(attacks, threshold)) / static_cast<double>(attacks.size())};
}

double tandem_cost(const RecogniserRates& recogniser,
                   double apcer,
                   double bpcer,
                   TandemVersion version,
                   const TandemCosts& costs) {
  check_share(apcer, "the APCER");
  check_share(bpcer, "the BPCER");
  return cost_of(weights_of(recogniser, version, costs), apcer, bpcer);
}

MinimalTandemCost minimal_tandem_cost(const RecogniserRates& recogniser,
                                      const ErrorCurve& detector,
                                      TandemVersion version,
                                      const TandemCosts& costs) {
  const Weights weights = weights_of(recogniser, version, costs);
  std::size_t best = 0;
  const auto cost = [&](std::size_t i) { return cost_of(weights, detector.fnmr(i), detector.fmr(i)); };
  for (std::size_t i = 1; i < detector.size(); ++i)
    if (cost(i) < cost(best)) best = i;
  return {cost(best), detector.point(best)};
}

}  // namespace kyc
