#include "kyc/cli/verification_summary.h"

#include <algorithm>
#include <map>
#include <optional>

#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

std::string people(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string rate_with_interval(const AttemptCounts& counts) {
  return percent_text(rate_of(counts)) + ", 95 % interval " +
         interval_text(clopper_pearson_interval(counts.accepted, counts.attempts));
}

// "a (3), b (2), c (1)", most frequent first.
std::string by_frequency(const std::map<std::string, std::uint64_t>& counts, std::size_t at_most) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(
      sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (std::size_t i = 0; i < std::min(at_most, sorted.size()); ++i)
    out += (i == 0 ? "" : ", ") + reason_in_words(sorted[i].first) + " (" + std::to_string(sorted[i].second) +
           ")";
  if (sorted.size() > at_most) out += ", and others";
  return out;
}

}  // namespace

double rate_of(const AttemptCounts& counts) {
  return counts.attempts == 0 ? 0
                              : static_cast<double>(counts.accepted) / static_cast<double>(counts.attempts);
}

Tone attack_tone(const AttemptCounts& counts) {
  return counts.attempts == 0 ? Tone::Plain : counts.accepted == 0 ? Tone::Good : Tone::Bad;
}

Support fewest_attempts(const VerificationResult& result) {
  return Support::of_trials(
      std::min({result.mated.attempts, result.non_mated.attempts, result.attacks.attempts}),
      "attempts of the rarest kind");
}

std::vector<Sentence> verification_summary(const VerificationResult& result) {
  std::vector<Sentence> out;
  if (result.mated.attempts > 0) {
    std::string text = std::to_string(result.mated.accepted) + " of " +
                       people(result.mated.attempts, "bona fide attempt", "bona fide attempts") +
                       " got in (" + rate_with_interval(result.mated) + ")";
    if (const std::uint64_t refused = result.mated.attempts - result.mated.accepted; refused > 0) {
      text += "; ";
      if (result.mated.review > 0)
        text += std::to_string(result.mated.review) + " left to a person, " +
                std::to_string(refused - result.mated.review) + " refused";
      else
        text += std::to_string(refused) + " refused";
      text += ": " + by_frequency(result.mated_reasons, 3);
    }
    out.push_back({text + ".", result.mated.accepted == result.mated.attempts ? Tone::Good : Tone::Plain});
  } else {
    out.push_back(
        {"No bona fide attempt could be made: the data holds no second recording or document of anybody.",
         Tone::Doubt});
  }
  if (result.attacks.attempts == 0) {
    out.push_back({"No attack was tried.", Tone::Doubt});
    return out;
  }
  out.push_back({std::to_string(result.attacks.accepted) + " of " +
                     people(result.attacks.attempts, "attack", "attacks") + " got in (" +
                     rate_with_interval(result.attacks) + ").",
                 attack_tone(result.attacks)});
  std::string species;
  for (const std::string& name : result.species) {
    const AttemptCounts& counts = result.attack_groups.at({name, ""});
    species += (species.empty() ? "" : ", ") + name + " " + count_text(counts.accepted, counts.attempts);
  }
  out.push_back({"Attacks that got in, by species: " + species + ".", Tone::Plain});
  if (!result.compressions.empty()) {
    std::string compressions;
    for (const std::string& name : result.compressions) {
      const auto found = result.attack_groups.find({"", name});
      if (found == result.attack_groups.end()) continue;
      compressions += (compressions.empty() ? "" : ", ") + name + " " +
                      count_text(found->second.accepted, found->second.attempts);
    }
    if (!compressions.empty())
      out.push_back({"Attacks that got in, by compression: " + compressions + ".", Tone::Plain});
  }
  if (const auto found = result.stopped_by.find(""); found != result.stopped_by.end())
    out.push_back({"The other " + std::to_string(result.attacks.attempts - result.attacks.accepted) +
                       " were stopped by: " + by_frequency(found->second, 4) + ".",
                   Tone::Plain});
  if (result.non_mated.attempts > 0)
    out.push_back({std::to_string(result.non_mated.accepted) + " of " +
                       people(result.non_mated.attempts, "impostor", "impostors") +
                       " who came with somebody else's document and their own face got in.",
                   result.non_mated.accepted == 0 ? Tone::Good : Tone::Bad});
  if (result.people < 30 || !satisfies_rule_of_thirty(result.attacks.accepted))
    out.push_back({"The attempts are of " + people(result.people, "person", "people") +
                       " only: the intervals take attempts as independent, so the true ones are wider. This "
                       "shows how the "
                       "check fails, not how often it would in use.",
                   Tone::Doubt});
  const std::uint64_t failures =
      result.mated.no_answer + result.attacks.no_answer + result.non_mated.no_answer;
  if (failures > 0)
    out.push_back(
        {people(failures, "attempt", "attempts") + " got no answer at all and are in none of these rates.",
         Tone::Doubt});
  return out;
}

std::vector<Figure> verification_figures(const VerificationResult& result) {
  std::vector<Figure> out;
  AttemptCounts worst;
  if (!result.worst_species.empty()) worst = result.attack_groups.at({result.worst_species, ""});
  out.push_back(rate_figure("iapar",
                            "impostor attack presentation accept rate of the worst species" +
                                (result.worst_species.empty() ? "" : ": " + result.worst_species),
                            worst.accepted,
                            worst.attempts));
  out.push_back(rate_figure(
      "iapar_pooled", "share of all attacks that got in", result.attacks.accepted, result.attacks.attempts));
  for (const auto& [group, counts] : result.attack_groups) {
    const std::string name =
        group.species + (group.species.empty() || group.compression.empty() ? "" : ",") + group.compression;
    out.push_back(rate_figure(
        "iapar[" + name + "]", "share of these attacks that got in", counts.accepted, counts.attempts));
  }
  const std::uint64_t refused = result.mated.attempts - result.mated.accepted;
  out.push_back(rate_figure(
      "frr", "bona fide attempts that did not get in, review included", refused, result.mated.attempts));
  for (const auto& [compression, counts] : result.mated_by_compression)
    if (!compression.empty())
      out.push_back(rate_figure("frr[" + compression + "]",
                                "the same of these clips",
                                counts.attempts - counts.accepted,
                                counts.attempts));
  out.push_back(rate_figure(
      "review_rate", "bona fide attempts left to a person", result.mated.review, result.mated.attempts));
  out.push_back(rate_figure(
      "far", "zero-effort impostors that got in", result.non_mated.accepted, result.non_mated.attempts));
  std::optional<double> riapar;
  if (worst.attempts > 0 && result.mated.attempts > 0)
    riapar = rate_of(worst) + static_cast<double>(refused) / static_cast<double>(result.mated.attempts);
  out.push_back(value_figure(
      "riapar",
      "IAPAR of the worst species + FRR (ISO/IEC 30107-3:2023)",
      riapar,
      Support::of_rate(worst.accepted, worst.attempts) && Support::of_rate(refused, result.mated.attempts)));
  if (result.tandem) {
    out.push_back(value_figure(
        "t_dcf",
        "tandem detection cost of recogniser and attack detector, version 2, at their thresholds",
        result.tandem->actual,
        fewest_attempts(result)));
    out.push_back(value_figure("min_t_dcf",
                               "the same at the best threshold of the detector",
                               result.tandem->minimal,
                               fewest_attempts(result)));
  }
  if (result.timed > 0) {
    out.push_back(value_figure("median_s",
                               "seconds per decision, median",
                               result.median_s,
                               Support::of_trials(result.timed, "timed decisions")));
    out.push_back(value_figure("p95_s",
                               "seconds per decision, 95th percentile",
                               result.p95_s,
                               Support::of_rate(result.timed / 20, result.timed)));
  }
  return out;
}

std::string reason_in_words(const std::string& code) {
  static const std::map<std::string, std::string> kWords{
      {"different_person", "the face is not that of the document"},
      {"similarity_doubtful", "the faces are not alike enough (review)"},
      {"presentation_attack", "looks like a picture or screen"},
      {"deepfake", "the face looks forged"},
      {"still_picture", "a still picture"},
      {"no_head_movement", "the head does not move (review)"},
      {"selfie_identity_change", "the person changes in the clip"},
      {"selfie_second_face", "a second person in the clip"},
      {"selfie_no_face", "no face in the clip"},
      {"selfie_face_lost", "the face is lost in the clip"},
      {"selfie_face_small", "the face in the clip is small (review)"},
      {"selfie_too_short", "the clip is too short"},
      {"selfie_too_long", "the clip is too long"},
      {"selfie_single_frame", "a single picture, not a clip"},
      {"selfie_unreadable", "the clip is unreadable"},
      {"selfie_damaged", "the clip is damaged (review)"},
      {"document_unreadable", "the document is unreadable"},
      {"document_no_face", "no face on the document"},
      {"document_two_faces", "two people on the document"},
      {"document_face_small", "the document's portrait is small (review)"}};
  const auto found = kWords.find(code);
  return found == kWords.end() ? code : found->second;
}

}  // namespace kyc::cli
