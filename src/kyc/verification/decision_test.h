// Internal to the tests of verification/: what decisions are made of.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "kyc/verification/decide.h"

namespace kyc {

inline Face face_of_size(float inter_eye_px) {
  Face face;
  face.detection.box = {0, 0, inter_eye_px * 2, inter_eye_px * 2.5F};
  face.detection.confidence = 0.99F;
  face.points = {Point{0, 0}, Point{inter_eye_px, 0}, {}, {}, {}};
  return face;
}

inline const VerificationThresholds kTestThresholds{
    .same_person = {"fmr_1e-3", 0.33, "FMR 1e-3", "test data"},
    .review = {"fmr_1e-2", 0.22, "FMR 1e-2", "test data"},
    .attack = {"default", 0.7, "BPCER 1 %", "test data"},
    .deepfake = std::nullopt,
    .recogniser = "model",
    .attack_detector = "detector",
    .deepfake_detector = ""};

inline std::vector<std::string> codes(const Decision& decision) {
  std::vector<std::string> out;
  for (const Reason& reason : decision.reasons) out.push_back(reason.code);
  return out;
}

inline const Signal& signal(const Decision& decision, const std::string& name) {
  for (const Signal& one : decision.signals)
    if (one.name == name) return one;
  throw std::out_of_range(name);
}

}  // namespace kyc
