// Several detectors as one: logistic regression on their log odds (J. Fierrez-Aguilar et al., 2003; N.
// Bruemmer's linear fusion), fitted on people whom no member was fitted on. A member that says nothing of a
// sample adds nothing.
#pragma once

#include <filesystem>
#include <memory>

#include "kyc/detection/attack_detector.h"

namespace kyc {

// Log odds of a member's score, cut at +-6: no member's certainty counts without end.
double fusion_log_odds(double score);

// True of detectors of injection alone, and of others that are one-sided: a repeated frame speaks for an
// attack, but a clip without any may still hold a swapped face. Log odds below 0 of such a member, and none
// at all, count as 0.
bool speaks_for_attacks_only(const AttackDetectorInfo& member);

// file    coefficients (linear_model.h) whose terms are names of detectors
// throws  Error{NotFound}, Error{Corrupt}; as make_attack_detector for the members
std::unique_ptr<AttackDetector> fused_detector(const std::filesystem::path& file,
                                               const ModelResources& resources);

}  // namespace kyc
