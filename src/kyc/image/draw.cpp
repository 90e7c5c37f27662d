#include "kyc/image/draw.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr Color kRim{16, 16, 20};
constexpr float kRimWidth = 1;
constexpr float kRimOpacity = 0.8F;

void check_finite(float x, float y) {
  if (!std::isfinite(x) || !std::isfinite(y))
    throw Error(ErrorCode::InvalidArgument, "drawing: expected finite coordinates");
}

// The nearest whole number in [0, most].
int bounded(double value, int most) {
  return static_cast<int>(std::lround(std::clamp<double>(value, 0, most)));
}

void mix(std::uint8_t* pixel, Color color, double share) {
  const double rgb[3] = {double(color.red), double(color.green), double(color.blue)};
  for (int c = 0; c < 3; ++c)
    pixel[c] = static_cast<std::uint8_t>(pixel[c] + share * (rgb[c] - pixel[c]) + 0.5);
}

struct Segment {
  Point from;
  Point to;
};

// The segment with round ends; a pixel is covered as far as its centre lies inside, give or take half a
// pixel.
void stroke(Image& image, const Segment& segment, Color color, double radius, double opacity = 1) {
  const double x0 = segment.from.x;
  const double y0 = segment.from.y;
  const double dx = segment.to.x - x0;
  const double dy = segment.to.y - y0;
  const double squared_length = dx * dx + dy * dy;
  const double reach = radius + 1;
  const int top = bounded(std::min(y0, y0 + dy) - reach, image.height);
  const int bottom = bounded(std::max(y0, y0 + dy) + reach, image.height);
  for (int y = top; y < bottom; ++y) {
    // Only the part of the segment within reach of this row can cover its pixels.
    const double py = y + 0.5 - y0;
    const double first = dy == 0 ? 0 : std::clamp((py - std::copysign(reach, dy)) / dy, 0.0, 1.0);
    const double last = dy == 0 ? 1 : std::clamp((py + std::copysign(reach, dy)) / dy, 0.0, 1.0);
    const int left = bounded(x0 + std::min(first * dx, last * dx) - reach, image.width);
    const int right = bounded(x0 + std::max(first * dx, last * dx) + reach, image.width);
    std::uint8_t* row = image.row(y);
    for (int x = left; x < right; ++x) {
      const double px = x + 0.5 - x0;
      const double along =
          squared_length > 0 ? std::clamp((px * dx + py * dy) / squared_length, 0.0, 1.0) : 0;
      const double distance = std::hypot(px - along * dx, py - along * dy);
      const double cover = std::clamp(radius + 0.5 - distance, 0.0, 1.0);
      if (cover > 0) mix(row + static_cast<std::ptrdiff_t>(x) * 3, color, cover * opacity);
    }
  }
}

Image stroke_all(Image image, std::span<const Segment> segments, Color color, float radius) {
  for (const Segment& segment : segments) {
    check_finite(segment.from.x, segment.from.y);
    check_finite(segment.to.x, segment.to.y);
  }
  for (const Segment& segment : segments) stroke(image, segment, kRim, radius + kRimWidth, kRimOpacity);
  for (const Segment& segment : segments) stroke(image, segment, color, radius);
  return image;
}

}  // namespace

Image draw_line(Image image, Point from, Point to, Color color, float thickness) {
  const Segment segment{from, to};
  return stroke_all(std::move(image), {&segment, 1}, color, thickness / 2);
}

Image draw_rectangle(Image image, const Box& box, Color color, float thickness) {
  const Point corners[] = {
      {box.x, box.y}, {box.right(), box.y}, {box.right(), box.bottom()}, {box.x, box.bottom()}};
  const Segment sides[] = {
      {corners[0], corners[1]}, {corners[1], corners[2]}, {corners[2], corners[3]}, {corners[3], corners[0]}};
  return stroke_all(std::move(image), sides, color, thickness / 2);
}

Image draw_points(Image image, std::span<const Point> points, Color color, float radius) {
  std::vector<Segment> discs;
  for (const Point& point : points) discs.push_back({point, point});
  return stroke_all(std::move(image), discs, color, radius);
}

Image draw_panel(Image image, const Box& box, Color color, float opacity) {
  check_finite(box.x, box.y);
  check_finite(box.right(), box.bottom());
  const int left = bounded(box.x, image.width);
  const int right = bounded(box.right(), image.width);
  const double share = std::clamp(opacity, 0.0F, 1.0F);
  for (int y = bounded(box.y, image.height); y < bounded(box.bottom(), image.height); ++y)
    for (int x = left; x < right; ++x) mix(image.row(y) + static_cast<std::ptrdiff_t>(x) * 3, color, share);
  return image;
}

Image paste(Image image, const Image& picture, int x, int y) {
  const int left = std::max(x, 0);
  const int right = static_cast<int>(std::min<std::int64_t>(std::int64_t{x} + picture.width, image.width));
  const int top = std::max(y, 0);
  const int bottom = static_cast<int>(std::min<std::int64_t>(std::int64_t{y} + picture.height, image.height));
  if (left >= right) return image;
  for (int row = top; row < bottom; ++row) {
    const std::uint8_t* source = picture.row(row - y) + static_cast<std::ptrdiff_t>(left - x) * 3;
    std::copy_n(source, (right - left) * 3, image.row(row) + static_cast<std::ptrdiff_t>(left) * 3);
  }
  return image;
}

}  // namespace kyc
