#include "kyc/evaluation/verification_result.h"

#include <algorithm>
#include <set>

#include "kyc/core/error.h"

namespace kyc {
namespace {

void count_decision(AttemptCounts& counts, const DecisionTrial& trial) {
  if (trial.verdict.empty()) {
    ++counts.no_answer;
    return;
  }
  ++counts.attempts;
  if (trial.accepted()) ++counts.accepted;
  if (trial.verdict == "review") ++counts.review;
}

void count_attack(VerificationResult& out, const DecisionTrial& trial) {
  const std::string& species = trial.selfie.species;
  const std::string& compression = trial.selfie.compression;
  count_decision(out.attacks, trial);
  count_decision(out.attack_groups[{species, ""}], trial);
  if (!compression.empty()) {
    count_decision(out.attack_groups[{"", compression}], trial);
    count_decision(out.attack_groups[{species, compression}], trial);
  }
  if (trial.verdict.empty() || trial.accepted()) return;
  for (const std::string& key : {std::string(), species}) {
    ++out.stopped_by[key][trial.reasons.empty() ? "no reason given" : trial.reasons.front()];
    for (const std::string& signal : trial.failed) ++out.failed[key][signal];
    if (trial.failed.size() == 1) ++out.failed_alone[key][trial.failed.front()];
  }
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<TandemResult> tandem_of(std::span<const DecisionTrial> trials,
                                      const TandemThresholds& thresholds) {
  std::vector<double> mated, non_mated, attacks, attack_scores, bona_fide_scores;
  for (const DecisionTrial& trial : trials) {
    if (!trial.similarity || !trial.attack_score) continue;
    const bool attack = trial.kind == AttemptKind::Attack;
    (trial.kind == AttemptKind::Mated ? mated : attack ? attacks : non_mated).push_back(*trial.similarity);
    // A clip is tried with several documents, but is one presentation: counted with its own person's.
    if (attack) attack_scores.push_back(*trial.attack_score);
    if (trial.kind == AttemptKind::Mated) bona_fide_scores.push_back(*trial.attack_score);
  }
  if (mated.empty() || non_mated.empty() || attacks.empty()) return std::nullopt;
  TandemResult out;
  out.recogniser = recogniser_rates_at(mated, non_mated, attacks, thresholds.similarity);
  const auto below = [&](const std::vector<double>& scores) {
    return static_cast<std::size_t>(std::count_if(
        scores.begin(), scores.end(), [&](double score) { return score < thresholds.attack_score; }));
  };
  out.apcer = share(below(attack_scores), attack_scores.size());
  out.bpcer = 1 - share(below(bona_fide_scores), bona_fide_scores.size());
  try {
    out.actual = tandem_cost(out.recogniser, out.apcer, out.bpcer, TandemVersion::V2);
    out.minimal =
        minimal_tandem_cost(out.recogniser, error_curve(attack_scores, bona_fide_scores), TandemVersion::V2)
            .value;
  } catch (const Error& error) {
    // A recogniser that accepts no attack leaves nothing to do for the detector: the cost is not defined.
    if (error.code() != ErrorCode::InvalidArgument) throw;
  }
  return out;
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

VerificationResult verification_result(std::span<const DecisionTrial> trials,
                                       const std::optional<TandemThresholds>& thresholds) {
  if (trials.empty()) throw Error(ErrorCode::InvalidArgument, "verification: expected decisions, got none");
  VerificationResult out;
  std::set<std::string> people, species, compressions;
  std::vector<double> seconds;
  for (const DecisionTrial& trial : trials) {
    for (const std::string& person : {trial.selfie.identity, trial.claimed})
      if (!person.empty()) people.insert(person);
    if (!trial.selfie.compression.empty()) compressions.insert(trial.selfie.compression);
    if (trial.seconds > 0) seconds.push_back(trial.seconds);
    switch (trial.kind) {
      case AttemptKind::Mated:
        count_decision(out.mated, trial);
        count_decision(out.mated_by_compression[trial.selfie.compression], trial);
        if (!trial.verdict.empty() && !trial.accepted())
          ++out.mated_reasons[trial.reasons.empty() ? "no reason given" : trial.reasons.front()];
        break;
      case AttemptKind::NonMated:
        count_decision(out.non_mated, trial);
        break;
      case AttemptKind::Attack:
        species.insert(trial.selfie.species);
        count_attack(out, trial);
        break;
    }
  }
  out.people = people.size();
  out.species.assign(species.begin(), species.end());
  out.compressions.assign(compressions.begin(), compressions.end());
  double worst = -1;
  for (const std::string& name : out.species) {
    const AttemptCounts& counts = out.attack_groups.at({name, ""});
    const double rate = share(counts.accepted, counts.attempts);
    if (counts.attempts == 0 || rate <= worst) continue;
    worst = rate;
    out.worst_species = name;
  }
  if (thresholds) out.tandem = tandem_of(trials, *thresholds);
  out.timed = seconds.size();
  if (!seconds.empty()) {
    out.median_s = quantile(seconds, 0.5);
    out.p95_s = quantile(seconds, 0.95);
  }
  return out;
}

}  // namespace kyc
