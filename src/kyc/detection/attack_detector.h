// Photo or clip -> attack score, and the reasons for it. One detector per file, registered by name; networks
// are entries of models/manifest.json and need no file at all (network_detector.h).
//
//   const auto detector = make_attack_detector("fr_liveness", resources);      // kyc/detection/detectors.h
//   const MediaAssessment found = assess_file("selfie.mp4", ...);              // kyc/detection/assess.h
//
// A detector works in two steps, so that a clip of any length needs little memory and its frames can be
// looked at side by side: observe() takes down a few numbers of one frame, conclude() makes one score of all
// of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kyc/core/outcome.h"
#include "kyc/detection/clip_trace.h"
#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/recognition/recognizer.h"

namespace kyc {

enum class AttackKind {
  Deepfake,      // a face that was swapped or driven
  Presentation,  // a picture, screen or mask before the camera (ISO/IEC 30107)
  Morph,         // a photo that mixes two people (ISO/IEC 20059)
  Injection,     // a stream that never came from a camera: repeated, looped, re-encoded (CEN/TS 18099)
  Generated,     // a face that a generator made up
};

// "deepfake", "presentation_attack", "morph", "injection", "generated"
std::string_view to_string(AttackKind kind);
// throws  Error{InvalidArgument} that lists the names
AttackKind attack_kind_of(std::string_view name);

// A file that a detector's answer depends on.
struct DetectorModel {
  std::string name;
  std::string sha256;  // empty: not pinned
};

struct AttackDetectorInfo {
  std::string name;
  std::vector<AttackKind> detects;
  std::string source{};          // the paper or package that it is from
  bool needs_clip = false;       // of a photo it says nothing
  bool needs_reference = false;  // it compares with a trusted capture of the same person
  bool needs_pose = false;       // Face::pose and Face::eyes must be filled in
  bool per_frame = false;        // frame_score() answers
  bool one_sided = false;        // it looks for one way of attack: a low score says nothing of the others
  int min_frames = 1;            // with a face
  std::vector<DetectorModel> models{};
  std::vector<ModelThreshold> thresholds{};  // with their provenance; the first one is the default
};

// throws  Error{NotFound} that lists the detector's threshold names
const ModelThreshold& threshold(const AttackDetectorInfo& detector, const std::string& name);

// One picture in which a face was found. Owns nothing.
struct FaceFrame {
  const Image& image;
  const Face& face;                     // its box lies at least partly inside of the image
  const FaceTemplate* probe = nullptr;  // of this face, if the caller has one at hand
};

// What a detector takes down of one frame; what the numbers mean only it knows.
using FrameNotes = std::vector<float>;

// A frame that was analysed, without its pixels.
struct SeenFrame {
  std::int64_t index = 0;  // of the frame in the clip
  double time_s = 0;
  Face face;
};

// Everything that was seen of one photo (one frame, no trace) or clip. Owns nothing.
struct Evidence {
  std::span<const SeenFrame> frames;      // that show the face, in the order of time
  std::span<const FrameNotes> notes;      // one per frame, as this detector took them
  const ClipTrace* trace = nullptr;       // of a clip: every frame there is, also those not analysed
  const FrameNotes* reference = nullptr;  // of the trusted capture
};

// One thing that was measured, and what it did to the score.
struct EvidenceSignal {
  std::string name;  // stable word for machines: "identity_step"
  double value = 0;
  std::string meaning;                 // for people: what the value is, which values are suspicious
  std::optional<double> contribution;  // to the score's log odds; > 0 speaks for an attack
};

struct AttackFinding {
  double score = 0;                     // 0..1, higher = more likely an attack
  std::vector<EvidenceSignal> signals;  // the weightiest first
};

// Why a detector says nothing of a sample. A value that runs count, not an error.
struct NotApplicable {
  std::string code;     // "needs_clip", "too_few_frames", "needs_reference", "face_too_small", "no_face"
  std::string message;  // for people
};

using AttackAssessment = Outcome<AttackFinding, NotApplicable>;

// Where in a picture the evidence lies.
struct EvidenceMap {
  Box area;  // of the image, that the map covers
  int columns = 0;
  int rows = 0;
  std::vector<float>
      values;          // [rows, columns]: 0 says nothing (or bona fide), 1 speaks for an attack by itself
  std::string method;  // how it was made, in words: "occlusion sensitivity"
};

// Pairs of frames that lie about a fifth of a second apart, whatever the rate of analysis: each frame with
// the latest one at least kPairSeconds before it, none more than kMostPairSeconds apart. (earlier, later)
inline constexpr double kPairSeconds = 0.18;
inline constexpr double kMostPairSeconds = 0.45;
std::vector<std::pair<std::size_t, std::size_t>> frame_pairs(std::span<const SeenFrame> frames);

class AttackDetector {
 public:
  using Resources = ModelResources;
  virtual ~AttackDetector() = default;

  virtual const AttackDetectorInfo& info() const = 0;

  // Thread-safe.
  virtual FrameNotes observe(const FaceFrame& frame) const = 0;

  // Thread-safe. Also called without frames: of no frame, nobody can say anything.
  virtual AttackAssessment conclude(const Evidence& evidence) const = 0;

  // Attack score of a single frame, 0..1; nothing where only a clip as a whole has one.
  virtual std::optional<double> frame_score(const FrameNotes&) const { return std::nullopt; }

  // What in this frame speaks for an attack; nothing where the detector looks at no place in particular.
  // Thread-safe. May cost much more than observe().
  virtual std::optional<EvidenceMap> evidence_map(const FaceFrame&) const { return std::nullopt; }
};

// What every detector asks first.
// returns  nothing if the evidence holds what info() demands
std::optional<NotApplicable> missing_evidence(const AttackDetectorInfo& detector, const Evidence& evidence);

}  // namespace kyc
