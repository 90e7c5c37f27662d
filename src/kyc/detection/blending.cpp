// The seam. Whoever pastes a face has to blend it into the picture somewhere near its outline; there colour,
// sharpness and noise change faster across the outline than they do along it.
//
// L. Li et al., "Face X-ray for More General Face Forgery Detection", CVPR 2020, which trains a network to
// find the seam; here it is measured, at a few outlines around the face, without any training but of the
// weights.

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr float kBlendingMargin = 1.6F;
constexpr int kBlendingMinSide = 72;
constexpr int kBlendingMaxSide = 256;
constexpr std::array<float, 5> kOutlines{0.70F, 0.85F, 1.0F, 1.15F, 1.30F};  // shares of the face's own
constexpr float kReach = 0.09F;                                              // on both sides, likewise

bool inside_of(const Plane& plane, Point p) {
  return p.x >= 2 && p.y >= 2 && p.x < static_cast<float>(plane.width - 2) &&
         p.y < static_cast<float>(plane.height - 2);
}

// Mean of 3 x 3 pixels.
float smooth(const Plane& plane, Point p) {
  const int x = static_cast<int>(p.x);
  const int y = static_cast<int>(p.y);
  float sum = 0;
  for (int j = -1; j <= 1; ++j)
    for (int i = -1; i <= 1; ++i) sum += plane.at(x + i, y + j);
  return sum / 9;
}

// Mean |Laplacian| of 3 x 3 pixels.
float fine(const Plane& plane, Point p) {
  const int x = static_cast<int>(p.x);
  const int y = static_cast<int>(p.y);
  float sum = 0;
  for (int j = -1; j <= 1; ++j)
    for (int i = -1; i <= 1; ++i)
      sum += std::abs(4 * plane.at(x + i, y + j) - plane.at(x + i - 1, y + j) - plane.at(x + i + 1, y + j) -
                      plane.at(x + i, y + j - 1) - plane.at(x + i, y + j + 1));
  return std::min(sum / 9, 60.0F);
}

// Around one outline, at every direction that lies inside of the picture.
struct Ring {
  std::vector<double> colour;  // step of the two colour differences across it
  std::vector<double> luma;
  std::vector<double> noise;  // log of fine detail inside over outside
};

Ring ring_at(const FaceRegion& region, const FaceOutline& outline, float share) {
  Ring out;
  for (int angle = 0; angle < kOutlineAngles; ++angle) {
    const Point in = outline.point(angle, share - kReach);
    const Point over = outline.point(angle, share + kReach);
    if (!inside_of(region.luma, in) || !inside_of(region.luma, over)) continue;
    out.colour.push_back(static_cast<double>(std::hypot(smooth(region.blue, in) - smooth(region.blue, over),
                                                        smooth(region.red, in) - smooth(region.red, over))));
    out.luma.push_back(static_cast<double>(std::abs(smooth(region.luma, in) - smooth(region.luma, over))));
    out.noise.push_back(
        static_cast<double>(std::log((fine(region.luma, in) + 0.5F) / (fine(region.luma, over) + 0.5F))));
  }
  return out;
}

std::vector<Feature> blending_features() {
  std::vector<Feature> out;
  for (const char* outline : {"70", "85", "100", "115", "130"})
    for (const auto& [name, group] : {std::pair("colour", "colour_step"),
                                      std::pair("luma", "brightness_step"),
                                      std::pair("noise", "detail_step"),
                                      std::pair("noise_spread", "detail_step")})
      out.push_back({std::string(name) + "_" + outline, group});
  out.push_back({"colour_contrast", "seam"});
  out.push_back({"noise_contrast", "seam"});
  return out;
}

class Blending final : public FeatureDetector {
 public:
  explicit Blending(const ModelResources& resources)
      : FeatureDetector(
            {.name = "blending",
             .detects = {AttackKind::Deepfake, AttackKind::Morph},
             .source = "Li et al., CVPR 2020",
             .per_frame = true},
            blending_features(),
            {{"colour_step", "change of colour across outlines of the face (log grey levels)"},
             {"brightness_step", "change of brightness across outlines of the face (log grey levels)"},
             {"detail_step", "fine detail inside over outside of outlines of the face (log)"},
             {"seam", "how far one outline stands out of the others"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    const auto region =
        face_region(frame, kBlendingMargin, kBlendingMinSide, kBlendingMaxSide, RegionFit::Shrink);
    if (!region) return {};
    const FaceOutline outline = face_outline(frame.face, *region);
    FrameNotes out;
    std::vector<double> colours;
    std::vector<double> noises;
    for (const float share : kOutlines) {
      const Ring ring = ring_at(*region, outline, share);
      if (ring.colour.size() < kOutlineAngles / 3) return {};
      const double noise = median_of(ring.noise);
      std::vector<double> spread;
      for (const double value : ring.noise) spread.push_back(std::abs(value - noise));
      colours.push_back(std::log(median_of(ring.colour) + 0.3));
      noises.push_back(noise);
      out.push_back(static_cast<float>(colours.back()));
      out.push_back(static_cast<float>(std::log(median_of(ring.luma) + 0.5)));
      out.push_back(static_cast<float>(noise));
      out.push_back(static_cast<float>(std::log(median_of(spread) + 0.05)));
    }
    out.push_back(static_cast<float>(*std::max_element(colours.begin(), colours.end()) - median_of(colours)));
    out.push_back(static_cast<float>(*std::max_element(noises.begin(), noises.end()) -
                                     *std::min_element(noises.begin(), noises.end())));
    return out;
  }

  // The steps across the outlines, where they are larger than is usual along the same outline.
  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    const FrameNotes notes = observe(frame);
    if (notes.empty()) return std::nullopt;
    const double weight = frame_score(notes).value_or(0);
    const auto region =
        face_region(frame, kBlendingMargin, kBlendingMinSide, kBlendingMaxSide, RegionFit::Shrink);
    const FaceOutline outline = face_outline(frame.face, *region);
    constexpr int kCells = 32;
    EvidenceMap map{
        region->area, kCells, kCells, std::vector<float>(kCells * kCells), "steps across the face's outline"};
    for (const float share : kOutlines) {
      const Ring ring = ring_at(*region, outline, share);
      const double colour = median_of(ring.colour);
      for (int angle = 0; angle < kOutlineAngles; ++angle) {
        const Point in = outline.point(angle, share - kReach);
        const Point over = outline.point(angle, share + kReach);
        if (!inside_of(region->luma, in) || !inside_of(region->luma, over)) continue;
        const double step =
            static_cast<double>(std::hypot(smooth(region->blue, in) - smooth(region->blue, over),
                                           smooth(region->red, in) - smooth(region->red, over))) /
            (colour + 2);
        const Point at = outline.point(angle, share);
        const auto column = static_cast<std::size_t>(at.x * kCells / static_cast<float>(region->luma.width));
        const auto row = static_cast<std::size_t>(at.y * kCells / static_cast<float>(region->luma.height));
        if (column >= kCells || row >= kCells) continue;
        float& value = map.values[row * kCells + column];
        value = std::max(value, static_cast<float>(weight * std::clamp((step - 1) / 2, 0.0, 1.0)));
      }
    }
    return map;
  }
};

const Registration<AttackDetector, Blending> kBlending{"blending", "pasted faces, by the seam around them"};

}  // namespace
}  // namespace kyc
