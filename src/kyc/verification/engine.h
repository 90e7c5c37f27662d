// The networks of a verification, loaded once, and what they say about a document and about a selfie clip.
// What follows from it is decided in decide.h, from these values alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/document/mrz_reader.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"
#include "kyc/recognition/recognizer.h"
#include "kyc/verification/challenge_judge.h"
#include "kyc/verification/policy.h"

namespace kyc {

// The machine readable zone was looked for.
struct DocumentZone {
  std::optional<MrzReading> reading;  // nothing: there is none
  MrzDate read_on;                    // the day that decides the century, and whether the document is expired
};

struct DocumentAnalysis {
  std::optional<std::string> unreadable;  // why the file is no picture; everything else is empty then
  int width = 0;                          // pixels
  int height = 0;
  std::vector<Face> faces;            // largest first; the first one is the portrait
  FaceTemplate reference;             // of the portrait; empty without a face
  std::optional<double> second_face;  // inter-eye distance of the second face over the portrait's
  std::optional<double>
      second_face_similarity;  // of the second face with the portrait (a ghost image: the same person)
  Image picture;               // the document, at most 1600 pixels wide or high, for evidence
  Image portrait;              // the aligned portrait [112, 112]
  std::optional<DocumentZone> zone;
};

// A frame that was kept: for its template, and as evidence.
struct SelfieFrame {
  std::int64_t index = 0;
  double time_s = 0;
  double quality = 0;  // 0..1, see frame_quality.h
  Face face;
  FaceTemplate probe;
  std::optional<double> attack_score;  // of the frame alone, if the presentation attack detector has one
  int width = 0;                       // pixels, of the frame
  Image picture;                       // the frame, at most 960 pixels wide or high
};

// What is remembered of every analysed frame that shows a face.
struct SelfieObservation {
  double time_s = 0;
  HeadPose pose;            // of the network
  HeadPose pose_geometric;  // from the landmarks
  double inter_eye_px = 0;
  double eyes_open = 0;  // the less open eye, 0..1
  // With the clip's own central template; only for frames that look into the camera enough to be compared.
  std::optional<double> self_similarity;
};

// What an attack detector says of the clip.
struct DetectorAnswer {
  std::optional<AttackFinding> finding;
  std::string not_applicable;  // why there is none, for people
};

// What the clip says to a challenge.
struct ChallengeAnalysis {
  Challenge challenge;
  std::vector<ChallengeObservation> timeline;  // in the order of time
  ChallengeJudgement judgement;                // empty if the clip is unreadable
};

struct SelfieAnalysis {
  std::optional<std::string> unreadable;  // why the file is no clip; everything else is empty then
  std::string damage;                     // what was wrong with the file; empty: nothing
  double duration_s = 0;                  // time stamp of the last frame that was read
  std::int64_t frames_read = 0;
  std::int64_t frames_analysed = 0;
  bool cut_at_max_duration = false;  // the clip is longer than the policy allows; the rest was not read
  std::int64_t frames_with_second_face = 0;
  std::optional<double> change;  // median over the pairs of analysed frames: mean absolute luma difference of
                                 // the face region, 0..255
  std::vector<SelfieObservation> track;  // in the order of time
  std::vector<SelfieFrame> best;         // best quality first, spread over the clip
  DetectorAnswer attack;                 // of the policy's attack_detector
  DetectorAnswer deepfake;               // of its deepfake_detector
  std::optional<ChallengeAnalysis> challenge;
};

class VerificationEngine {
 public:
  // read_zone  also load what reads machine readable zones
  // throws     as ModelManifest::load; Error{NotFound} for unknown methods or thresholds of the policy
  VerificationEngine(const ModelManifest& models, const VerificationPolicy& policy, bool read_zone = false);
  ~VerificationEngine();
  VerificationEngine(VerificationEngine&&) noexcept;

  const VerificationPolicy& policy() const;
  const ModelEntry& recogniser() const;
  const AttackDetectorInfo& attack_detector() const;
  const AttackDetectorInfo* deepfake_detector() const;  // null: the policy asks none

  // Damaged files are an answer (`unreadable`), missing ones are not.
  // today   read the machine readable zone, too (about 5 s of processor time); the engine was made with
  // read_zone throws  Error{NotFound}
  DocumentAnalysis analyze_document(const std::filesystem::path& path,
                                    const std::optional<MrzDate>& today = {}) const;
  DocumentAnalysis analyze_document(const Image& image, const std::optional<MrzDate>& today = {}) const;

  // Streams the clip: memory does not grow with its length, but for a few numbers per analysed frame.
  // jobs       threads
  // progress   frames analysed
  // challenge  judge it, too: more frames are looked at, 12 a second, all of them (up to 30) where a blink is
  // due throws     Error{NotFound}; as check(challenge)
  SelfieAnalysis analyze_selfie(const std::filesystem::path& path,
                                int jobs = 1,
                                const Progress& progress = {},
                                const Challenge* challenge = nullptr) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
