#include "kyc/training/self_blend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kyc/attack/face_shape.h"
#include "kyc/attack/raster.h"
#include "kyc/image/transform.h"
#include "kyc/training/planes.h"

namespace kyc {
namespace {

// Which points' hull is blended: the face with or without forehead, without the jaw, eyes and nose, or
// without brows.
std::vector<Point> region(const Landmarks68& landmarks, Random& random) {
  const std::vector<Point> shape = with_forehead(landmarks);
  const auto part = [&](std::ptrdiff_t first, std::ptrdiff_t last) {
    return std::vector<Point>(shape.begin() + first, shape.begin() + last);
  };
  switch (random.index(5)) {
    case 0:
      return convex_hull(shape);
    case 1:
      return convex_hull(part(0, 68));
    case 2:
      return convex_hull(part(17, 68));
    case 3: {
      std::vector<Point> points = part(17, 48);  // brows, nose, eyes
      points.push_back(shape[2]);
      points.push_back(shape[14]);
      return convex_hull(points);
    }
    default: {
      std::vector<Point> points = part(0, 17);  // jaw
      const std::vector<Point> eyes = part(27, 48);
      points.insert(points.end(), eyes.begin(), eyes.end());
      return convex_hull(points);
    }
  }
}

// Every point is moved by a smooth random field: a coarse grid of shifts, interpolated.
class ElasticField {
 public:
  ElasticField(int side, double strength, Random& random) : side_(static_cast<float>(side)) {
    for (auto& shift : shifts_)
      shift = {static_cast<float>(strength * random.normal()),
               static_cast<float>(strength * random.normal())};
  }
  Point operator()(Point p) const {
    const float u = std::clamp(p.x / side_, 0.0F, 0.999F) * (kCells - 1);
    const float v = std::clamp(p.y / side_, 0.0F, 0.999F) * (kCells - 1);
    const auto i = static_cast<std::size_t>(u);
    const auto j = static_cast<std::size_t>(v);
    const float s = u - static_cast<float>(i);
    const float t = v - static_cast<float>(j);
    const auto at = [&](std::size_t y, std::size_t x) { return shifts_[y * kCells + x]; };
    const auto mix = [&](float Point::*c) {
      return (1 - t) * ((1 - s) * at(j, i).*c + s * at(j, i + 1).*c) +
             t * ((1 - s) * at(j + 1, i).*c + s * at(j + 1, i + 1).*c);
    };
    return {p.x + mix(&Point::x), p.y + mix(&Point::y)};
  }

 private:
  static constexpr std::size_t kCells = 7;
  float side_;
  std::array<Point, kCells * kCells> shifts_{};
};

// The hull's border with points between its corners, so that it can bend.
std::vector<Point> bent(const std::vector<Point>& hull, const ElasticField& field) {
  constexpr int kBetween = 6;
  std::vector<Point> out;
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const Point a = hull[i];
    const Point b = hull[(i + 1) % hull.size()];
    for (int k = 0; k < kBetween; ++k) {
      const float t = static_cast<float>(k) / kBetween;
      out.push_back(field({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)}));
    }
  }
  return out;
}

// Blurred, shrunk to where the blur left everything, and blurred again: edges of all widths.
Mask soft_mask(const std::vector<Point>& outline, int side, Random& random) {
  const PixelBox box{0, 0, side, side};
  const float unit = static_cast<float>(side) / 224;  // the paper's crops are about that large
  Mask mask = blurred(polygon_mask(outline, box), unit * static_cast<float>(random.between(1, 5)));
  for (std::uint8_t& value : mask.values)
    if (value < 250) value = 0;
  mask = blurred(mask, unit * static_cast<float>(random.between(1, 7)));
  const std::uint8_t most = *std::max_element(mask.values.begin(), mask.values.end());
  if (most > 0)
    for (std::uint8_t& value : mask.values) value = static_cast<std::uint8_t>(value * 255 / most);
  return mask;
}

// Colours, then sharpness: one of the two pictures is altered so, the other stays.
Image altered(const Image& image, Random& random) {
  Image out =
      scaled_and_shifted(image, 1, random.between(-20, 20), random.between(-20, 20), random.between(-20, 20));
  out = hsv_shifted(
      std::move(out), random.between(-20, 20), random.between(-0.2, 0.2), random.between(-0.2, 0.2));
  const double shift = 255 * random.between(-0.1, 0.1);
  out = scaled_and_shifted(std::move(out), 1 + random.between(-0.1, 0.1), shift, shift, shift);
  if (random.chance(0.5)) return coarsened(out, random.chance(0.5) ? 0.5 : 0.25);
  return sharpened(out, random.between(0.2, 0.5) * 2);
}

// About the middle: larger or smaller by up to 5 %, moved by up to 3 % across and 1.5 % along.
Image moved(const Image& image, Random& random) {
  const auto side = static_cast<double>(image.width);
  const double scale = random.between(0.95, 1 / 0.95);
  const double x = side / 2 * (1 - scale) + side * random.between(-0.03, 0.03);
  const double y = side / 2 * (1 - scale) + side * random.between(-0.015, 0.015);
  return warp(image,
              {static_cast<float>(scale), 0, static_cast<float>(x), static_cast<float>(y)},
              image.width,
              image.height);
}

}  // namespace

Image self_blended(const Image& image, const Landmarks68& landmarks, Random random) {
  constexpr std::array<float, 6> kRatios = {0.25F, 0.5F, 0.75F, 1, 1, 1};  // the paper's
  const int side = image.width;
  const ElasticField field(side, 0.012 * side, random);
  const Mask mask = soft_mask(bent(region(landmarks, random), field), side, random);
  Image source = image;
  Image target = image;
  (random.chance(0.5) ? source : target) = altered(image, random);
  source = moved(source, random);
  const float ratio = kRatios[random.index(kRatios.size())];
  for (int y = 0; y < side; ++y) {
    const std::uint8_t* from = source.row(y);
    std::uint8_t* to = target.row(y);
    for (int x = 0; x < side; ++x) {
      const float share = ratio * static_cast<float>(mask.row(y)[x]) / 255;
      for (int c = 3 * x; c < 3 * x + 3; ++c)
        to[c] = static_cast<std::uint8_t>(share * static_cast<float>(from[c]) +
                                          (1 - share) * static_cast<float>(to[c]) + 0.5F);
    }
  }
  return target;
}

}  // namespace kyc
