#include "kyc/attack/face_crop.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// All count pixel centres as whole numbers; see in_crop().
constexpr FivePoints kArcFace{{{38.2946F, 51.6963F},
                               {73.5318F, 51.5014F},
                               {56.0252F, 71.7366F},
                               {41.5493F, 92.3655F},
                               {70.7299F, 92.2041F}}};
constexpr FivePoints kFfhq{{{192.98138F, 239.94708F},
                            {318.90277F, 240.1936F},
                            {256.63416F, 314.01935F},
                            {201.26117F, 371.41043F},
                            {313.08905F, 371.15118F}}};
// From the full profile that looks to the image's left to the one that looks right, of 112 x 112.
constexpr std::array<FivePoints, 5> kSimSwap{
    {{{{51.642F, 50.115F}, {57.617F, 49.990F}, {35.740F, 69.007F}, {51.157F, 89.050F}, {57.025F, 89.702F}}},
     {{{45.031F, 50.118F}, {65.568F, 50.872F}, {39.677F, 68.111F}, {45.177F, 86.190F}, {64.246F, 86.758F}}},
     {{{39.730F, 51.138F}, {72.270F, 51.138F}, {56.000F, 68.493F}, {42.463F, 87.010F}, {69.537F, 87.010F}}},
     {{{46.845F, 50.872F}, {67.382F, 50.118F}, {72.737F, 68.111F}, {48.167F, 86.758F}, {67.236F, 86.190F}}},
     {{{54.796F, 49.990F}, {60.771F, 50.115F}, {76.673F, 69.007F}, {55.388F, 89.702F}, {61.257F, 89.050F}}}}};

// Reference points of a crop of `reference` pixels, moved right by `shift`, in a crop of `size` pixels and in
// the coordinates of geometry.h, whose pixel centres lie at halves.
FivePoints in_crop(const FivePoints& points, float shift, float reference, int size) {
  const float factor = static_cast<float>(size) / reference;
  FivePoints out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {(points[i].x + shift) * factor + 0.5F, points[i].y * factor + 0.5F};
  return out;
}

double misfit(const Similarity& s, const FivePoints& from, const FivePoints& to) {
  double sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Point p = s(from[i]);
    sum += std::hypot(p.x - to[i].x, p.y - to[i].y);
  }
  return sum;
}

Similarity best_of_simswap(const FivePoints& points, int size) {
  double least = std::numeric_limits<double>::infinity();
  Similarity best;
  for (const FivePoints& reference : kSimSwap) {
    const FivePoints to = in_crop(reference, 0, 112, size);
    const Similarity s = fit_similarity(points, to);
    const double sum = misfit(s, points, to);
    if (sum < least) {
      least = sum;
      best = s;
    }
  }
  return best;
}

Mask make_mask(int size) {
  return {
      size, size, std::vector<std::uint8_t>(static_cast<std::size_t>(size) * static_cast<std::size_t>(size))};
}

// 0 at distance 0 of the border, 1 from `width` on, without a kink.
float faded(float distance, float width) {
  const float t = std::clamp(distance / width, 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

// Distance of p to the polygon's border; > 0 inside.
float inside_by(const std::vector<Point>& polygon, Point p) {
  bool inside = false;
  float nearest = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
    const Point a = polygon[i];
    const Point b = polygon[j];
    if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x) inside = !inside;
    const float dx = b.x - a.x;
    const float dy = b.y - a.y;
    const float length = dx * dx + dy * dy;
    const float t =
        length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0F, 1.0F) : 0.0F;
    nearest = std::min(nearest, std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy));
  }
  return inside ? nearest : -nearest;
}

// The four pixels around a place of the crop, and their weights.
struct Taps {
  int x, y;      // of the upper left one
  float fx, fy;  // towards the lower right one
};

}  // namespace

Similarity crop_from_image(const FivePoints& points, const std::string& alignment, int size) {
  if (alignment == "arcface_112") return fit_similarity(points, in_crop(kArcFace, 0, 112, size));
  if (alignment == "arcface_128") return fit_similarity(points, in_crop(kArcFace, 8, 128, size));
  if (alignment == "ffhq_512") return fit_similarity(points, in_crop(kFfhq, 0, 512, size));
  if (alignment == "simswap_112") return best_of_simswap(points, size);
  throw Error(
      ErrorCode::InvalidArgument,
      "alignment: expected arcface_112, arcface_128, simswap_112 or ffhq_512, got '" + alignment + "'");
}

Mask box_mask(int size, double feather) {
  Mask mask = make_mask(size);
  const auto width = static_cast<float>(feather * size);
  const auto border = [&](int i) { return static_cast<float>(std::min(i, size - 1 - i)) + 0.5F; };
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      mask.row(y)[x] =
          static_cast<std::uint8_t>(std::lround(255 * faded(border(x), width) * faded(border(y), width)));
  return mask;
}

Mask face_mask(const Landmarks68& landmarks, int size) {
  std::vector<Point> outline(landmarks.begin(), landmarks.begin() + 17);
  // Brows from right to left, raised: foreheads are part of the face.
  for (std::size_t i = 26; i >= 17; --i) {
    const Point eye = i <= 21 ? landmarks[36 + (i - 17) * 3 / 4] : landmarks[42 + (i - 22) * 3 / 4];
    outline.push_back({landmarks[i].x, landmarks[i].y - 0.5F * std::max(eye.y - landmarks[i].y, 0.0F)});
  }
  Mask mask = make_mask(size);
  const auto width = 0.06F * static_cast<float>(size);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const Point p{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
      const float border =
          std::min({p.x, p.y, static_cast<float>(size) - p.x, static_cast<float>(size) - p.y});
      mask.row(y)[x] = static_cast<std::uint8_t>(
          std::lround(255 * faded(inside_by(outline, p), width) * faded(border, width)));
    }
  return mask;
}

void paste_back(
    Image& image, Mask& changed, const Image& crop, const Mask& mask, const Similarity& crop_from_image) {
  assert(crop.width == mask.width && crop.height == mask.height);
  assert(changed.width == image.width && changed.height == image.height);
  const Similarity back = inverse(crop_from_image);
  float left = std::numeric_limits<float>::infinity();
  float top = left;
  float right = -left;
  float bottom = -left;
  for (const int x : {0, crop.width})
    for (const int y : {0, crop.height}) {
      const Point p = back({static_cast<float>(x), static_cast<float>(y)});
      left = std::min(left, p.x), right = std::max(right, p.x);
      top = std::min(top, p.y), bottom = std::max(bottom, p.y);
    }
  const auto whole = [](float value, int most) {
    return static_cast<int>(std::clamp(value, 0.0F, static_cast<float>(most)));
  };
  for (int y = whole(std::floor(top), image.height); y < whole(std::ceil(bottom), image.height); ++y)
    for (int x = whole(std::floor(left), image.width); x < whole(std::ceil(right), image.width); ++x) {
      const Point p = crop_from_image({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F});
      const float px = p.x - 0.5F;
      const float py = p.y - 0.5F;
      if (px < 0 || py < 0 || px > static_cast<float>(crop.width - 1) ||
          py > static_cast<float>(crop.height - 1))
        continue;
      const int ix = std::min(static_cast<int>(px), crop.width - 2);
      const int iy = std::min(static_cast<int>(py), crop.height - 2);
      const Taps taps{ix, iy, px - static_cast<float>(ix), py - static_cast<float>(iy)};
      const auto bilinear = [&](const std::uint8_t* upper, const std::uint8_t* lower, int next) {
        const auto mix = [](float a, float b, float t) { return a + t * (b - a); };
        return mix(mix(upper[0], upper[next], taps.fx), mix(lower[0], lower[next], taps.fx), taps.fy);
      };
      const float share = bilinear(mask.row(taps.y) + taps.x, mask.row(taps.y + 1) + taps.x, 1) / 255;
      if (share <= 0) continue;
      std::uint8_t* to = image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
      for (int c = 0; c < 3; ++c) {
        const float value = bilinear(crop.row(taps.y) + static_cast<std::ptrdiff_t>(taps.x) * 3 + c,
                                     crop.row(taps.y + 1) + static_cast<std::ptrdiff_t>(taps.x) * 3 + c,
                                     3);
        to[c] = static_cast<std::uint8_t>(
            std::lround(static_cast<float>(to[c]) + share * (value - static_cast<float>(to[c]))));
      }
      std::uint8_t& mark = changed.row(y)[x];
      mark = std::max(mark, static_cast<std::uint8_t>(std::lround(255 * share)));
    }
}

}  // namespace kyc
