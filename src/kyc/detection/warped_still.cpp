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
#include "kyc/detection/optical_flow.h"

namespace kyc {
namespace {

constexpr int kStillSide = 180;  // pixels of what is kept of a frame, the face in its middle
constexpr float kStillFace =
    60;  // its width there is at least this (if it is in the image), and at most a fifth more
constexpr std::size_t kStillMostPairs = 8;  // with each of two anchor frames
constexpr std::size_t kStillPairs = 3;      // that moved most: these are looked at
constexpr std::size_t kLeastPixels = 60;    // of a ring that says anything
constexpr float kLeastSlope = 0.3F;         // grey levels per pixel: what has less has no texture
constexpr std::size_t kHeader = 5;          // numbers of a note before its pixels
constexpr std::size_t kPacked = 3;          // pixels in a number: 24 bits are exact

// Rings around the middle of the face's box, in its half sides. Below the mouth collar and shoulders begin.
constexpr std::array<float, 8> kRingEdges{0, 0.6F, 0.9F, 1.1F, 1.3F, 1.6F, 2.0F, 3.0F};
constexpr std::size_t kRings = kRingEdges.size() - 1;
constexpr std::size_t kInnerRings = 2;
// Logarithms of face widths: what moves and bends so much is no photo before a camera, and more of either
// says nothing more.
constexpr double kEnoughMovement = -3.5;
constexpr double kEnoughBending = -5.3;
constexpr float kLowestPixel = 0.35F;  // half heights below the middle

// A frame as it was noted. All frames lie on one grid for each scale, and scales are few: two frames of a
// face of one size differ by what moved, and not by how they were sampled.
struct StillView {
  float scale;  // image pixels per pixel
  float left;   // of the first pixel, in pixels of this scale; a whole number
  float top;
  float width;  // of the image
  float height;
  Plane luma;

  explicit StillView(const FrameNotes& notes)
      : scale(notes[0]),
        left(notes[1]),
        top(notes[2]),
        width(notes[3]),
        height(notes[4]),
        luma(make_plane(kStillSide, kStillSide)) {
    for (std::size_t i = 0; i < luma.values.size(); ++i) {
      const auto packed = static_cast<std::uint32_t>(notes[kHeader + i / kPacked]);
      luma.values[i] = static_cast<float>(packed >> (8 * (i % kPacked)) & 255U);
    }
  }

  Point in_image(Point p) const {
    return {(p.x + left + 0.5F) * scale - 0.5F, (p.y + top + 0.5F) * scale - 0.5F};
  }
  Point from_image(Point p) const {
    return {(p.x + 0.5F) / scale - 0.5F - left, (p.y + 0.5F) / scale - 0.5F - top};
  }
  bool shows(Point p) const {
    const Point there = in_image(p);
    const float rim = 2 * scale;
    return there.x >= rim && there.y >= rim && there.x < width - rim && there.y < height - rim;
  }
};

// Where the middle of the face is the same in both and a pixel is as large, from the first to the second.
Point moved_over(Point p, const StillView& from, const StillView& to) {
  constexpr float kMiddle = (kStillSide - 1) / 2.0F;
  const float ratio = from.scale / to.scale;
  return {(p.x - kMiddle) * ratio + kMiddle, (p.y - kMiddle) * ratio + kMiddle};
}

// Luma of the image, shrunk by a whole number by averaging.
Plane shrunk_luma(const Image& image, int factor) {
  Plane out = make_plane(std::max(1, image.width / factor), std::max(1, image.height / factor));
  const int used = std::min({factor, image.width, image.height});
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      std::uint32_t sum = 0;  // Rec. 601 in 256ths
      for (int j = 0; j < used; ++j) {
        const std::uint8_t* p = image.row(y * used + j) + static_cast<std::ptrdiff_t>(x) * used * 3;
        for (int i = 0; i < used; ++i, p += 3) sum += 77U * p[0] + 150U * p[1] + 29U * p[2];
      }
      out.at(x, y) = static_cast<float>(sum) / static_cast<float>(256 * used * used);
    }
  return out;
}

// The middle of the face's box, and half its sides.
struct FaceEllipse {
  Point middle;
  float half_width;
  float half_height;

  FaceEllipse(const Face& face, const StillView& view)
      : middle(view.from_image(face.detection.box.center())),
        half_width(std::max(1.0F, face.detection.box.width / view.scale / 2)),
        half_height(std::max(1.0F, face.detection.box.height / view.scale / 2)) {}
  Point place(int x, int y) const {
    return {(static_cast<float>(x) - middle.x) / half_width,
            (static_cast<float>(y) - middle.y) / half_height};
  }
};

// Least squares: a shift, and its change along x and y.
struct PlaneFit {
  std::array<double, 3> x{};
  std::array<double, 3> y{};

  PlaneFit(const std::vector<Point>& places, const std::vector<Point>& shifts) {
    std::array<std::array<double, 3>, 3> m{};
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::array<double, 3> v{1, static_cast<double>(places[i].x), static_cast<double>(places[i].y)};
      for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < 3; ++c) m[r][c] += v[r] * v[c];
        x[r] += v[r] * static_cast<double>(shifts[i].x);
        y[r] += v[r] * static_cast<double>(shifts[i].y);
      }
    }
    for (std::size_t k = 0; k < 3; ++k) m[k][k] += 1e-6;
    for (std::size_t k = 0; k < 3; ++k)  // Gauss and Jordan; the matrix is positive definite
      for (std::size_t r = 0; r < 3; ++r) {
        if (r == k) continue;
        const double factor = m[r][k] / m[k][k];
        for (std::size_t c = 0; c < 3; ++c) m[r][c] -= factor * m[k][c];
        x[r] -= factor * x[k];
        y[r] -= factor * y[k];
      }
    for (std::size_t k = 0; k < 3; ++k) {
      x[k] /= m[k][k];
      y[k] /= m[k][k];
    }
  }
  Point at(Point p) const {
    const auto value = [&](const std::array<double, 3>& v) {
      return static_cast<float>(v[0] + v[1] * static_cast<double>(p.x) + v[2] * static_cast<double>(p.y));
    };
    return {value(x), value(y)};
  }
};

struct PairSeen {
  double movement = 0;                  // root mean square over the face, in its widths
  double bending = 0;                   // mean distance from the nearest flat movement, likewise
  std::array<double, kRings> residual;  // what bending leaves unexplained, over the texture's slope
};

PairSeen compare(const StillView& a, const StillView& b, const FaceEllipse& face) {
  Plane second = b.luma;
  if (a.scale != b.scale)
    for (int y = 0; y < kStillSide; ++y)
      for (int x = 0; x < kStillSide; ++x) {
        const Point p = moved_over({static_cast<float>(x), static_cast<float>(y)}, a, b);
        second.at(x, y) = sampled(b.luma, p.x, p.y);
      }
  const Flow flow = optical_flow(a.luma, second);
  std::vector<Point> places;
  std::vector<Point> shifts;
  std::array<double, kRings> off{};
  std::array<double, kRings> slope{};
  std::array<std::size_t, kRings> count{};
  for (int y = 1; y + 1 < kStillSide; ++y)
    for (int x = 1; x + 1 < kStillSide; ++x) {
      const Point here{static_cast<float>(x), static_cast<float>(y)};
      const Point there{here.x + flow.dx.at(x, y), here.y + flow.dy.at(x, y)};
      const Point place = face.place(x, y);
      const float radius = std::hypot(place.x, place.y);
      if (place.y > kLowestPixel || radius >= kRingEdges.back() || !a.shows(here) || !b.shows(there))
        continue;
      const auto ring = static_cast<std::size_t>(
          std::upper_bound(kRingEdges.begin(), kRingEdges.end(), radius) - kRingEdges.begin() - 1);
      off[ring] += static_cast<double>(std::abs(sampled(second, there.x, there.y) - a.luma.at(x, y)));
      slope[ring] += static_cast<double>(
          std::hypot(a.luma.at(x + 1, y) - a.luma.at(x - 1, y), a.luma.at(x, y + 1) - a.luma.at(x, y - 1)) /
          2);
      ++count[ring];
      if (ring < kInnerRings) {
        const Point moved = a.from_image(b.in_image(moved_over(there, a, b)));  // in the image
        places.push_back(place);
        shifts.push_back({moved.x - here.x, moved.y - here.y});
      }
    }
  PairSeen out;
  const PlaneFit flat(places, shifts);
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

  FrameNotes observe(const FaceFrame& frame) const override {
    const Box& box = frame.face.detection.box;
    // Scales a fourth of an octave apart. A face that is too small is not enlarged.
    const float wanted = std::max(1.0F, box.width / kStillFace);
    const float scale = std::exp2(std::floor(4 * std::log2(wanted)) / 4);
    const int factor =
        std::clamp(static_cast<int>(scale), 1, std::min(frame.image.width, frame.image.height));
    const Plane luma = shrunk_luma(frame.image, factor);
    const auto shrunk = static_cast<float>(factor);
    const float left = std::round(box.center().x / scale) - kStillSide / 2.0F;
    const float top = std::round(box.center().y / scale) - kStillSide / 2.0F;
    FrameNotes out{
        scale, left, top, static_cast<float>(frame.image.width), static_cast<float>(frame.image.height)};
    constexpr std::size_t kPixels = std::size_t{kStillSide} * kStillSide;
    std::vector<std::uint32_t> packed(kPixels / kPacked);
    for (std::size_t i = 0; i < kPixels; ++i) {
      const std::size_t row = i / kStillSide;
      const std::size_t column = i % kStillSide;
      const float x = (static_cast<float>(column) + left + 0.5F) * scale;
      const float y = (static_cast<float>(row) + top + 0.5F) * scale;
      const float value = sampled(luma, x / shrunk - 0.5F, y / shrunk - 0.5F);
      packed[i / kPacked] |= static_cast<std::uint32_t>(std::lround(std::clamp(value, 0.0F, 255.0F)))
                             << (8 * (i % kPacked));
    }
    for (const std::uint32_t number : packed) out.push_back(static_cast<float>(number));
    return out;
  }

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
