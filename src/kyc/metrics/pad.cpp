#include "kyc/metrics/pad.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

void check_presentations(std::span<const Presentations> attacks, const Presentations& bona_fide) {
  if (attacks.empty())
    throw Error(ErrorCode::InvalidArgument, "expected at least one attack species, got none");
  std::set<std::string> species;
  for (const Presentations& one : attacks) {
    check_scores(one.scores, "attack (species '" + one.species + "')");
    if (!species.insert(one.species).second)
      throw Error(ErrorCode::InvalidArgument, "attack species '" + one.species + "' is given twice");
  }
  check_scores(bona_fide.scores, "bona fide");
}

PresentationRates rates_of(const Presentations& presentations, std::size_t errors) {
  PresentationRates out;
  out.species = presentations.species;
  out.responses = presentations.scores.size();
  out.errors = errors;
  out.rate = static_cast<double>(errors) / static_cast<double>(out.responses);
  out.interval = clopper_pearson_interval(errors, out.responses);
  out.no_response = static_cast<double>(presentations.no_response) /
                    static_cast<double>(presentations.no_response + out.responses);
  return out;
}

PadRates unchecked_rates_at(std::span<const Presentations> attacks,
                            const Presentations& bona_fide,
                            double threshold) {
  PadRates out;
  out.threshold = threshold;
  for (const Presentations& species : attacks)
    out.attacks.push_back(
        rates_of(species, species.scores.size() - count_at_least(species.scores, threshold)));
  out.bona_fide = rates_of(bona_fide, count_at_least(bona_fide.scores, threshold));
  for (std::size_t i = 1; i < out.attacks.size(); ++i)
    if (out.attacks[i].rate > out.attacks[out.worst].rate) out.worst = i;
  return out;
}

// The most of n trials that may be errors at a rate of at most `limit`.
std::size_t most_errors(std::size_t n, double limit) {
  auto errors = std::min(n, static_cast<std::size_t>(limit * static_cast<double>(n)) + 1);
  while (static_cast<double>(errors) / static_cast<double>(n) > limit) --errors;
  return errors;
}

}  // namespace

PadRates pad_rates_at(std::span<const Presentations> attacks,
                      const Presentations& bona_fide,
                      double threshold) {
  check_presentations(attacks, bona_fide);
  if (std::isnan(threshold)) throw Error(ErrorCode::InvalidArgument, "the threshold is not a number (NaN)");
  return unchecked_rates_at(attacks, bona_fide, threshold);
}

PadRates bpcer_at_apcer(std::span<const Presentations> attacks,
                        const Presentations& bona_fide,
                        double max_apcer) {
  check_presentations(attacks, bona_fide);
  check_share(max_apcer, "the APCER");
  double threshold = std::numeric_limits<double>::infinity();
  bool limited = false;
  for (const Presentations& species : attacks) {
    const std::vector<double> scores = sorted_scores(species.scores, "attack");
    const std::size_t errors = most_errors(scores.size(), max_apcer);
    if (errors == scores.size()) continue;  // all may be missed
    threshold = std::min(threshold, scores[errors]);
    limited = true;
  }
  if (!limited) {  // then no bona fide presentation need be called an attack either
    threshold = *std::max_element(bona_fide.scores.begin(), bona_fide.scores.end());
    for (const Presentations& species : attacks)
      threshold = std::max(threshold, *std::max_element(species.scores.begin(), species.scores.end()));
    threshold = next_above(threshold);
  }
  return unchecked_rates_at(attacks, bona_fide, threshold);
}

PadRates apcer_at_bpcer(std::span<const Presentations> attacks,
                        const Presentations& bona_fide,
                        double max_bpcer) {
  check_presentations(attacks, bona_fide);
  check_share(max_bpcer, "the BPCER");
  const std::vector<double> scores = sorted_scores(bona_fide.scores, "bona fide");
  const std::size_t errors = most_errors(scores.size(), max_bpcer);
  if (errors < scores.size())
    return unchecked_rates_at(attacks, bona_fide, next_above(scores[scores.size() - errors - 1]));
  double lowest = scores.front();  // every presentation may be called an attack
  for (const Presentations& species : attacks)
    lowest = std::min(lowest, *std::min_element(species.scores.begin(), species.scores.end()));
  return unchecked_rates_at(attacks, bona_fide, lowest);
}

PadEqualErrorRate pad_equal_error_rate(std::span<const Presentations> attacks,
                                       const Presentations& bona_fide) {
  check_presentations(attacks, bona_fide);
  std::vector<double> thresholds(bona_fide.scores);
  for (const Presentations& species : attacks)
    thresholds.insert(thresholds.end(), species.scores.begin(), species.scores.end());
  std::sort(thresholds.begin(), thresholds.end());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  thresholds.push_back(next_above(thresholds.back()));

  // The worst APCER rises and BPCER falls with the threshold: find the first one at which APCER >= BPCER.
  const auto gap = [](const PadRates& rates) { return rates.apcer() - rates.bpcer(); };
  std::size_t low = 0;
  std::size_t high = thresholds.size() - 1;
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (gap(unchecked_rates_at(attacks, bona_fide, thresholds[middle])) < 0 ? low : high) = middle;
  }
  PadRates before = unchecked_rates_at(attacks, bona_fide, thresholds[low]);
  PadRates after = unchecked_rates_at(attacks, bona_fide, thresholds[high]);
  PadEqualErrorRate out;
  // Gaps that differ by rounding only are equal.
  out.nearest = std::abs(gap(after)) < std::abs(gap(before)) - 1e-13 ? after : before;
  out.value = (out.nearest.apcer() + out.nearest.bpcer()) / 2;
  return out;
}

double acer(const PadRates& rates) {
  return (rates.apcer() + rates.bpcer()) / 2;
}

double hter(const PadRates& rates) {
  double errors = 0;
  double responses = 0;
  for (const PresentationRates& species : rates.attacks) {
    errors += static_cast<double>(species.errors);
    responses += static_cast<double>(species.responses);
  }
  return (errors / responses + rates.bpcer()) / 2;
}

ImpostorAttackRates impostor_attack_rates(const AttackAcceptance& attacks, double frr) {
  check_share(frr, "the FRR");
  ImpostorAttackRates out;
  out.species = attacks.species;
  out.interval = clopper_pearson_interval(attacks.accepted, attacks.attempts);
  out.iapar = static_cast<double>(attacks.accepted) / static_cast<double>(attacks.attempts);
  out.riapar = out.iapar + frr;
  return out;
}

}  // namespace kyc
