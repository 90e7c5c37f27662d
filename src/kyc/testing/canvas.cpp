#include "kyc/testing/canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace kyc {
namespace {

// 1 inside, 0 outside, smooth over `softness` around distance 0 (negative: inside).
float coverage_at(float distance, float softness) {
  const float t = std::clamp(0.5F - distance / std::max(softness, 1e-3F), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

float distance_to_segment(Point p, Point a, Point b) {
  const float dx = b.x - a.x, dy = b.y - a.y;
  const float length2 = dx * dx + dy * dy;
  const float t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0F, 1.0F) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

struct Range {
  int first;
  int last;
};

Range clipped(float from, float to, int limit) {
  return {std::clamp(static_cast<int>(std::floor(from)), 0, limit),
          std::clamp(static_cast<int>(std::ceil(to)), 0, limit)};
}

}  // namespace

Paint mixed(const Paint& a, const Paint& b, float share) {
  return {a.red + share * (b.red - a.red),
          a.green + share * (b.green - a.green),
          a.blue + share * (b.blue - a.blue),
          a.opacity + share * (b.opacity - a.opacity)};
}

Paint with_opacity(Paint paint, float opacity) {
  paint.opacity = opacity;
  return paint;
}

Canvas::Canvas(int width, int height, const Paint& upper, const Paint& lower)
    : width_(width),
      height_(height),
      rgb_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {
  for (int y = 0; y < height; ++y) {
    const Paint paint = mixed(upper, lower, static_cast<float>(y) / static_cast<float>(height));
    for (int x = 0; x < width; ++x) blend(x, y, paint, 1);
  }
}

void Canvas::blend(int x, int y, const Paint& paint, float coverage) {
  const float share = coverage * paint.opacity;
  float* p =
      &rgb_[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)) *
            3];
  p[0] += share * (paint.red - p[0]);
  p[1] += share * (paint.green - p[1]);
  p[2] += share * (paint.blue - p[2]);
}

void Canvas::ellipse(
    Point center, float radius_x, float radius_y, float angle, const Paint& paint, float softness) {
  const float reach = std::max(radius_x, radius_y) + softness;
  const Range columns = clipped(center.x - reach, center.x + reach, width_);
  const Range rows = clipped(center.y - reach, center.y + reach, height_);
  const float c = std::cos(angle), s = std::sin(angle);
  for (int y = rows.first; y < rows.last; ++y)
    for (int x = columns.first; x < columns.last; ++x) {
      const float dx = static_cast<float>(x) + 0.5F - center.x, dy = static_cast<float>(y) + 0.5F - center.y;
      const float u = (c * dx + s * dy) / radius_x, v = (-s * dx + c * dy) / radius_y;
      // First-order distance to the ellipse: value over gradient.
      const float r = std::hypot(u, v);
      const float gradient = std::hypot(u / radius_x, v / radius_y) / std::max(r, 1e-6F);
      const float distance = (r - 1) / std::max(gradient, 1e-6F);
      if (distance < softness) blend(x, y, paint, coverage_at(distance, softness));
    }
}

void Canvas::stroke(std::span<const Point> points, float thickness, const Paint& paint, float softness) {
  float left = points[0].x, right = left, upper = points[0].y, lower = upper;
  for (const Point& p : points) {
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    upper = std::min(upper, p.y);
    lower = std::max(lower, p.y);
  }
  const float reach = thickness / 2 + softness;
  const Range columns = clipped(left - reach, right + reach, width_);
  const Range rows = clipped(upper - reach, lower + reach, height_);
  for (int y = rows.first; y < rows.last; ++y)
    for (int x = columns.first; x < columns.last; ++x) {
      const Point p{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
      float distance = distance_to_segment(p, points[0], points[0]);
      for (std::size_t i = 1; i < points.size(); ++i)
        distance = std::min(distance, distance_to_segment(p, points[i - 1], points[i]));
      if (distance < reach) blend(x, y, paint, coverage_at(distance - thickness / 2, softness));
    }
}

Image Canvas::finish(std::uint64_t noise_seed, float amount) const {
  Image image = make_image(width_, height_);
  std::uint64_t state = noise_seed * 0x9E3779B97F4A7C15ULL + 1;
  for (std::size_t i = 0; i < rgb_.size(); ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const float noise = amount * (static_cast<float>(state >> 40) / static_cast<float>(1 << 24) - 0.5F) * 2;
    image.pixels[i] = static_cast<std::uint8_t>(std::clamp(rgb_[i] + noise + 0.5F, 0.0F, 255.0F));
  }
  return image;
}

}  // namespace kyc
