// Which differences of neighbouring pixels follow each other, in luma and in both colour differences.
//
// L. Nataraj et al., "Detecting GAN generated Fake Images using Co-occurrence Matrices", Media Watermarking,
// Security, and Forensics 2019; on first-order differences, truncated, as T. Pevny, P. Bas, J. Fridrich,
// "Steganalysis by Subtractive Pixel Adjacency Matrix", TIFS 2010: 25 instead of 65,536 numbers per matrix,
// so that a linear classifier can be fitted on some hundred pictures.

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr float kMargin = 1.3F;
constexpr int kMinSide = 48;
constexpr int kMaxSide = 320;
constexpr int kTruncated = 2;                // differences beyond count as 2
constexpr int kLevels = 2 * kTruncated + 1;  // -2 .. 2
constexpr std::size_t kPairs = kLevels * kLevels;
using Matrix = std::array<double, kPairs>;

int level_of(float difference) {
  return std::clamp(static_cast<int>(std::lround(difference)), -kTruncated, kTruncated) + kTruncated;
}

std::size_t pair_of(int a, int b) {
  return static_cast<std::size_t>(a * kLevels + b);
}

// (a, b) and (-a, -b) and (b, a) mean the same: a picture upside down is as real.
std::size_t folded(std::size_t pair) {
  const int a = static_cast<int>(pair) / kLevels;
  const int b = static_cast<int>(pair) % kLevels;
  const int na = kLevels - 1 - a;
  const int nb = kLevels - 1 - b;
  return std::min(std::min(pair_of(a, b), pair_of(b, a)), std::min(pair_of(na, nb), pair_of(nb, na)));
}

std::vector<std::size_t> distinct_pairs() {
  std::vector<std::size_t> out;
  for (std::size_t pair = 0; pair < kPairs; ++pair)
    if (folded(pair) == pair) out.push_back(pair);
  return out;
}

std::vector<Feature> cooccurrence_features() {
  std::vector<Feature> out;
  for (const auto& [plane, group] : {std::pair("luma", "luma_texture"),
                                     std::pair("blue", "colour_texture"),
                                     std::pair("red", "colour_texture"),
                                     std::pair("across", "colours_together")})
    for (const std::size_t pair : distinct_pairs())
      out.push_back({std::string(plane) + "_" +
                         std::to_string(static_cast<int>(pair) / kLevels - kTruncated) + "_" +
                         std::to_string(static_cast<int>(pair) % kLevels - kTruncated),
                     group});
  return out;
}

// Of neighbouring differences along rows and columns.
void add_successions(const Plane& plane, Matrix& matrix) {
  for (int y = 0; y + 2 < plane.height; ++y)
    for (int x = 0; x + 2 < plane.width; ++x) {
      const float here = plane.at(x, y);
      ++matrix[pair_of(level_of(plane.at(x + 1, y) - here),
                       level_of(plane.at(x + 2, y) - plane.at(x + 1, y)))];
      ++matrix[pair_of(level_of(plane.at(x, y + 1) - here),
                       level_of(plane.at(x, y + 2) - plane.at(x, y + 1)))];
    }
}

// Of the differences of both colours at the same place.
void add_across(const Plane& blue, const Plane& red, Matrix& matrix) {
  for (int y = 0; y + 1 < blue.height; ++y)
    for (int x = 0; x + 1 < blue.width; ++x) {
      ++matrix[pair_of(level_of(blue.at(x + 1, y) - blue.at(x, y)),
                       level_of(red.at(x + 1, y) - red.at(x, y)))];
      ++matrix[pair_of(level_of(blue.at(x, y + 1) - blue.at(x, y)),
                       level_of(red.at(x, y + 1) - red.at(x, y)))];
    }
}

void append(FrameNotes& notes, const Matrix& matrix) {
  Matrix joined{};
  double total = 0;
  for (std::size_t pair = 0; pair < kPairs; ++pair) {
    joined[folded(pair)] += matrix[pair];
    total += matrix[pair];
  }
  for (const std::size_t pair : distinct_pairs())
    notes.push_back(static_cast<float>(std::log(joined[pair] / total + 1e-4)));
}

FrameNotes measurements(const FaceRegion& region) {
  Matrix luma{};
  Matrix blue{};
  Matrix red{};
  Matrix across{};
  add_successions(region.luma, luma);
  add_successions(region.blue, blue);
  add_successions(region.red, red);
  add_across(region.blue, region.red, across);
  FrameNotes out;
  for (const Matrix* matrix : {&luma, &blue, &red, &across}) append(out, *matrix);
  return out;
}

Plane part_of(const Plane& plane, int left, int top, int width, int height) {
  Plane out = make_plane(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) out.at(x, y) = plane.at(left + x, top + y);
  return out;
}

class Cooccurrence final : public FeatureDetector {
 public:
  explicit Cooccurrence(const ModelResources& resources)
      : FeatureDetector(
            {.name = "cooccurrence",
             .detects = {AttackKind::Generated},
             .source = "Nataraj et al., 2019; Pevny et al., TIFS 2010",
             .per_frame = true},
            cooccurrence_features(),
            {{"luma_texture",
              "how differences of neighbouring pixels follow each other in luma (mean log share)"},
             {"colour_texture", "the same in the two colour differences (mean log share)"},
             {"colours_together", "how both colour differences change at the same place (mean log share)"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    const auto region = face_region(frame, kMargin, kMinSide, kMaxSide, RegionFit::Cut);
    return region ? measurements(*region) : FrameNotes{};
  }

  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    const auto region = face_region(frame, kMargin, kMinSide, kMaxSide, RegionFit::Cut);
    if (!region) return std::nullopt;
    constexpr int kCells = 5;
    EvidenceMap map{region->area, kCells, kCells, {}, "probability of an attack by the texture of each cell"};
    const int width = region->luma.width / kCells;
    const int height = region->luma.height / kCells;
    for (int row = 0; row < kCells; ++row)
      for (int column = 0; column < kCells; ++column) {
        FaceRegion cell;
        cell.luma = part_of(region->luma, column * width, row * height, width, height);
        cell.blue = part_of(region->blue, column * width, row * height, width, height);
        cell.red = part_of(region->red, column * width, row * height, width, height);
        const FrameNotes notes = measurements(cell);
        const double odds = log_odds_of(std::vector<double>(notes.begin(), notes.end()));
        map.values.push_back(static_cast<float>(std::clamp(2 * logistic(odds) - 1, 0.0, 1.0)));
      }
    return map;
  }
};

const Registration<AttackDetector, Cooccurrence> kCooccurrence{
    "cooccurrence", "generated faces, by which differences of neighbouring pixels follow each other"};

}  // namespace
}  // namespace kyc
