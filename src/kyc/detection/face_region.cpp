#include "kyc/detection/face_region.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr float kForehead = 0.55F;  // above the brows, in heights of brows to chin's middle: to the hairline

// Fills the three planes from an image of the region's size.
void fill(FaceRegion& region, const Image& image, int left, int top, int width, int height) {
  region.luma = make_plane(width, height);
  region.blue = make_plane(width, height);
  region.red = make_plane(width, height);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = image.row(top + y) + static_cast<std::ptrdiff_t>(left) * 3;
    for (int x = 0; x < width; ++x) {
      const auto r = static_cast<float>(row[3 * x]);
      const auto g = static_cast<float>(row[3 * x + 1]);
      const auto b = static_cast<float>(row[3 * x + 2]);
      const float luma = 0.299F * r + 0.587F * g + 0.114F * b;
      region.luma.at(x, y) = luma;
      region.blue.at(x, y) = 128 + 0.564F * (b - luma);
      region.red.at(x, y) = 128 + 0.713F * (r - luma);
    }
  }
}

}  // namespace

Plane make_plane(int width, int height) {
  return {
      width, height, std::vector<float>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
}

std::optional<FaceRegion> face_region(
    const FaceFrame& frame, float margin, int min_side, int max_side, RegionFit fit) {
  const Box& face = frame.face.detection.box;
  float side = std::max(face.width, face.height) * margin;
  if (fit == RegionFit::Cut) side = std::min(side, static_cast<float>(max_side));
  const Point center = face.center();
  const int left = std::max(0, static_cast<int>(std::lround(center.x - side / 2)));
  const int top = std::max(0, static_cast<int>(std::lround(center.y - side / 2)));
  const int right = std::min(frame.image.width, static_cast<int>(std::lround(center.x + side / 2)));
  const int bottom = std::min(frame.image.height, static_cast<int>(std::lround(center.y + side / 2)));
  const int width = right - left;
  const int height = bottom - top;
  if (width < min_side || height < min_side) return std::nullopt;
  FaceRegion out;
  out.area = {static_cast<float>(left),
              static_cast<float>(top),
              static_cast<float>(width),
              static_cast<float>(height)};
  const int longer = std::max(width, height);
  if (fit == RegionFit::Cut || longer <= max_side) {
    fill(out, frame.image, left, top, width, height);
    return out;
  }
  out.scale = static_cast<float>(max_side) / static_cast<float>(longer);
  Image part = make_image(width, height);
  for (int y = 0; y < height; ++y)
    std::copy_n(frame.image.row(top + y) + static_cast<std::ptrdiff_t>(left) * 3, width * 3, part.row(y));
  const int w = std::max(1, static_cast<int>(std::lround(static_cast<float>(width) * out.scale)));
  const int h = std::max(1, static_cast<int>(std::lround(static_cast<float>(height) * out.scale)));
  fill(out, resize(part, w, h, Interpolation::Area), 0, 0, w, h);
  return out;
}

Point FaceOutline::point(int angle, float share) const {
  const double turn = 2 * std::numbers::pi * angle / kOutlineAngles;
  const float r = radius[static_cast<std::size_t>(angle)] * share;
  return {center.x + r * static_cast<float>(std::cos(turn)),
          center.y + r * static_cast<float>(std::sin(turn))};
}

FaceOutline face_outline(const Face& face, const FaceRegion& region) {
  std::vector<Point> points;
  Point brows;
  for (std::size_t i = 0; i < 27; ++i) points.push_back(region.to_region(face.landmarks[i]));
  for (std::size_t i = 17; i < 27; ++i) brows = {brows.x + points[i].x / 10, brows.y + points[i].y / 10};
  const Point nose = region.to_region(face.landmarks[33]);
  for (std::size_t i = 17; i < 27; ++i)  // the forehead, as far above the brows as the nose's length allows
    points.push_back(
        {points[i].x + kForehead * (brows.x - nose.x), points[i].y + kForehead * (brows.y - nose.y)});
  FaceOutline out;
  for (const Point& p : points) {
    out.center.x += p.x / static_cast<float>(points.size());
    out.center.y += p.y / static_cast<float>(points.size());
  }
  // The support function of the convex hull would need its edges; the farthest crossing with any chord of two
  // points is the same thing.
  for (int angle = 0; angle < kOutlineAngles; ++angle) {
    const double turn = 2 * std::numbers::pi * angle / kOutlineAngles;
    const auto dx = static_cast<float>(std::cos(turn));
    const auto dy = static_cast<float>(std::sin(turn));
    float farthest = 1;
    for (std::size_t i = 0; i < points.size(); ++i)
      for (std::size_t j = i + 1; j < points.size(); ++j) {
        const float ax = points[i].x - out.center.x;
        const float ay = points[i].y - out.center.y;
        const float bx = points[j].x - points[i].x;
        const float by = points[j].y - points[i].y;
        const float cross = dx * by - dy * bx;
        if (std::abs(cross) < 1e-6F) continue;
        const float along = (ax * by - ay * bx) / cross;
        const float at = (ax * dy - ay * dx) / cross;
        if (at >= 0 && at <= 1 && along > farthest) farthest = along;
      }
    out.radius.push_back(farthest);
  }
  return out;
}

Plane face_radius(const Face& face, const FaceRegion& region) {
  const FaceOutline outline = face_outline(face, region);
  Plane out = make_plane(region.luma.width, region.luma.height);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const float dx = static_cast<float>(x) + 0.5F - outline.center.x;
      const float dy = static_cast<float>(y) + 0.5F - outline.center.y;
      const float turn = std::atan2(dy, dx) / (2 * std::numbers::pi_v<float>);
      const float at = (turn < 0 ? turn + 1 : turn) * kOutlineAngles;
      const int below = static_cast<int>(at) % kOutlineAngles;
      const float share = at - std::floor(at);
      const float radius = outline.radius[static_cast<std::size_t>(below)] * (1 - share) +
                           outline.radius[static_cast<std::size_t>((below + 1) % kOutlineAngles)] * share;
      out.at(x, y) = std::hypot(dx, dy) / radius;
    }
  return out;
}

}  // namespace kyc
