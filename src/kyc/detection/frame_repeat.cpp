// Frames that come again: a frozen picture, a clip that is looped, frames doubled to another rate. A camera
// never delivers the same picture twice; a player in place of a camera does.
//
// Duplication by frame correlation: W. Wang, H. Farid, "Exposing Digital Forgeries in Video by Detecting
// Duplication", MM&Sec 2007. A signal of injection, and no proof: a program cannot see what stood before the
// encoder (CEN/TS 18099).
//
// Its score is set by reasoning, not fitted: 0.5 where a tenth of the frames stand still or a twentieth come
// again.

#include <algorithm>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/detection/linear_model.h"

namespace kyc {
namespace {

constexpr std::size_t kMinFrames = 12;  // traced
constexpr double kStill = 0.02;         // mean luma difference of neighbours, grey levels; a camera's noise
                                        // is ten times that even after compression
constexpr double kSame = 0.06;          // mean difference of cells of frames that are the same again
constexpr double kMoved = 0.35;         // and of the clip's own movement: below, everything looks the same
constexpr double kLoopSeconds = 0.8;    // frames closer in time are neighbours, no loop
constexpr std::size_t kMaxCompared = 1500;  // frames; longer clips are thinned

// Share of frames that equal an earlier one while the clip moved in between.
double repeated_share(const ClipTrace& trace) {
  const std::size_t step = (trace.frames.size() + kMaxCompared - 1) / kMaxCompared;
  std::vector<const TracedFrame*> frames;
  for (std::size_t i = 0; i < trace.frames.size(); i += step) frames.push_back(&trace.frames[i]);
  double repeated = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    bool moved = false;  // between the two, going back from frame i
    for (std::size_t j = i; j-- > 0;) {
      const double difference = cell_difference(*frames[i], *frames[j]);
      moved = moved || difference > kMoved;
      if (moved && difference < kSame && frames[i]->time_s - frames[j]->time_s >= kLoopSeconds) {
        ++repeated;
        break;
      }
    }
  }
  return repeated / static_cast<double>(frames.size());
}

// Share of frames that equal the one before.
double still_share(const ClipTrace& trace) {
  const auto still =
      std::count_if(trace.frames.begin() + 1, trace.frames.end(), [](const TracedFrame& frame) {
        return static_cast<double>(frame.change) < kStill;
      });
  return static_cast<double>(still) / static_cast<double>(trace.frames.size() - 1);
}

class FrameRepeat final : public AttackDetector {
 public:
  explicit FrameRepeat(const ModelResources&) {
    info_.name = "frame_repeat";
    info_.detects = {AttackKind::Injection};
    info_.source = "Wang and Farid, MM&Sec 2007";
    info_.needs_clip = true;
    info_.thresholds = {{"default",
                         0.5,
                         "set by reasoning: a tenth of the frames still, or a twentieth repeated",
                         "none; see docs/detectors.md for what was measured at it"}};
  }

  const AttackDetectorInfo& info() const override { return info_; }
  FrameNotes observe(const FaceFrame&) const override { return {}; }

  AttackAssessment conclude(const Evidence& evidence) const override {
    if (evidence.trace == nullptr)
      return NotApplicable{"needs_clip", "it says nothing of a photo: it looks for frames that come again"};
    if (evidence.trace->frames.size() < kMinFrames)
      return NotApplicable{"too_few_frames",
                           "it needs " + std::to_string(kMinFrames) + " frames, got " +
                               std::to_string(evidence.trace->frames.size())};
    const double still = still_share(*evidence.trace);
    const double repeated = repeated_share(*evidence.trace);
    const double still_odds = 30 * (still - 0.1);
    const double repeated_odds = 60 * (repeated - 0.05);
    AttackFinding out;
    out.score = logistic(std::clamp(std::max(still_odds, repeated_odds), -8.0, 8.0));
    out.signals = {{"repeated_frames",
                    repeated,
                    "share of frames that were there before, after something else was seen",
                    repeated_odds},
                   {"still_frames", still, "share of frames that equal the one before", still_odds}};
    if (still_odds > repeated_odds) std::swap(out.signals[0], out.signals[1]);
    return out;
  }

 private:
  AttackDetectorInfo info_;
};

const Registration<AttackDetector, FrameRepeat> kFrameRepeat{
    "frame_repeat", "injected clips, by frames that stand still or come again; clips only"};

}  // namespace
}  // namespace kyc
