// Which differences of neighbouring pixels follow each other, in luma and in both colour differences.
//
// L. Nataraj et al., "Detecting GAN generated Fake Images using Co-occurrence Matrices", Media Watermarking,
// Security, and Forensics 2019; on differences of neighbours, truncated, three in a row, as T. Pevny, P. Bas,
// J. Fridrich, "Steganalysis by Subtractive Pixel Adjacency Matrix", TIFS 2010, at two step sizes, as the
// rich models have them: tens instead of 65,536 numbers per matrix, so that a linear classifier can be fitted
// on some hundred pictures. Nothing is resampled: what is looked for is at the scale of pixels.

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr float kCooccurrenceMargin = 1.3F;
constexpr int kCooccurrenceMinSide = 48;
constexpr int kCooccurrenceMaxSide = 320;
constexpr int kMostDifference = 2;                // differences beyond count as 2
constexpr int kLevels = 2 * kMostDifference + 1;  // -2 .. 2
constexpr std::size_t kPairs = kLevels * kLevels;
constexpr std::size_t kTriples = kPairs * kLevels;

// What is counted: how often differences of these levels come together.
struct Matrix {
  const char* name;
  const char* group;
  std::size_t size;  // kPairs or kTriples
};
constexpr std::array<Matrix, 5> kMatrices{{{"luma", "luma_texture", kTriples},
                                           {"coarse", "luma_texture", kTriples},
                                           {"blue", "colour_texture", kTriples},
                                           {"red", "colour_texture", kTriples},
                                           {"across", "colours_together", kPairs}}};

int level_of(float difference) {
  return std::clamp(static_cast<int>(std::lround(difference)), -kMostDifference, kMostDifference) +
         kMostDifference;
}

std::array<int, 3> levels_of(std::size_t entry, std::size_t size) {
  const int i = static_cast<int>(entry);
  if (size == kPairs) return {i / kLevels, kMostDifference, i % kLevels};
  return {i / (kLevels * kLevels), i / kLevels % kLevels, i % kLevels};
}

std::size_t entry_of(const std::array<int, 3>& levels, std::size_t size) {
  if (size == kPairs) return static_cast<std::size_t>(levels[0] * kLevels + levels[2]);
  return static_cast<std::size_t>((levels[0] * kLevels + levels[1]) * kLevels + levels[2]);
}

// A picture upside down, and its negative, are as real: (a, b, c), (c, b, a), (-a, -b, -c), (-c, -b, -a).
std::size_t folded(std::size_t entry, std::size_t size) {
  const std::array<int, 3> v = levels_of(entry, size);
  const std::array<int, 3> back{v[2], v[1], v[0]};
  const auto negative = [](const std::array<int, 3>& of) {
    return std::array<int, 3>{kLevels - 1 - of[0], kLevels - 1 - of[1], kLevels - 1 - of[2]};
  };
  return std::min({entry, entry_of(back, size), entry_of(negative(v), size), entry_of(negative(back), size)});
}

// For every entry of a matrix, its place among the measurements.
const std::vector<std::size_t>& places(std::size_t size) {
  static const auto make = [](std::size_t count) {
    std::vector<std::size_t> out(count);
    std::size_t next = 0;
    for (std::size_t entry = 0; entry < count; ++entry)
      out[entry] = folded(entry, count) == entry ? next++ : out[folded(entry, count)];
    return out;
  };
  static const std::vector<std::size_t> pairs = make(kPairs);
  static const std::vector<std::size_t> triples = make(kTriples);
  return size == kPairs ? pairs : triples;
}

std::vector<Feature> cooccurrence_features() {
  std::vector<Feature> out;
  for (const Matrix& matrix : kMatrices)
    for (std::size_t entry = 0; entry < matrix.size; ++entry) {
      if (folded(entry, matrix.size) != entry) continue;
      const std::array<int, 3> v = levels_of(entry, matrix.size);
      std::string name = matrix.name;
      for (const std::size_t k : {0, 1, 2})
        if (k != 1 || matrix.size == kTriples) name += "_" + std::to_string(v[k] - kMostDifference);
      out.push_back({std::move(name), matrix.group});
    }
  return out;
}

using Counts = std::vector<double>;  // by place

// Of three neighbouring differences along rows and columns, in steps of so many grey levels.
Counts successions(const Plane& plane, float step) {
  const std::vector<std::size_t>& place = places(kTriples);
  Counts out(*std::max_element(place.begin(), place.end()) + 1);
  const auto level = [&](float to, float from) {
    return static_cast<std::size_t>(level_of((to - from) / step));
  };
  for (int y = 0; y + 3 < plane.height; ++y)
    for (int x = 0; x + 3 < plane.width; ++x) {
      const float here = plane.at(x, y);
      const float right = plane.at(x + 1, y);
      const float farther = plane.at(x + 2, y);
      const float below = plane.at(x, y + 1);
      const float lower = plane.at(x, y + 2);
      ++out[place[(level(right, here) * kLevels + level(farther, right)) * kLevels +
                  level(plane.at(x + 3, y), farther)]];
      ++out[place[(level(below, here) * kLevels + level(lower, below)) * kLevels +
                  level(plane.at(x, y + 3), lower)]];
    }
  return out;
}

// Of the differences of both colours at the same place.
Counts together(const Plane& blue, const Plane& red) {
  const std::vector<std::size_t>& place = places(kPairs);
  Counts out(*std::max_element(place.begin(), place.end()) + 1);
  const auto add = [&](float a, float b) { ++out[place[entry_of({level_of(a), 0, level_of(b)}, kPairs)]]; };
  for (int y = 0; y + 1 < blue.height; ++y)
    for (int x = 0; x + 1 < blue.width; ++x) {
      add(blue.at(x + 1, y) - blue.at(x, y), red.at(x + 1, y) - red.at(x, y));
      add(blue.at(x, y + 1) - blue.at(x, y), red.at(x, y + 1) - red.at(x, y));
    }
  return out;
}

constexpr float kCoarseStep = 3;

FrameNotes cooccurrence_measurements(const FaceRegion& region) {
  FrameNotes out;
  for (const Counts& counts : {successions(region.luma, 1),
                               successions(region.luma, kCoarseStep),
                               successions(region.blue, 1),
                               successions(region.red, 1),
                               together(region.blue, region.red)}) {
    double total = 0;
    for (const double count : counts) total += count;
    for (const double count : counts) out.push_back(static_cast<float>(std::log(count / total + 1e-4)));
  }
  return out;
}

Plane cut_out(const Plane& plane, int left, int top, int width, int height) {
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
    const auto region =
        face_region(frame, kCooccurrenceMargin, kCooccurrenceMinSide, kCooccurrenceMaxSide, RegionFit::Cut);
    return region ? cooccurrence_measurements(*region) : FrameNotes{};
  }

  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    const auto region =
        face_region(frame, kCooccurrenceMargin, kCooccurrenceMinSide, kCooccurrenceMaxSide, RegionFit::Cut);
    if (!region) return std::nullopt;
    constexpr int kCells = 5;
    EvidenceMap map{region->area, kCells, kCells, {}, "probability of an attack by the texture of each cell"};
    const int width = region->luma.width / kCells;
    const int height = region->luma.height / kCells;
    for (int row = 0; row < kCells; ++row)
      for (int column = 0; column < kCells; ++column) {
        FaceRegion cell;
        cell.luma = cut_out(region->luma, column * width, row * height, width, height);
        cell.blue = cut_out(region->blue, column * width, row * height, width, height);
        cell.red = cut_out(region->red, column * width, row * height, width, height);
        const FrameNotes notes = cooccurrence_measurements(cell);
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
