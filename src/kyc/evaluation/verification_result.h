// Decisions of an identity check -> who got in, and what stopped the others. Numbers only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/evaluation/decisions.h"
#include "kyc/metrics/tandem.h"

namespace kyc {

struct AttemptCounts {
  std::uint64_t attempts = 0;  // that were answered
  std::uint64_t accepted = 0;
  std::uint64_t review = 0;     // left to a person: not accepted
  std::uint64_t no_answer = 0;  // failures: not among the attempts
};

// A species and a compression; an empty text stands for all of them.
struct SpeciesGroup {
  std::string species;
  std::string compression;

  auto operator<=>(const SpeciesGroup&) const = default;
};

// The thresholds of recogniser and attack detector, for the tandem cost.
struct TandemThresholds {
  double similarity = 0;
  double attack_score = 0;
};

struct TandemResult {
  RecogniserRates recogniser;
  double apcer = 0;  // of the attack detector at its threshold, species pooled
  double bpcer = 0;
  std::optional<double> actual;  // t-DCF, version 2, at the thresholds in use; nothing: not defined
  std::optional<double> minimal;
};

struct VerificationResult {
  AttemptCounts mated;
  AttemptCounts non_mated;
  AttemptCounts attacks;  // pooled
  std::map<SpeciesGroup, AttemptCounts>
      attack_groups;  // every species, every compression, and every pair of them
  std::map<std::string, AttemptCounts> mated_by_compression;
  std::vector<std::string> species;
  std::vector<std::string> compressions;
  std::string worst_species;  // the highest IAPAR; the first of several; empty without attacks

  // Why attacks were not accepted: species (and "" for all) -> weightiest reason -> attempts.
  std::map<std::string, std::map<std::string, std::uint64_t>> stopped_by;
  // Signals that failed, whether weightiest or not: species (and "") -> signal -> attempts; and how often it
  // was the only one.
  std::map<std::string, std::map<std::string, std::uint64_t>> failed;
  std::map<std::string, std::map<std::string, std::uint64_t>> failed_alone;
  std::map<std::string, std::uint64_t> mated_reasons;  // why bona fide people were not accepted

  std::optional<TandemResult> tandem;
  std::uint64_t timed = 0;
  double median_s = 0;  // of the decisions that have a time
  double p95_s = 0;
  std::size_t people = 0;  // distinct identities shown or claimed
};

// throws  Error{InvalidArgument} without trials
VerificationResult verification_result(std::span<const DecisionTrial> trials,
                                       const std::optional<TandemThresholds>& thresholds = std::nullopt);

}  // namespace kyc
