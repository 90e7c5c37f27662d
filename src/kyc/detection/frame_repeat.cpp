// Frames that come again: a frozen picture, a clip that is looped, frames doubled to another rate. A camera
// never delivers the same picture twice; a player in place of a camera does.
//
// Duplication by frame correlation: W. Wang, H. Farid, "Exposing Digital Forgeries in Video by Detecting
// Duplication", MM&Sec 2007. A signal of injection, and no proof: a program cannot see what stood before the
// encoder (CEN/TS 18099).
//
// Its score is set by reasoning and a look at clips of eight people, not fitted: 0.5 where nothing moves for
// 0.8 s, or a twentieth of the frames come again. What it finds and what not: docs/detectors.md.

#include <algorithm>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/detection/linear_model.h"

namespace kyc {
namespace {

constexpr std::size_t kMinTracedFrames = 12;  // traced
constexpr double kStill = 0.02;  // mean luma difference of neighbours, grey levels: less than any camera's
                                 // noise leaves, but not less than what strong compression leaves of it
constexpr double kStillSeconds = 0.8;
constexpr double kLoopSeconds = 0.8;  // frames closer in time are neighbours, no loop
constexpr double kRunSeconds = 0.4;   // that must come again in one piece
constexpr double kMoves = 0.1;  // mean difference of the cells of neighbours, grey levels: a clip in which
                                // less happens looks the same everywhere
// Frames that come again after re-encoding differ by less than this times what neighbours differ. Heads that
// come back to a place by themselves: by 1.6 and more, in 54 clips.
constexpr double kSame = 1.2;
constexpr std::size_t kMaxCompared =
    1500;  // frames, the first ones: every one is compared with all before it
constexpr double kRepeatedShare = 0.05;

// Share of frames in runs that were there before, while the clip moves.
double repeated_share(const ClipTrace& trace) {
  const std::size_t count = std::min(trace.frames.size(), kMaxCompared);
  const double seconds = trace.frames[count - 1].time_s - trace.frames[0].time_s;
  if (seconds <= 0) return 0;
  const double rate = static_cast<double>(count - 1) / seconds;
  const auto frames_of = [&](double s) { return static_cast<std::size_t>(std::ceil(s * rate)); };
  const std::size_t run = std::max<std::size_t>(8, frames_of(kRunSeconds));
  std::vector<double> step(count);  // sums of the differences of neighbours up to a frame
  for (std::size_t i = 1; i < count; ++i)
    step[i] = step[i - 1] + cell_difference(trace.frames[i], trace.frames[i - 1]);
  std::vector<bool> repeated(count);
  for (std::size_t lag = frames_of(kLoopSeconds); lag + run < count; ++lag) {
    std::vector<double> far(count - lag + 1);  // likewise of the frames that are `lag` apart
    for (std::size_t i = lag; i < count; ++i)
      far[i - lag + 1] = far[i - lag] + cell_difference(trace.frames[i], trace.frames[i - lag]);
    for (std::size_t first = lag; first + run <= count; ++first) {
      const double moved = step[first + run - 1] - step[first - 1];
      if (moved < kMoves * static_cast<double>(run)) continue;
      if (far[first - lag + run] - far[first - lag] >= kSame * moved) continue;
      std::fill_n(repeated.begin() + static_cast<std::ptrdiff_t>(first), run, true);
    }
  }
  return static_cast<double>(std::count(repeated.begin(), repeated.end(), true)) / static_cast<double>(count);
}

// The longest time in which no frame differs from the one before.
double still_seconds(const ClipTrace& trace) {
  double longest = 0;
  std::size_t since = 0;
  for (std::size_t i = 1; i < trace.frames.size(); ++i) {
    if (static_cast<double>(trace.frames[i].change) >= kStill) since = i;
    longest = std::max(longest, trace.frames[i].time_s - trace.frames[since].time_s);
  }
  return longest;
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
                         "set by reasoning: nothing moves for 0.8 s, or a twentieth of the frames come again",
                         "none; see docs/detectors.md for what was measured at it"}};
  }

  const AttackDetectorInfo& info() const override { return info_; }
  FrameNotes observe(const FaceFrame&) const override { return {}; }

  AttackAssessment conclude(const Evidence& evidence) const override {
    if (evidence.trace == nullptr)
      return NotApplicable{"needs_clip", "it says nothing of a photo: it looks for frames that come again"};
    if (evidence.trace->frames.size() < kMinTracedFrames)
      return NotApplicable{"too_few_frames",
                           "it needs " + std::to_string(kMinTracedFrames) + " frames, got " +
                               std::to_string(evidence.trace->frames.size())};
    const double still = still_seconds(*evidence.trace);
    const double repeated = repeated_share(*evidence.trace);
    const double still_odds = 15 * (still - kStillSeconds);
    const double repeated_odds = 60 * (repeated - kRepeatedShare);
    AttackFinding out;
    out.score = logistic(std::clamp(std::max(still_odds, repeated_odds), -8.0, 8.0));
    out.signals = {
        {"repeated_frames", repeated, "share of frames in runs that were there before", repeated_odds},
        {"still_seconds", still, "longest time in which no frame differs from the one before", still_odds}};
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
