// Traces of an earlier compression: a grid of blocks that does not lie where this file's own grid does, and a
// rhythm of key frames that is not this file's own.
//
// Grid: Z. Fan, R. de Queiroz, "Identification of Bitmap Compression History", TIP 2003; rhythm: W. Wang,
// H. Farid, "Exposing Digital Forgeries in Video by Detecting Double MPEG Compression", MM&Sec 2006. Signals
// of injection, and no proof: every messenger encodes again.

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/fourier.h"

namespace kyc {
namespace {

constexpr int kGrid = 8;
constexpr int kReencodeMinSide = 96;
constexpr int kReencodeMaxSide = 384;
constexpr float kReencodeMargin = 2.5F;
constexpr std::size_t kRhythmFrames = 256;  // of the trace

// Mean |second difference across the border| for each of the eight places that a grid can have.
std::array<double, kGrid> grid_strength(const Plane& luma, int offset, bool columns) {
  std::array<double, kGrid> sum{};
  std::array<double, kGrid> count{};
  for (int y = 1; y + 2 < luma.height; ++y)
    for (int x = 1; x + 2 < luma.width; ++x) {
      const float step =
          columns ? std::abs(luma.at(x - 1, y) - luma.at(x, y) - luma.at(x + 1, y) + luma.at(x + 2, y))
                  : std::abs(luma.at(x, y - 1) - luma.at(x, y) - luma.at(x, y + 1) + luma.at(x, y + 2));
      const int at = ((columns ? x : y) + 1 + offset) % kGrid;
      sum[static_cast<std::size_t>(at)] += std::min(static_cast<double>(step), 20.0);
      ++count[static_cast<std::size_t>(at)];
    }
  for (std::size_t i = 0; i < kGrid; ++i) sum[i] /= std::max(1.0, count[i]);
  return sum;
}

// How far the strongest place other than the file's own (and its half, for transforms of 4 x 4) stands out.
struct GridTraces {
  double own = 0;
  double other = 0;
};
GridTraces traces_of(const std::array<double, kGrid>& strength) {
  std::vector<double> all(strength.begin(), strength.end());
  const double usual = median_of(all) + 0.02;
  double other = 0;
  for (const std::size_t i : {1, 2, 3, 5, 6, 7}) other = std::max(other, strength[i]);
  return {std::log((strength[0] + 0.02) / usual), std::log((other + 0.02) / usual)};
}

class Reencode final : public FeatureDetector {
 public:
  explicit Reencode(const ModelResources& resources)
      : FeatureDetector(
            {.name = "reencode",
             .detects = {AttackKind::Injection},
             .source = "Fan and de Queiroz, TIP 2003; Wang and Farid, MM&Sec 2006",
             .needs_clip = true,
             .min_frames = 3},
            {{"grid_own", "block_grid"},
             {"grid_other_columns", "foreign_grid"},
             {"grid_other_rows", "foreign_grid"},
             {"rhythm_strength", "key_frame_rhythm"},
             {"rhythm_change", "key_frame_rhythm"},
             {"still", "still_frames"}},
            {{"block_grid", "how far the blocks of this file's own compression stand out (log)"},
             {"foreign_grid",
              "how far blocks stand out that lie on another grid (log): compressed before, then moved"},
             {"key_frame_rhythm", "how far one rhythm stands out of the sharpness of the frames (log)"},
             {"still_frames", "share of frames that equal the one before"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    const auto region =
        face_region(frame, kReencodeMargin, kReencodeMinSide, kReencodeMaxSide, RegionFit::Cut);
    if (!region) return {};
    const GridTraces columns =
        traces_of(grid_strength(region->luma, static_cast<int>(region->area.x) % kGrid, true));
    const GridTraces rows =
        traces_of(grid_strength(region->luma, static_cast<int>(region->area.y) % kGrid, false));
    return {static_cast<float>((columns.own + rows.own) / 2),
            static_cast<float>(columns.other),
            static_cast<float>(rows.other)};
  }

  Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info(), evidence)) return *missing;
    std::array<std::vector<double>, 3> grid;
    for (const FrameNotes& notes : evidence.notes)
      for (std::size_t k = 0; k < notes.size() && k < grid.size(); ++k)
        grid[k].push_back(static_cast<double>(notes[k]));
    if (grid[0].empty())
      return NotApplicable{"face_too_small", "the picture is too small for a grid to be seen"};
    const ClipTrace& trace = *evidence.trace;
    std::vector<double> detail;
    std::vector<double> change;
    double still = 0;
    for (std::size_t i = 1; i < std::min(trace.frames.size(), kRhythmFrames); ++i) {
      detail.push_back(static_cast<double>(trace.frames[i].detail));
      change.push_back(static_cast<double>(trace.frames[i].change));
      if (trace.frames[i].change < 0.02F) ++still;
    }
    return std::vector<double>{median_of(grid[0]),
                               median_of(grid[1]),
                               median_of(grid[2]),
                               rhythm(detail),
                               rhythm(change),
                               detail.empty() ? 0 : still / static_cast<double>(detail.size())};
  }

 private:
  // Strongest line of the upper half of the spectrum of the differences, over the usual one.
  static double rhythm(const std::vector<double>& values) {
    std::vector<double> differences;
    for (std::size_t i = 1; i < values.size(); ++i) differences.push_back(values[i] - values[i - 1]);
    if (differences.size() < 16) return 0;
    std::vector<double> power = signal_power(differences);
    power.erase(power.begin(), power.begin() + static_cast<std::ptrdiff_t>(power.size() / 8));
    const double strongest = *std::max_element(power.begin(), power.end());
    return std::log((strongest + 1e-6) / (median_of(power) + 1e-6));
  }
};

const Registration<AttackDetector, Reencode> kReencode{
    "reencode", "injected clips, by traces of an earlier compression; clips only"};

}  // namespace
}  // namespace kyc
