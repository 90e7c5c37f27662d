// What is left of a picture after its content is predicted away, inside the face against around it. A face
// from another picture was resampled, sharpened or compressed in another history: its noise differs from the
// noise of its surroundings.
//
// Residual filters: J. Fridrich, J. Kodovsky, "Rich Models for Steganalysis of Digital Images", TIFS 2012, of
// which P. Zhou et al., "Learning Rich Features for Image Manipulation Detection", CVPR 2018, chose the three
// used here (first order, 3 x 3 and 5 x 5); statistics and their comparison by place are this project's.
// Nothing is measured of the face alone: that would tell cameras apart before it tells attacks
// (docs/detectors.md has figures).

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "kyc/core/registry.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/residual_runs.h"

namespace kyc {
namespace {

constexpr float kSrmMargin = 1.6F;
constexpr int kSrmMinSide = 72;
constexpr int kSrmMaxSide = 320;
constexpr float kMostResidual = 40;  // grey levels: edges of the content say nothing of noise

// Parts of the face by the distance from its middle (face_radius).
enum Part : std::size_t { kInside, kEdge, kAround, kParts };
std::size_t part_of(float radius) {
  if (radius < 0.75F) return kInside;
  if (radius < 1.15F) return kEdge;
  return radius < 1.75F ? kAround : kParts;
}

float first_order(const Plane& p, int x, int y) {
  return p.at(x + 1, y) - p.at(x, y);
}
float second_order(const Plane& p, int x, int y) {
  return (p.at(x - 1, y) - 2 * p.at(x, y) + p.at(x + 1, y)) / 2;
}
float square_3(const Plane& p, int x, int y) {
  const float corners = p.at(x - 1, y - 1) + p.at(x + 1, y - 1) + p.at(x - 1, y + 1) + p.at(x + 1, y + 1);
  const float sides = p.at(x - 1, y) + p.at(x + 1, y) + p.at(x, y - 1) + p.at(x, y + 1);
  return (-corners + 2 * sides - 4 * p.at(x, y)) / 4;
}
float square_5(const Plane& p, int x, int y) {
  static constexpr std::array<std::array<int, 5>, 5> kKernel{
      {{-1, 2, -2, 2, -1}, {2, -6, 8, -6, 2}, {-2, 8, -12, 8, -2}, {2, -6, 8, -6, 2}, {-1, 2, -2, 2, -1}}};
  float sum = 0;
  for (int j = 0; j < 5; ++j)
    for (int i = 0; i < 5; ++i)
      sum += static_cast<float>(kKernel[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)]) *
             p.at(x + i - 2, y + j - 2);
  return sum / 12;
}

// Skin against skin: most swaps paste what lies below the brows and leave the forehead as it was filmed.
// Where a pixel is, in distances of the eyes from their middle, along the face's own axes.
class FaceAxes {
 public:
  FaceAxes(const Face& face, const FaceRegion& region) {
    const Point a = region.to_region(face.points[0]);
    const Point b = region.to_region(face.points[1]);
    middle_ = {(a.x + b.x) / 2, (a.y + b.y) / 2};
    const float squared = std::max(1.0F, (b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
    right_ = {(b.x - a.x) / squared, (b.y - a.y) / squared};
  }
  bool is_below_brows(int x, int y) const { return at(x, y).second > -0.25F; }
  bool is_forehead(int x, int y) const {
    const auto [u, v] = at(x, y);
    return std::abs(u) < 0.55F && v > -0.95F && v < -0.58F;
  }
  // Beside the nose and on it, above the mouth.
  bool is_cheek(int x, int y) const {
    const auto [u, v] = at(x, y);
    return std::abs(u) < 0.75F && v > 0.25F && v < 0.75F;
  }

 private:
  std::pair<float, float> at(int x, int y) const {
    const float dx = static_cast<float>(x) + 0.5F - middle_.x;
    const float dy = static_cast<float>(y) + 0.5F - middle_.y;
    return {dx * right_.x + dy * right_.y, dy * right_.x - dx * right_.y};
  }
  Point middle_;
  Point right_;
};

using Filter = float (*)(const Plane&, int, int);
struct NamedFilter {
  const char* name;
  Filter filter;
};
constexpr std::array<NamedFilter, 4> kFilters{
    {{"first", first_order}, {"second", second_order}, {"square3", square_3}, {"square5", square_5}}};

// Of one residual in one part.
struct Moments {
  double count = 0;
  double absolute = 0;
  double squares = 0;
  double zeros = 0;  // below half a grey level

  void add(float residual) {
    const float clipped = std::clamp(residual, -kMostResidual, kMostResidual);
    ++count;
    absolute += std::abs(static_cast<double>(clipped));
    squares += static_cast<double>(clipped) * static_cast<double>(clipped);
    if (std::abs(clipped) < 0.5F) ++zeros;
  }
  double level() const { return std::log(std::sqrt(squares / count) + 0.1); }
  // Log of mean over root mean square: near 0 for even noise, low where few strong residuals stand out.
  double evenness() const {
    return std::log((absolute / count + 0.05) / (std::sqrt(squares / count) + 0.05));
  }
  double still() const { return zeros / count; }
};
using Parts = std::array<Moments, kParts>;
using Skin = std::array<Moments, 2>;  // cheeks, forehead

Skin skin_moments_of(const Plane& plane, const FaceAxes& axes, Filter filter) {
  Skin out;
  for (int y = 2; y + 2 < plane.height; ++y)
    for (int x = 2; x + 2 < plane.width; ++x)
      if (axes.is_cheek(x, y))
        out[0].add(filter(plane, x, y));
      else if (axes.is_forehead(x, y))
        out[1].add(filter(plane, x, y));
  return out;
}

// Mean over the cheeks less mean over the forehead.
double skin_step(const Plane& plane, const FaceAxes& axes) {
  std::array<double, 2> sum{};
  std::array<double, 2> count{1e-9, 1e-9};
  for (int y = 2; y + 2 < plane.height; ++y)
    for (int x = 2; x + 2 < plane.width; ++x)
      for (const std::size_t part : {0, 1})
        if (part == 0 ? axes.is_cheek(x, y) : axes.is_forehead(x, y)) {
          sum[part] += static_cast<double>(plane.at(x, y));
          ++count[part];
        }
  return sum[0] / count[0] - sum[1] / count[1];
}

Parts moments_of(const Plane& plane, const Plane& radius, Filter filter) {
  Parts out;
  for (int y = 2; y + 2 < plane.height; ++y)
    for (int x = 2; x + 2 < plane.width; ++x) {
      const std::size_t part = part_of(radius.at(x, y));
      if (part != kParts) out[part].add(filter(plane, x, y));
    }
  return out;
}

struct RunPlane {
  const char* name;
  Plane FaceRegion::*plane;
  float step;
};
constexpr std::array<RunPlane, 4> kRunPlanes{{{"luma", &FaceRegion::luma, 1},
                                              {"coarse", &FaceRegion::luma, 3},
                                              {"blue", &FaceRegion::blue, 1},
                                              {"red", &FaceRegion::red, 1}}};

std::vector<Feature> srm_features() {
  std::vector<Feature> out;
  const auto add_contrasts = [&](const std::string& name) {
    out.push_back({name + "_inside_around", "noise_inside"});
    out.push_back({name + "_edge_around", "noise_edge"});
    out.push_back({name + "_even_inside_around", "evenness"});
    out.push_back({name + "_even_edge_around", "evenness"});
  };
  for (const NamedFilter& filter : kFilters) add_contrasts(filter.name);
  for (const char* plane : {"blue", "red"}) add_contrasts(plane);
  out.push_back({"still_inside_around", "still_pixels"});
  out.push_back({"slope_inside_around", "sharpness"});
  for (const RunPlane& plane : kRunPlanes)
    for (const std::string& run : run_names())
      out.push_back({std::string("run_") + plane.name + "_" + run + "_around", "texture"});
  for (const char* name : {"first", "square3", "square5", "blue", "red"}) {
    out.push_back({std::string("skin_") + name, "skin_noise"});
    out.push_back({std::string("skin_even_") + name, "skin_noise"});
  }
  out.push_back({"skin_slope", "skin_noise"});
  for (const char* name : {"luma", "blue", "red"})
    out.push_back({std::string("skin_step_") + name, "skin_colour"});
  for (const char* name : {"blue", "red"}) out.push_back({std::string("skin_far_") + name, "skin_colour"});
  return out;
}

void add_contrasts(FrameNotes& notes, const Parts& parts) {
  for (const auto& [a, b] : {std::pair(kInside, kAround), std::pair(kEdge, kAround)})
    notes.push_back(static_cast<float>(parts[a].level() - parts[b].level()));
  for (const auto& [a, b] : {std::pair(kInside, kAround), std::pair(kEdge, kAround)})
    notes.push_back(static_cast<float>(parts[a].evenness() - parts[b].evenness()));
}

void add_skin(FrameNotes& notes, const Face& face, const FaceRegion& region) {
  const FaceAxes axes(face, region);
  const std::array<Skin, 5> skins{skin_moments_of(region.luma, axes, first_order),
                                  skin_moments_of(region.luma, axes, square_3),
                                  skin_moments_of(region.luma, axes, square_5),
                                  skin_moments_of(region.blue, axes, square_3),
                                  skin_moments_of(region.red, axes, square_3)};
  // A forehead under hair, or beyond the picture's edge, is compared with nothing.
  const bool seen = skins[0][0].count >= 100 && skins[0][1].count >= 60;
  const auto step = [&](const Skin& skin) { return seen ? skin[0].level() - skin[1].level() : 0.0; };
  for (const Skin& skin : skins) {
    notes.push_back(static_cast<float>(step(skin)));
    notes.push_back(static_cast<float>(seen ? skin[0].evenness() - skin[1].evenness() : 0.0));
  }
  notes.push_back(static_cast<float>(step(skins[2]) - step(skins[0])));
  const std::array<double, 3> colour{seen ? skin_step(region.luma, axes) : 0,
                                     seen ? skin_step(region.blue, axes) : 0,
                                     seen ? skin_step(region.red, axes) : 0};
  for (const double one : colour) notes.push_back(static_cast<float>(one));
  for (const std::size_t k : {1, 2}) notes.push_back(static_cast<float>(std::log(std::abs(colour[k]) + 1)));
}

// Where faces are pasted, below the brows, against around the face.
void add_runs(FrameNotes& notes, const Face& face, const FaceRegion& region, const Plane& radius) {
  const FaceAxes axes(face, region);
  std::vector<std::size_t> part(radius.values.size(), kRunParts);
  for (int y = 0; y < radius.height; ++y)
    for (int x = 0; x < radius.width; ++x) {
      std::size_t& of = part[static_cast<std::size_t>(y) * static_cast<std::size_t>(radius.width) +
                             static_cast<std::size_t>(x)];
      const std::size_t ring = part_of(radius.at(x, y));
      if (ring == kInside && axes.is_below_brows(x, y)) of = 0;
      if (ring == kAround) of = 1;
    }
  for (const RunPlane& plane : kRunPlanes) {
    const auto shares = run_shares(region.*plane.plane, plane.step, part);
    for (std::size_t k = 0; k < shares[0].size(); ++k)
      notes.push_back(static_cast<float>(shares[0][k] - shares[1][k]));
  }
}

class Srm final : public FeatureDetector {
 public:
  explicit Srm(const ModelResources& resources)
      : FeatureDetector(
            {.name = "srm",
             .detects = {AttackKind::Deepfake},
             .source = "Fridrich and Kodovsky, TIFS 2012; Zhou et al., CVPR 2018",
             .per_frame = true},
            srm_features(),
            {{"texture",
              "which differences of neighbouring pixels follow each other in the face, less the same around "
              "it "
              "(mean log share)"},
             {"skin_noise", "noise of the cheeks over noise of the forehead (log; 0: the same skin)"},
             {"skin_colour", "colour of the cheeks less that of the forehead (grey levels)"},
             {"noise_inside", "noise inside of the face over noise around it (log; 0: the same)"},
             {"noise_edge", "noise at the outline of the face over noise around it (log)"},
             {"evenness", "how even the noise is, inside and at the outline against around (log)"},
             {"still_pixels", "share of pixels without any noise, inside less around"},
             {"sharpness",
              "fine over coarse residuals, inside less around: resampled skin has less of the fine ones"}},
            resources) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    const auto region = face_region(frame, kSrmMargin, kSrmMinSide, kSrmMaxSide, RegionFit::Shrink);
    if (!region) return {};
    const Plane radius = face_radius(frame.face, *region);
    std::array<Parts, kFilters.size()> luma;
    for (std::size_t i = 0; i < kFilters.size(); ++i)
      luma[i] = moments_of(region->luma, radius, kFilters[i].filter);
    for (const Moments& part : luma[0])
      if (part.count < 200) return {};  // the face fills the picture, or is cut by its edge
    FrameNotes out;
    for (const Parts& parts : luma) add_contrasts(out, parts);
    for (const Plane* plane : {&region->blue, &region->red})
      add_contrasts(out, moments_of(*plane, radius, square_3));
    const auto slope = [&](Part part) { return luma[3][part].level() - luma[0][part].level(); };
    out.push_back(static_cast<float>(luma[2][kInside].still() - luma[2][kAround].still()));
    out.push_back(static_cast<float>(slope(kInside) - slope(kAround)));
    add_runs(out, frame.face, *region, radius);
    add_skin(out, frame.face, *region);
    return out;
  }

  // What the texture of each cell of the face, against that around the face, would add to the log odds if the
  // whole face looked like it. As strong as the frame's score, at most.
  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    const auto region = face_region(frame, kSrmMargin, kSrmMinSide, kSrmMaxSide, RegionFit::Shrink);
    const FrameNotes notes = observe(frame);
    if (!region || notes.empty()) return std::nullopt;
    constexpr int kCells = 9;
    const Plane radius = face_radius(frame.face, *region);
    std::vector<double> odds;
    double most = 1;
    for (int row = 0; row < kCells; ++row)
      for (int column = 0; column < kCells; ++column) {
        odds.push_back(cell_odds(*region, radius, row, column, kCells));
        most = std::max(most, odds.back());
      }
    const double score = frame_score(notes).value_or(0);
    EvidenceMap map{region->area, kCells, kCells, {}, "texture of each cell against that around the face"};
    for (const double one : odds)
      map.values.push_back(static_cast<float>(score * std::clamp(one / most, 0.0, 1.0)));
    return map;
  }

 private:
  double cell_odds(const FaceRegion& region, const Plane& radius, int row, int column, int cells) const {
    std::vector<std::size_t> part(radius.values.size(), kRunParts);
    double count = 0;
    for (int y = 0; y < radius.height; ++y)
      for (int x = 0; x < radius.width; ++x) {
        std::size_t& of = part[static_cast<std::size_t>(y) * static_cast<std::size_t>(radius.width) +
                               static_cast<std::size_t>(x)];
        const bool here = y * cells / radius.height == row && x * cells / radius.width == column;
        if (part_of(radius.at(x, y)) == kAround) of = 1;
        if (here && radius.at(x, y) < 1.05F) {
          of = 0;
          ++count;
        }
      }
    if (count < 200) return 0;  // beside the face
    std::map<std::string, double> values;
    for (const RunPlane& plane : kRunPlanes) {
      const auto shares = run_shares(region.*plane.plane, plane.step, part);
      for (std::size_t k = 0; k < shares[0].size(); ++k) {
        const std::string name = std::string("run_") + plane.name + "_" + run_names()[k];
        values[name + "_around"] = shares[0][k] - shares[1][k];
      }
    }
    double odds = 0;
    for (const LinearTerm& term : model().terms)
      if (const auto found = values.find(term.name); found != values.end())
        odds +=
            term.weight * std::clamp((found->second - term.mean) / term.scale, -kLinearReach, kLinearReach);
    return odds;
  }
};

const Registration<AttackDetector, Srm> kSrm{
    "srm", "swapped faces, by the noise inside of the face against around it"};

}  // namespace
}  // namespace kyc
