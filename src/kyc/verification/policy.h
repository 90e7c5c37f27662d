// What a verification demands. Values only; how each is used: signals.h.
#pragma once

#include <string>
#include <string_view>

#include "kyc/verification/challenge_judge.h"

namespace kyc {

// Similarity and attack-score thresholds are named, not given: the number and its provenance come from the
// manifest entry of the model, so that a policy stays right when the model changes.
struct VerificationPolicy {
  // Models.
  std::string detector = "fr_detect";             // a registered FaceDetector
  std::string recogniser = "fr_feature";          // a manifest entry of task "recognition"
  std::string attack_detector = "fr_liveness";    // of presentation attacks; see kyclops methods
  std::string deepfake_detector = "fusion";       // of everything else; "none": not asked
  std::string similarity_threshold = "fmr_1e-3";  // at or above: same person
  std::string review_threshold = "fmr_1e-2";      // from here up to similarity_threshold: a person decides
  std::string attack_threshold = "default";       // of the attack detector; at or above: attack
  std::string deepfake_threshold = "default";     // of the deepfake detector, likewise
  std::string deepfake_effect = "review";         // or "reject": what happens at or above it

  // Document.
  double document_min_inter_eye_px = 18;  // smaller portraits are decided by a person
  double document_second_face = 0.6;  // inter-eye distance over the largest face's, from which a second face
                                      // of another person makes the document ambiguous

  // Selfie clip.
  double analysis_rate_hz = 5;          // frames per second of clip that are analysed; 0: every frame
  double max_duration_s = 300;          // longer clips are refused: they cost without end
  double min_duration_s = 1.0;          // shorter ones cannot show a living person
  int min_frames = 5;                   // analysed frames, for the same reason
  double min_face_share = 0.6;          // share of analysed frames that show a face
  double selfie_min_inter_eye_px = 24;  // median over the frames with a face
  double second_face = 0.4;  // inter-eye distance over the main face's, from which a bystander counts
  double max_second_face_share = 0.04;  // share of analysed frames with such a second face
  double min_change = 0.35;             // mean absolute luma difference (0..255) of the face between analysed
                                        // frames; below: a still picture
  double min_head_movement_deg = 2;     // spread of yaw or pitch (5th to 95th percentile); below: review
  int best_frames = 5;                  // frames whose templates are compared with the document

  // Active challenge, if there is one; in JSON "challenge_turn_deg" and so on.
  ChallengeLimits challenge;

  bool operator==(const VerificationPolicy&) const = default;
};

// throws  Error{InvalidArgument} that names the field, its range and its value
void check(const VerificationPolicy& policy);

// JSON object with the field names above; absent fields keep their defaults, unknown ones are refused.
// name    what error messages call the text: the file's path
// throws  Error{InvalidArgument} with the name, the field and what was expected
VerificationPolicy policy_from_json(std::string_view text, const std::string& name);
std::string policy_to_json(const VerificationPolicy& policy);

}  // namespace kyc
