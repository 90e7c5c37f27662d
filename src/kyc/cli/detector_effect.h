// What the fused detectors of a policy change: who would have got in without them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kyc/evaluation/decisions.h"
#include "kyc/report/report.h"

namespace kyc::cli {

inline constexpr const char* kEffectTable = "fused_detectors";

struct DetectorEffect {
  Sentence sentence;
  Section section;              // one table, id kEffectTable: a row per species
  std::vector<Figure> figures;  // "iapar[without]", "bpcer[without]" ...
};

// An attempt would have got in without them if nothing but "deepfake" stopped it.
// detector  the policy's deepfake_detector
// returns   nothing without attacks or without bona fide attempts
std::optional<DetectorEffect> detector_effect(const std::vector<DecisionTrial>& trials,
                                              const std::string& detector);

// The table of a report as lines of text for a terminal; empty if it has none.
std::string effect_text(const Report& report);

}  // namespace kyc::cli
