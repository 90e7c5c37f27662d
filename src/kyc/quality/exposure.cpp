// Light on the face: shares of very dark and very bright pixels, and the mean, within the hull of the
// landmarks.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kyc/core/registry.h"
#include "kyc/quality/component.h"
#include "kyc/quality/ofiq_maps.h"

namespace kyc {
namespace {

constexpr int kDarkest = 25;     // and below: under-exposed
constexpr int kBrightest = 247;  // and above: over-exposed

double cross(const Point& o, const Point& a, const Point& b) {
  return static_cast<double>(a.x - o.x) * static_cast<double>(b.y - o.y) -
         static_cast<double>(a.y - o.y) * static_cast<double>(b.x - o.x);
}

// Monotone chain; in order around the hull.
std::vector<Point> convex_hull(const Landmarks68& landmarks) {
  std::vector<Point> points(landmarks.begin(), landmarks.end());
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return a.x != b.x ? a.x < b.x : a.y < b.y;
  });
  std::vector<Point> hull;
  for (int side = 0; side < 2; ++side) {
    const std::size_t start = hull.size();
    for (const Point& point : points) {
      while (hull.size() >= start + 2 && cross(hull[hull.size() - 2], hull.back(), point) <= 0)
        hull.pop_back();
      hull.push_back(point);
    }
    hull.pop_back();
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

struct Exposure {
  double dark = 0;  // shares
  double bright = 0;
  double mean = 0;  // 0..1
};

// BT.709 luma of the stored values of pixels whose centres lie in the hull; mid grey where none does.
Exposure exposure(const Image& image, const Face& face) {
  const std::vector<Point> hull = convex_hull(face.landmarks);
  std::uint64_t histogram[256] = {};
  std::uint64_t pixels = 0;
  for (int y = 0; y < image.height; ++y) {
    const double at = y + 0.5;
    double left = image.width;
    double right = 0;
    for (std::size_t i = 0; i < hull.size(); ++i) {
      const Point& a = hull[i];
      const Point& b = hull[(i + 1) % hull.size()];
      const auto top = static_cast<double>(std::min(a.y, b.y));
      const auto bottom = static_cast<double>(std::max(a.y, b.y));
      if (at < top || at >= bottom) continue;
      const double x = static_cast<double>(a.x) + (at - static_cast<double>(a.y)) *
                                                      static_cast<double>(b.x - a.x) /
                                                      static_cast<double>(b.y - a.y);
      left = std::min(left, x);
      right = std::max(right, x);
    }
    const int first = std::max(static_cast<int>(std::ceil(left - 0.5)), 0);
    const int end = std::min(static_cast<int>(std::ceil(right - 0.5)), image.width);
    for (int x = first; x < end; ++x) {
      const std::uint8_t* p = image.row(y) + 3 * static_cast<std::ptrdiff_t>(x);
      ++histogram[static_cast<std::size_t>(std::lround(0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]))];
      ++pixels;
    }
  }
  if (pixels == 0) return {0, 0, 0.5};
  Exposure out;
  for (int level = 0; level < 256; ++level) {
    const double share = static_cast<double>(histogram[level]) / static_cast<double>(pixels);
    out.mean += share * level / 255;
    if (level <= kDarkest) out.dark += share;
    if (level >= kBrightest) out.bright += share;
  }
  return out;
}

template <double Exposure::*Part>
class ExposureComponent final : public QualityComponent {
 public:
  explicit ExposureComponent(const Resources& /*none*/) {}
  const char* unit() const override { return "share"; }
  QualityValue measure(const Image& image, const Face& face) const override {
    const double native = exposure(image, face).*Part;
    const char* map = Part == &Exposure::dark     ? "UnderExposurePrevention"
                      : Part == &Exposure::bright ? "OverExposurePrevention"
                                                  : "LuminanceMean";
    return {native, static_cast<double>(ofiq_quality(map, native).value())};
  }
};

const Registration<QualityComponent, ExposureComponent<&Exposure::dark>> kUnderExposure{
    "under_exposure", "share of the face's pixels that are nearly black"};
const Registration<QualityComponent, ExposureComponent<&Exposure::bright>> kOverExposure{
    "over_exposure", "share of the face's pixels that are nearly white"};
const Registration<QualityComponent, ExposureComponent<&Exposure::mean>> kLuminance{
    "luminance_mean", "mean brightness of the face"};

}  // namespace
}  // namespace kyc
