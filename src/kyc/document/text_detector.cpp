#include "kyc/document/text_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

// As PaddleOCR sets them for this network (tools/infer/utility.py), but for the size, which there is 960.
constexpr int kLongSide = 1280;  // pixels; larger pictures are shrunk to it
constexpr int kMultiple = 32;    // the network halves the sides five times
constexpr float kText = 0.3F;    // a pixel of text
constexpr float kMinScore = 0.6F;
constexpr float kUnclip = 1.5F;  // the network was taught shrunken boxes
constexpr float kMinSide = 3;
constexpr std::size_t kMaxBoxes = 1000;

float cross(Point o, Point a, Point b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

// Andrew's monotone chain. points: sorted by x, then y.
std::vector<Point> convex_hull(const std::vector<Point>& points) {
  if (points.size() < 3) return points;
  std::vector<Point> hull;
  const auto extend = [&](Point p, std::size_t floor) {
    while (hull.size() >= floor + 2 && cross(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
    hull.push_back(p);
  };
  for (const Point p : points) extend(p, 0);
  const std::size_t lower = hull.size() - 1;
  for (std::size_t i = points.size() - 1; i-- > 0;) extend(points[i], lower);
  hull.pop_back();
  return hull;
}

// One side of the smallest rectangle around a convex polygon lies on one of its edges.
TextBox smallest_rectangle(const std::vector<Point>& hull) {
  TextBox best;
  float least = -1;
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const Point a = hull[i];
    const Point b = hull[(i + 1) % hull.size()];
    const float length = std::hypot(b.x - a.x, b.y - a.y);
    const float ux = length > 0 ? (b.x - a.x) / length : 1;
    const float uy = length > 0 ? (b.y - a.y) / length : 0;
    float u0 = 1e9F;
    float u1 = -1e9F;
    float v0 = 1e9F;
    float v1 = -1e9F;
    for (const Point p : hull) {
      const float u = p.x * ux + p.y * uy;
      const float v = -p.x * uy + p.y * ux;
      u0 = std::min(u0, u);
      u1 = std::max(u1, u);
      v0 = std::min(v0, v);
      v1 = std::max(v1, v);
    }
    const float area = (u1 - u0) * (v1 - v0);
    if (least >= 0 && area >= least) continue;
    least = area;
    const float u = (u0 + u1) / 2;
    const float v = (v0 + v1) / 2;
    best.center = {u * ux - v * uy, u * uy + v * ux};
    best.width = u1 - u0;
    best.height = v1 - v0;
    best.angle = std::atan2(uy, ux);
  }
  if (best.width < best.height) {
    std::swap(best.width, best.height);
    best.angle += std::numbers::pi_v<float> / 2;
  }
  while (best.angle > std::numbers::pi_v<float> / 2) best.angle -= std::numbers::pi_v<float>;
  while (best.angle <= -std::numbers::pi_v<float> / 2) best.angle += std::numbers::pi_v<float>;
  return best;
}

// Connected pixels of text (eight neighbours), with what is needed of them.
struct Region {
  std::vector<Point> corners;  // of the first and last pixel of each of its runs
  double sum = 0;              // of probabilities
  std::size_t count = 0;
};

class Regions {
 public:
  Regions(const std::vector<float>& map, int width, int height)
      : map_(map), width_(width), height_(height), seen_(map.size(), false) {}

  std::vector<Region> find() {
    std::vector<Region> out;
    for (int y = 0; y < height_ && out.size() < kMaxBoxes; ++y)
      for (int x = 0; x < width_ && out.size() < kMaxBoxes; ++x)
        if (is_new(x, y)) out.push_back(flood(x, y));
    return out;
  }

 private:
  std::size_t at(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }
  bool is_new(int x, int y) const {
    return x >= 0 && y >= 0 && x < width_ && y < height_ && !seen_[at(x, y)] && map_[at(x, y)] > kText;
  }
  bool is_text(int x, int y) const { return x >= 0 && x < width_ && map_[at(x, y)] > kText; }

  Region flood(int x, int y) {
    Region out;
    std::vector<std::array<int, 2>> open{{x, y}};
    seen_[at(x, y)] = true;
    while (!open.empty()) {
      const auto [px, py] = open.back();
      open.pop_back();
      out.sum += map_[at(px, py)];
      ++out.count;
      // What lies inside of a row can not be a corner of the hull.
      if (!is_text(px - 1, py) || !is_text(px + 1, py))
        for (const int dx : {0, 1})
          for (const int dy : {0, 1})
            out.corners.push_back({static_cast<float>(px + dx), static_cast<float>(py + dy)});
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx)
          if (is_new(px + dx, py + dy)) {
            seen_[at(px + dx, py + dy)] = true;
            open.push_back({px + dx, py + dy});
          }
    }
    return out;
  }

  const std::vector<float>& map_;
  int width_;
  int height_;
  std::vector<bool> seen_;
};

int to_multiple(float side) {
  return std::max(kMultiple, kMultiple * static_cast<int>(std::lround(side / kMultiple)));
}

}  // namespace

std::vector<TextBox> text_boxes(const std::vector<float>& map, int width, int height) {
  std::vector<TextBox> out;
  for (Region& region : Regions(map, width, height).find()) {
    std::sort(region.corners.begin(), region.corners.end(), [](Point a, Point b) {
      return a.x != b.x ? a.x < b.x : a.y < b.y;
    });
    TextBox box = smallest_rectangle(convex_hull(region.corners));
    box.score = static_cast<float>(region.sum / static_cast<double>(region.count));
    if (box.score < kMinScore || box.height < kMinSide) continue;
    const float grow = kUnclip * box.width * box.height / (2 * (box.width + box.height));
    box.width += 2 * grow;
    box.height += 2 * grow;
    out.push_back(box);
  }
  return out;
}

TextDetector::TextDetector(const ModelManifest& models, const SessionOptions& options)
    : input_(models.entry("ocr_detect").inputs.at(0)), session_(models, "ocr_detect", options) {}

std::vector<TextBox> TextDetector::detect(const Image& image) const {
  const auto w = static_cast<float>(image.width);
  const auto h = static_cast<float>(image.height);
  const float shrink = std::min(1.0F, static_cast<float>(kLongSide) / std::max(w, h));
  const int width = to_multiple(w * shrink);
  const int height = to_multiple(h * shrink);
  ModelInput input = input_;
  input.shape = {1, 3, height, width};
  const Interpolation how = shrink < 1 ? Interpolation::Area : Interpolation::Linear;
  const Tensor map = session_.run(tensor_from_image(resize(image, width, height, how), input));
  std::vector<TextBox> boxes = text_boxes(map.data, width, height);
  // Sides are stretched a little, each by its own factor: lengths along and across the text by the factor of
  // theirs.
  const float sx = w / static_cast<float>(width);
  const float sy = h / static_cast<float>(height);
  for (TextBox& box : boxes) {
    const float ux = std::cos(box.angle) * sx;
    const float uy = std::sin(box.angle) * sy;
    box.center = {box.center.x * sx, box.center.y * sy};
    box.width *= std::hypot(ux, uy);
    box.height *= std::hypot(std::sin(box.angle) * sx, std::cos(box.angle) * sy);
    box.angle = std::atan(uy / ux);
  }
  return boxes;
}

}  // namespace kyc
