// Whether the skin is a photo that is bent to follow a head. The fine texture of a living face changes from
// frame to frame with light, focus and the sensor's noise; that of a still portrait, warped onto a moving
// face, stays the same in the face's own coordinates, while everything around it is a real recording.
//
// This project's own; the idea of residuals that stick to the picture is that of sensor noise forensics
// (J. Lukas, J. Fridrich, M. Goljan, "Digital Camera Identification from Sensor Pattern Noise", TIFS 2006).

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/face/alignment.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr int kFrozenMinFrames = 5;
constexpr int kPatchSide = 96;  // of the aligned patch, pixels
constexpr float kZoom = 0.62F;  // the aligned crop of recognition is shrunk by this: the patch shows more
constexpr std::size_t kFrozenMinPairs = 3;
constexpr float kMostTexture = 24;

struct Patch {
  int left, top, right, bottom;  // of the aligned patch
};
// Where to look, in the upright patch that shows the head with its hair and neck.
constexpr std::array<Patch, 4> kInsidePatches{{{36, 30, 60, 38},    // brows and bridge of the nose
                                               {30, 46, 42, 62},    // cheek on the image's left
                                               {54, 46, 66, 62},    // on the right
                                               {40, 62, 56, 76}}};  // mouth
constexpr std::array<Patch, 3> kAroundPatches{{{4, 20, 18, 76}, {78, 20, 92, 76}, {24, 2, 72, 14}}};

// Value minus the mean of its neighbourhood: what is finer than three pixels.
Plane high_pass(const Image& image) {
  Plane luma = make_plane(image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* p = image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
      luma.at(x, y) = 0.299F * static_cast<float>(p[0]) + 0.587F * static_cast<float>(p[1]) +
                      0.114F * static_cast<float>(p[2]);
    }
  Plane out = make_plane(image.width, image.height);
  for (int y = 1; y + 1 < image.height; ++y)
    for (int x = 1; x + 1 < image.width; ++x) {
      float sum = 0;
      for (int j = -1; j <= 1; ++j)
        for (int i = -1; i <= 1; ++i) sum += luma.at(x + i, y + j);
      out.at(x, y) = std::clamp(luma.at(x, y) - sum / 9, -kMostTexture, kMostTexture);
    }
  return out;
}

struct Correlation {
  double ab = 0;
  double aa = 1e-6;
  double bb = 1e-6;

  void add(const FrameNotes& a, const FrameNotes& b, const Patch& patch) {
    for (int y = patch.top; y < patch.bottom; ++y)
      for (int x = patch.left; x < patch.right; ++x) {
        const auto i = static_cast<std::size_t>(y) * kPatchSide + static_cast<std::size_t>(x);
        ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
      }
  }
  double value() const { return ab / std::sqrt(aa * bb); }
};

template <std::size_t N>
double patch_correlation(const FrameNotes& a, const FrameNotes& b, const std::array<Patch, N>& patches) {
  Correlation out;
  for (const Patch& patch : patches) out.add(a, b, patch);
  return out.value();
}

class FrozenTexture final : public FeatureDetector {
 public:
  explicit FrozenTexture(const ModelResources& resources)
      : FeatureDetector(
            {.name = "frozen_texture",
             .detects = {AttackKind::Deepfake},
             .source = "this project; after Lukas et al., TIFS 2006",
             .needs_clip = true,
             .min_frames = kFrozenMinFrames},
            {{"inside_near", "texture_inside"},
             {"inside_far", "texture_over_time"},
             {"around_near", "texture_around"},
             {"inside_minus_around", "texture_contrast"},
             {"far_minus_around", "texture_contrast"},
             {"mouth_minus_cheeks", "texture_mouth"},
             {"level_inside_around", "texture_level"},
             {"level_change", "texture_level"}},
            {{"texture_inside",
              "how much of the skin's fine texture is the same in the next frame (correlation)"},
             {"texture_over_time", "the same between frames seconds apart: a photo keeps its texture"},
             {"texture_around", "the same for hair, neck and background around the face"},
             {"texture_contrast", "the face's texture stays more than its surroundings by this"},
             {"texture_mouth", "the same for the mouth against the cheeks"},
             {"texture_level", "how strong the texture is against around, and how it changes (log)"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    Similarity to_patch = aligned_from_image(frame.face.points);
    const auto middle = static_cast<float>(kAlignedSize) / 2;
    to_patch = {to_patch.a * kZoom,
                to_patch.b * kZoom,
                (to_patch.tx - middle) * kZoom + static_cast<float>(kPatchSide) / 2,
                (to_patch.ty - middle) * kZoom + static_cast<float>(kPatchSide) / 2};
    return high_pass(warp(frame.image, to_patch, kPatchSide, kPatchSide)).values;
  }

  Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info(), evidence)) return *missing;
    const auto& notes = evidence.notes;
    std::vector<double> inside;
    std::vector<double> around;
    std::vector<double> mouth;
    std::vector<double> far;
    std::vector<double> level;
    for (std::size_t i = 0; i < notes.size(); ++i) {
      Correlation in;
      for (const Patch& patch : kInsidePatches) in.add(notes[i], notes[i], patch);
      Correlation out;
      for (const Patch& patch : kAroundPatches) out.add(notes[i], notes[i], patch);
      level.push_back(std::log(in.aa / 700 + 0.01) - std::log(out.aa / 2200 + 0.01));
      const std::size_t later = i + notes.size() / 2;
      if (later < notes.size()) far.push_back(patch_correlation(notes[i], notes[later], kInsidePatches));
    }
    for (const auto& [earlier, later] : frame_pairs(evidence.frames)) {
      const FrameNotes& a = notes[earlier];
      const FrameNotes& b = notes[later];
      inside.push_back(patch_correlation(a, b, kInsidePatches));
      around.push_back(patch_correlation(a, b, kAroundPatches));
      mouth.push_back(patch_correlation(a, b, std::array{kInsidePatches[3]}) -
                      patch_correlation(a, b, std::array{kInsidePatches[1], kInsidePatches[2]}));
    }
    if (inside.size() < kFrozenMinPairs)
      return NotApplicable{"too_few_frames", "too few frames with a face follow each other closely"};
    std::vector<double> changes;
    for (std::size_t i = 1; i < level.size(); ++i) changes.push_back(std::abs(level[i] - level[i - 1]));
    const double in = median_of(inside);
    const double out = median_of(around);
    const double far_in = median_of(far);
    return std::vector<double>{in,
                               far_in,
                               out,
                               in - out,
                               far_in - out,
                               median_of(mouth),
                               median_of(level),
                               std::log(median_of(changes) + 1e-2)};
  }
};

const Registration<AttackDetector, FrozenTexture> kFrozenTexture{
    "frozen_texture", "portraits bent onto a moving face, by texture that stays the same; clips only"};

}  // namespace
}  // namespace kyc
