#include "kyc/attack/restore_region.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kyc {
namespace {

// Whole pixels [left, right) x [top, bottom).
struct Rectangle {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

std::optional<Rectangle> inside(const Rectangle& r, const Image& image) {
  const Rectangle out{std::max(r.left, 0),
                      std::max(r.top, 0),
                      std::min(r.right, image.width),
                      std::min(r.bottom, image.height)};
  if (out.left >= out.right || out.top >= out.bottom) return std::nullopt;
  return out;
}

Rectangle grown(const Rectangle& r, int by) {
  return {r.left - by, r.top - by, r.right + by, r.bottom + by};
}

// The face from the hair to the chin, with its rim: an ellipse that fades over its outer fifth.
struct FaceEllipse {
  Point center;
  float radius_x;
  float radius_y;

  float share(int x, int y) const {
    const float dx = (static_cast<float>(x) + 0.5F - center.x) / radius_x;
    const float dy = (static_cast<float>(y) + 0.5F - center.y) / radius_y;
    return std::clamp((1 - std::sqrt(dx * dx + dy * dy)) / 0.2F, 0.0F, 1.0F);
  }
  Rectangle bounds() const {
    return {static_cast<int>(std::floor(center.x - radius_x)),
            static_cast<int>(std::floor(center.y - radius_y)),
            static_cast<int>(std::ceil(center.x + radius_x)),
            static_cast<int>(std::ceil(center.y + radius_y))};
  }
};

FaceEllipse ellipse_of(const Face& face) {
  const Box& box = face.detection.box;
  return {{box.center().x, box.center().y}, 0.72F * box.width, 0.72F * box.height};
}

std::optional<Rectangle> bounds_of(const Mask& mask) {
  Rectangle r{mask.width, mask.height, 0, 0};
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t* row = mask.row(y);
    for (int x = 0; x < mask.width; ++x)
      if (row[x] > 0)
        r = {std::min(r.left, x), std::min(r.top, y), std::max(r.right, x + 1), std::max(r.bottom, y + 1)};
  }
  if (r.left >= r.right) return std::nullopt;
  return r;
}

Image cut(const Image& image, const Rectangle& r) {
  Image out = make_image(r.right - r.left, r.bottom - r.top);
  for (int y = r.top; y < r.bottom; ++y) {
    const std::uint8_t* row = image.row(y);
    std::copy(row + static_cast<std::ptrdiff_t>(r.left) * 3,
              row + static_cast<std::ptrdiff_t>(r.right) * 3,
              out.row(y - r.top));
  }
  return out;
}

// image = image + share (restored - image) within `to`
template <typename Share>
void blend(
    Image& image, const Rectangle& to, const Image& restored, const Rectangle& from, const Share& share) {
  for (int y = to.top; y < to.bottom; ++y) {
    std::uint8_t* p = image.row(y) + static_cast<std::ptrdiff_t>(to.left) * 3;
    const std::uint8_t* q = restored.row(y - from.top) + static_cast<std::ptrdiff_t>(to.left - from.left) * 3;
    for (int x = to.left; x < to.right; ++x, p += 3, q += 3) {
      const float s = share(x, y);
      for (int c = 0; c < 3; ++c)
        p[c] = static_cast<std::uint8_t>(std::lround(
            static_cast<float>(p[c]) + s * (static_cast<float>(q[c]) - static_cast<float>(p[c]))));
    }
  }
}

}  // namespace

AttackOption where_option(const std::string& standard) {
  return {
      "where", standard, "face (frames without one are left alone), mask (what the attack changed) or whole"};
}

Image restore_where(Image image,
                    const RestoreFrame& frame,
                    const OptionValues& values,
                    int margin,
                    const std::function<Image(const Image& cut)>& restore) {
  std::string where = values.choice("where", {"face", "mask", "whole"});
  if (where == "whole") return restore(image);
  if (where == "face" && !frame.face) where = "mask";
  std::optional<Rectangle> to;
  if (where == "face") to = inside(ellipse_of(*frame.face).bounds(), image);
  if (where == "mask" && frame.mask && frame.mask->width == image.width && frame.mask->height == image.height)
    to = bounds_of(*frame.mask);
  if (!to) return image;
  const Rectangle from = *inside(grown(*to, margin), image);
  const Image restored = restore(cut(image, from));
  assert(restored.width == from.right - from.left && restored.height == from.bottom - from.top);
  if (where == "face") {
    const FaceEllipse ellipse = ellipse_of(*frame.face);
    blend(image, *to, restored, from, [&](int x, int y) { return ellipse.share(x, y); });
  } else {
    blend(image, *to, restored, from, [&](int x, int y) {
      return static_cast<float>(frame.mask->row(y)[x]) / 255;
    });
  }
  return image;
}

}  // namespace kyc
