#include "kyc/attack/texture.h"

#include <algorithm>
#include <cmath>

#include "kyc/attack/raster.h"
#include "kyc/image/transform.h"

namespace kyc {

FaceTexture::FaceTexture(const Image& image, const std::vector<Point>& points, float eye_distance)
    : eye_distance_(eye_distance) {
  const PixelBox box = pixels_around(points, eye_distance, image.width, image.height);
  const auto pixels = [](int value) { return static_cast<float>(value); };
  const bool inside = box.width > 0 && box.height > 0;
  const Box part = inside ? Box{pixels(box.x), pixels(box.y), pixels(box.width), pixels(box.height)}
                          : Box{0, 0, pixels(image.width), pixels(image.height)};
  full_.image = crop(image, part, static_cast<int>(part.width), static_cast<int>(part.height));
  full_.points = points;
  for (Point& p : full_.points) p = {p.x - part.x, p.y - part.y};
}

const FaceTexture::Level& FaceTexture::level_for(float eye_distance) {
  constexpr float kFiner = 1.25F;  // texels to a pixel
  constexpr float kChange = 1.5F;
  if (made_for_ > 0 && eye_distance < made_for_ * kChange && eye_distance > made_for_ / kChange)
    return level_;
  made_for_ = eye_distance;
  const float scale = std::min(1.0F, kFiner * eye_distance / std::max(1.0F, eye_distance_));
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<float>(side) * scale)));
  };
  const int width = scaled(full_.image.width);
  const int height = scaled(full_.image.height);
  const bool same = width == full_.image.width && height == full_.image.height;
  level_.image = same ? full_.image : resize(full_.image, width, height, Interpolation::Area);
  level_.points = full_.points;
  const float sx = static_cast<float>(width) / static_cast<float>(full_.image.width);
  const float sy = static_cast<float>(height) / static_cast<float>(full_.image.height);
  for (Point& p : level_.points) p = {p.x * sx, p.y * sy};
  return level_;
}

}  // namespace kyc
