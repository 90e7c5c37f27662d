// Detectors over photos and clips: what is decoded, where the face is, which frames are looked at.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/face/analyzer.h"

namespace kyc {

using AttackDetectors = std::vector<std::unique_ptr<AttackDetector>>;

// What several detectors took down of one frame: notes[i] is that of detector i.
using AllNotes = std::vector<FrameNotes>;
AllNotes observe_all(std::span<const std::unique_ptr<AttackDetector>> detectors, const FaceFrame& frame);

// Gathers what they saw of one photo or clip. Not thread-safe.
class EvidenceCollector {
 public:
  explicit EvidenceCollector(std::size_t detectors) : notes_(detectors) {}

  // In the order of time.
  void add(SeenFrame frame, AllNotes&& notes);

  // trace      null of a photo
  // reference  notes of the trusted capture, one per detector; empty: there is none
  // returns    one answer per detector, in their order
  std::vector<AttackAssessment> conclude(std::span<const std::unique_ptr<AttackDetector>> detectors,
                                         const ClipTrace* trace,
                                         const AllNotes& reference = {}) const;
  Evidence evidence(std::size_t detector, const ClipTrace* trace) const;
  const std::vector<SeenFrame>& frames() const { return frames_; }

 private:
  std::vector<SeenFrame> frames_;
  std::vector<std::vector<FrameNotes>> notes_;  // [detector][frame]
};

struct AssessOptions {
  double rate_hz = 5;    // frames per second of a clip that are looked at; 0: all
  double max_s = 300;    // of a clip; what comes later is not looked at
  int jobs = 1;          // threads over the frames of a clip
  bool conclude = true;  // else `findings` stays empty
  // Called with every frame that shows a face, in the order of time, while its pixels are there.
  std::function<void(const FaceFrame&, const SeenFrame&)> on_face;
};

struct MediaAssessment {
  bool clip = false;
  std::int64_t frames = 0;  // that were looked at
  EvidenceCollector seen{0};
  ClipTrace trace;                         // of a clip
  std::vector<AttackAssessment> findings;  // one per detector
  std::string damage;                      // what was wrong with a clip; empty: nothing
};

// The parts of face analysis that these detectors need.
AnalyzerOptions analysis_for(std::span<const std::unique_ptr<AttackDetector>> detectors);

// The largest face of every frame counts.
// reference  see EvidenceCollector::conclude
// progress   frames looked at
// throws     as read_image and VideoReader
MediaAssessment assess_file(const std::filesystem::path& path,
                            const FaceAnalyzer& faces,
                            std::span<const std::unique_ptr<AttackDetector>> detectors,
                            const AssessOptions& options,
                            const AllNotes& reference = {},
                            const Progress& progress = {});

// A photo only: what a differential detector compares with.
// returns  nothing if it shows no face
std::optional<AllNotes> observe_photo(const Image& image,
                                      const FaceAnalyzer& faces,
                                      std::span<const std::unique_ptr<AttackDetector>> detectors);

}  // namespace kyc
