// Values in, decision out: no file, no network, no clock.
#pragma once

#include "kyc/nn/manifest.h"
#include "kyc/verification/decision.h"
#include "kyc/verification/engine.h"

namespace kyc {

// The thresholds that the policy names, with their provenance.
struct VerificationThresholds {
  ModelThreshold same_person;
  ModelThreshold review;
  ModelThreshold attack;
  std::optional<ModelThreshold> deepfake;  // nothing: the policy asks no deepfake detector
  std::string recogniser;                  // names, for the provenance
  std::string attack_detector;
  std::string deepfake_detector;
};

// throws  Error{NotFound} if the models have no thresholds of the policy's names
VerificationThresholds thresholds_of(const VerificationEngine& engine);

// Every signal is listed, also those that could not be measured and those that did not matter. Rejected if a
// signal of effect Reject failed or could not be measured for a cause that lies in the sample; review if one
// of effect Review did.
Decision decide(const DocumentAnalysis& document,
                const SelfieAnalysis& selfie,
                const VerificationPolicy& policy,
                const VerificationThresholds& thresholds);

}  // namespace kyc
