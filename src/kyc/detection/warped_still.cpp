// Whether a clip is one still portrait, bent to follow somebody's head. Between two frames far apart a living
// head turns: parts come into sight and go, light wanders over the skin, background appears from behind the
// hair; the earlier frame, however it is bent, does not become the later one. A portrait that is driven by a
// mesh bends (a photo before a camera would not), and that is all it does, hair and background with it.
//
// This project's own. Bending is measured by dense optical flow (optical_flow.h).

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/still_view.h"

namespace kyc {
namespace {

constexpr std::size_t kStillMostPairs = 8;  // with each of two anchor frames
constexpr std::size_t kStillPairs = 3;      // that moved most: these are looked at
constexpr std::size_t kLeastPixels = 60;    // of a ring that says anything
constexpr float kLeastSlope = 0.3F;         // grey levels per pixel: what has less has no texture

// Rings around the middle of the face's box, in its half sides. Below the mouth collar and shoulders begin.
constexpr std::array<float, 8> kRingEdges{0, 0.6F, 0.9F, 1.1F, 1.3F, 1.6F, 2.0F, 3.0F};
constexpr std::size_t kRings = kRingEdges.size() - 1;
constexpr std::size_t kInnerRings = 2;
// Logarithms of face widths: what moves and bends so much is no photo before a camera, and more of either
// says nothing more.
constexpr double kEnoughMovement = -3.5;
constexpr double kEnoughBending = -5.3;
constexpr float kLowestPixel = 0.35F;  // half heights below the middle

struct PairSeen {
  double movement = 0;                  // root mean square over the face, in its widths
  double bending = 0;                   // mean distance from the nearest flat movement, likewise
  std::array<double, kRings> residual;  // what bending leaves unexplained, over the texture's slope
};

PairSeen compare(const StillView& a, const StillView& b, const FaceEllipse& face) {
  const StillMovement movement(a, b);
  std::vector<Point> places;
  std::vector<Point> shifts;
  std::array<double, kRings> off{};
  std::array<double, kRings> slope{};
  std::array<std::size_t, kRings> count{};
  for (int y = 1; y + 1 < kStillSide; ++y)
    for (int x = 1; x + 1 < kStillSide; ++x) {
      const Point place = face.place(x, y);
      const float radius = std::hypot(place.x, place.y);
      if (place.y > kLowestPixel || radius >= kRingEdges.back() || !movement.shows(x, y)) continue;
      const auto ring = static_cast<std::size_t>(
          std::upper_bound(kRingEdges.begin(), kRingEdges.end(), radius) - kRingEdges.begin() - 1);
      off[ring] += static_cast<double>(movement.residual(x, y));
      slope[ring] += static_cast<double>(
          std::hypot(a.luma.at(x + 1, y) - a.luma.at(x - 1, y), a.luma.at(x, y + 1) - a.luma.at(x, y - 1)) /
          2);
      ++count[ring];
      if (ring < kInnerRings) {
        places.push_back(place);
        shifts.push_back(movement.shift(x, y));
      }
    }
  PairSeen out;
  const FlatMovement flat(places, shifts);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Point fitted = flat.at(places[i]);
    out.movement += static_cast<double>(fitted.x * fitted.x + fitted.y * fitted.y);
    out.bending += static_cast<double>(std::hypot(shifts[i].x - fitted.x, shifts[i].y - fitted.y));
  }
  const double pixels = static_cast<double>(std::max<std::size_t>(1, places.size()));
  const double width = 2 * static_cast<double>(face.half_width);
  out.movement = std::sqrt(out.movement / pixels) / width;
  out.bending = out.bending / pixels / width;
  for (std::size_t i = 0; i < kRings; ++i) {
    // Where the picture ends, what is farther in stands for what is not seen.
    const auto n = static_cast<double>(std::max<std::size_t>(1, count[i]));
    out.residual[i] = count[i] >= kLeastPixels || i == 0
                          ? off[i] / n / std::max(static_cast<double>(kLeastSlope), slope[i] / n)
                          : out.residual[i - 1];
  }
  return out;
}

// The first frame and the middle one, each with others evenly over the clip.
std::vector<std::pair<std::size_t, std::size_t>> anchored_pairs(std::size_t frames) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const std::size_t anchor : {std::size_t{0}, frames / 2}) {
    const std::size_t others = std::min(frames - 1, kStillMostPairs);
    for (std::size_t k = 1; k <= others; ++k) {
      const std::size_t other = (anchor + k * (frames - 1) / others) % frames;
      if (other != anchor) out.emplace_back(anchor, other);
    }
  }
  return out;
}

class WarpedStill final : public FeatureDetector {
 public:
  explicit WarpedStill(const ModelResources& resources)
      : FeatureDetector(
            {.name = "warped_still",
             .detects = {AttackKind::Deepfake},
             .source = "this project; flow after Kroeger et al., ECCV 2016",
             .needs_clip = true,
             .one_sided = true,
             .min_frames = 2},
            {{"movement", "movement"},
             {"bending", "bending"},
             {"inside_less_around", "unexplained_inside"},
             {"beyond_less_around", "unexplained_beyond"}},
            {{"movement", "how far the face moves (log of its widths; more than enough counts as enough)"},
             {"bending", "how far it bends, beyond what a flat picture could (likewise)"},
             {"unexplained_inside",
              "what of the face in one frame is no bent copy of another frame, against its rim and the hair "
              "(log): living faces change within, driven portraits do not"},
             {"unexplained_beyond", "the same of the background against rim and hair"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override { return still_view_notes(frame); }

  Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info(), evidence)) return *missing;
    std::vector<PairSeen> pairs;
    for (const auto& [one, other] : anchored_pairs(evidence.frames.size())) {
      const StillView view(evidence.notes[one]);
      pairs.push_back(
          compare(view, StillView(evidence.notes[other]), FaceEllipse(evidence.frames[one].face, view)));
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const PairSeen& a, const PairSeen& b) {
      return a.movement > b.movement;
    });
    pairs.resize(std::min(pairs.size(), kStillPairs));
    const auto level = [&](double floor, const auto& value) {
      std::vector<double> all;
      for (const PairSeen& pair : pairs) all.push_back(std::log(value(pair) + floor));
      return median_of(all);
    };
    const auto rings = [&](std::size_t first, std::size_t last) {
      double sum = 0;
      for (std::size_t i = first; i <= last; ++i)
        sum += level(0.05, [i](const PairSeen& p) { return p.residual[i]; });
      return sum / static_cast<double>(last - first + 1);
    };
    const double inside = rings(0, kInnerRings - 1);
    const double around = rings(kInnerRings, kInnerRings + 2);
    const double beyond = rings(kInnerRings + 3, kRings - 1);
    return std::vector<double>{
        std::min(kEnoughMovement, level(2e-4, [](const PairSeen& p) { return p.movement; })),
        std::min(kEnoughBending, level(2e-4, [](const PairSeen& p) { return p.bending; })),
        inside - around,
        beyond - around};
  }
};

const Registration<AttackDetector, WarpedStill> kWarpedStill{
    "warped_still", "portraits bent to follow a head: they bend, and nothing else changes; clips only"};

}  // namespace
}  // namespace kyc
