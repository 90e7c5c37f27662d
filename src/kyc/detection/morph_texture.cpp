// Whether one photo is a mix of two. Averaging two faces smooths their skin, weakens the camera's noise and
// leaves double edges at eyes, nostrils and hair.
//
// R. Raghavendra, K. Raja, C. Busch, "Detecting Morphed Face Images", BTAS 2016 (texture); L. Debiasi et al.,
// "PRNU-based Detection of Morphed Face Images", IWBF 2018 (noise). Texture: uniform local binary patterns
// (T. Ojala, M. Pietikaeinen, T. Maeenpaeae, 2002) at two radii of the aligned face.

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

constexpr int kAlignedSide = 160;  // of the aligned face, pixels
constexpr int kMinEyes = 28;       // pixels between the eyes: below, the texture is that of the enlargement
constexpr std::size_t kPatterns = 10;  // rotation-invariant uniform patterns of 8 neighbours

// Number of neighbours that are as bright or brighter, if they form one arc; else 9.
std::size_t pattern(const Plane& p, int x, int y, int radius) {
  static constexpr std::array<std::array<int, 2>, 8> kNeighbours{
      {{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}};
  const float middle = p.at(x, y);
  std::array<bool, 8> bits{};
  for (std::size_t i = 0; i < 8; ++i)
    bits[i] = p.at(x + kNeighbours[i][0] * radius, y + kNeighbours[i][1] * radius) >= middle;
  std::size_t ones = 0;
  int changes = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    ones += bits[i] ? 1 : 0;
    changes += bits[i] != bits[(i + 1) % 8] ? 1 : 0;
  }
  return changes <= 2 ? ones : 9;
}

struct TexturePart {
  const char* name;
  int left, top, right, bottom;
};
constexpr std::array<TexturePart, 4> kTextureParts{{{"eyes", 34, 56, 126, 86},
                                                    {"nose", 62, 86, 98, 116},
                                                    {"mouth", 48, 118, 112, 148},
                                                    {"cheeks", 24, 90, 60, 120}}};

std::vector<Feature> morph_features() {
  std::vector<Feature> out;
  for (const char* radius : {"1", "3"})
    for (std::size_t pattern = 0; pattern < kPatterns; ++pattern)
      out.push_back({"pattern_" + std::string(radius) + "_" + std::to_string(pattern), "skin_texture"});
  for (const TexturePart& part : kTextureParts) {
    out.push_back({std::string(part.name) + "_fine", "fine_detail"});
    out.push_back({std::string(part.name) + "_slope", "double_edges"});
  }
  out.push_back({"noise", "noise"});
  out.push_back({"inside_around", "noise"});
  return out;
}

class MorphTexture final : public FeatureDetector {
 public:
  explicit MorphTexture(const ModelResources& resources)
      : FeatureDetector(
            {.name = "morph_texture",
             .detects = {AttackKind::Morph},
             .source = "Raghavendra et al., BTAS 2016; Debiasi et al., IWBF 2018",
             .per_frame = true},
            morph_features(),
            {{"skin_texture", "shares of local binary patterns of the face (mean log share)"},
             {"fine_detail",
              "fine detail of eyes, nose, mouth and cheeks (log): mixing two faces takes it away"},
             {"double_edges", "fine over coarse detail there (log): edges of two faces beside each other"},
             {"noise", "noise of the skin, and that against around the face (log)"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    if (inter_eye_distance(frame.face.points) < kMinEyes) return {};
    Similarity to_patch = aligned_from_image(frame.face.points);
    const float zoom = static_cast<float>(kAlignedSide) / kAlignedSize;
    to_patch = {to_patch.a * zoom, to_patch.b * zoom, to_patch.tx * zoom, to_patch.ty * zoom};
    const Image face = warp(frame.image, to_patch, kAlignedSide, kAlignedSide);
    Plane luma = make_plane(kAlignedSide, kAlignedSide);
    for (int y = 0; y < kAlignedSide; ++y)
      for (int x = 0; x < kAlignedSide; ++x) {
        const std::uint8_t* p = face.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
        luma.at(x, y) = 0.299F * static_cast<float>(p[0]) + 0.587F * static_cast<float>(p[1]) +
                        0.114F * static_cast<float>(p[2]);
      }
    FrameNotes out;
    for (const int radius : {1, 3}) {
      std::array<double, kPatterns> share{};
      double count = 0;
      for (int y = 36; y < 152; ++y)
        for (int x = 24; x < 136; ++x, ++count) ++share[pattern(luma, x, y, radius)];
      for (const double one : share) out.push_back(static_cast<float>(std::log(one / count + 1e-3)));
    }
    for (const TexturePart& part : kTextureParts) {
      const double first = detail(luma, part, 1);
      out.push_back(static_cast<float>(first));
      out.push_back(static_cast<float>(first - detail(luma, part, 4)));
    }
    const auto region = face_region(frame, 1.6F, 48, 320, RegionFit::Cut);
    if (!region) return {};
    const Plane radius = face_radius(frame.face, *region);
    double inside = 0, inside_count = 1, around = 0, around_count = 1;
    for (int y = 1; y + 1 < region->luma.height; ++y)
      for (int x = 1; x + 1 < region->luma.width; ++x) {
        const Plane& p = region->luma;
        const float residual =
            p.at(x, y) - (p.at(x - 1, y) + p.at(x + 1, y) + p.at(x, y - 1) + p.at(x, y + 1)) / 4;
        const double value = std::min(10.0, std::abs(static_cast<double>(residual)));
        if (radius.at(x, y) < 0.8F) {
          inside += value;
          ++inside_count;
        } else if (radius.at(x, y) > 1.15F) {
          around += value;
          ++around_count;
        }
      }
    out.push_back(static_cast<float>(std::log(inside / inside_count + 0.1)));
    out.push_back(
        static_cast<float>(std::log((inside / inside_count + 0.1) / (around / around_count + 0.1))));
    return out;
  }

 private:
  // Log of the mean difference of pixels `step` apart.
  static double detail(const Plane& luma, const TexturePart& part, int step) {
    double sum = 0;
    double count = 0;
    for (int y = part.top; y < part.bottom; ++y)
      for (int x = part.left; x < part.right; ++x, ++count)
        sum += static_cast<double>(std::abs(luma.at(x, y) - luma.at(x + step, y)) +
                                   std::abs(luma.at(x, y) - luma.at(x, y + step)));
    return std::log(sum / count + 0.2);
  }
};

const Registration<AttackDetector, MorphTexture> kMorphTexture{
    "morph_texture", "morphed photos, by texture, detail and noise of one photo"};

}  // namespace
}  // namespace kyc
