// Decisions of a whole identity check, one per attempt: the score file of `kyclops evaluate verification`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kyc/evaluation/labels.h"

namespace kyc {

enum class AttemptKind {
  Mated,     // a bona fide person with their own document
  NonMated,  // a bona fide person with somebody else's document: a zero-effort impostor
  Attack,
};
std::string to_string(AttemptKind kind);  // "mated", "non_mated", "attack"

struct DecisionTrial {
  AttemptKind kind = AttemptKind::Mated;
  SampleLabels selfie;  // what was shown to the camera; of a morph the morph, which was shown as the document
  std::string claimed;  // the identity on the document
  std::string reference;             // the document: id of a sample; "ID#frame": a frame of that recording
  std::string probe;                 // the selfie clip: id of a sample
  std::string verdict;               // "accepted", "rejected", "review"; empty: no answer
  std::vector<std::string> reasons;  // why not accepted, the weightiest first: codes
  std::vector<std::string> failed;   // signals that failed
  std::optional<double> similarity;
  std::optional<double> attack_score;
  double seconds = 0;   // wall time of the decision, reading of both files included
  std::string failure;  // why there is no answer

  bool accepted() const { return verdict == "accepted"; }
};

// Columns: kind, those of label_header(), claimed, reference, probe, verdict, reasons, failed, similarity,
// attack_score, seconds, failure; lists within a field are separated by '|'.
std::string decisions_csv(const std::vector<DecisionTrial>& trials);

// Only kind, species (of attacks) and verdict must be there: decisions of any system can be measured.
// throws  Error{NotFound}, Error{Corrupt} with file, line and what was expected; no attempt twice
std::vector<DecisionTrial> read_decisions(const std::filesystem::path& path);
std::vector<DecisionTrial> decisions_of_csv(const std::string& text, const std::string& name);

}  // namespace kyc
