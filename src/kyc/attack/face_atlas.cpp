#include "kyc/attack/face_atlas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "kyc/attack/head.h"
#include "kyc/attack/pixel_values.h"
#include "kyc/attack/raster.h"

namespace kyc {
namespace {

constexpr float kLeastEyes = 40;  // texels: finer than small portraits, so that little is lost twice
constexpr float kMostEyes = 200;
constexpr float kFiner = 1.3F;  // texels to a pixel of the portrait
constexpr int kMargin = 12;     // texels around: what a face five times smaller, drawn bilinearly, may reach

// Of the average head, in its units: angle around a vertical axis between the ears, and height.
std::vector<Point> unrolled() {
  const DensePoints& average = dense_topology().average;
  float back = -1e9F;
  for (const Point3& p : average) back = std::max(back, p.z);
  float front = 1e9F;
  for (const Point3& p : average) front = std::min(front, p.z);
  const float axis = back + 0.15F * (back - front);
  const float radius = 0.8F * (axis - front);
  std::vector<Point> out;
  for (const Point3& p : average) out.push_back({radius * std::atan2(p.x, axis - p.z), p.y});
  return out;
}

// Texels outside of the face take the mean of the neighbours that have a colour, ring by ring: whoever draws
// the rim of the face mixes it with what lies beyond, which else would be black.
void extend(Image& image, Mask known) {
  const int width = image.width;
  const int height = image.height;
  std::vector<std::size_t> ring;
  for (int pass = 0; pass < kMargin; ++pass) {
    ring.clear();
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        if (known.row(y)[x] != 0) continue;
        std::array<int, 3> sum{};
        int count = 0;
        for (int v = std::max(0, y - 1); v <= std::min(height - 1, y + 1); ++v)
          for (int u = std::max(0, x - 1); u <= std::min(width - 1, x + 1); ++u) {
            if (known.row(v)[u] == 0) continue;
            ++count;
            for (int c = 0; c < 3; ++c) sum[static_cast<std::size_t>(c)] += image.row(v)[3 * u + c];
          }
        if (count == 0) continue;
        for (int c = 0; c < 3; ++c)
          image.row(y)[3 * x + c] =
              static_cast<std::uint8_t>((sum[static_cast<std::size_t>(c)] + count / 2) / count);
        ring.push_back(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                       static_cast<std::size_t>(x));
      }
    for (const std::size_t i : ring) known.values[i] = 255;
  }
}

}  // namespace

FaceAtlas make_atlas(const Image& image, const DensePoints& mesh) {
  FaceAtlas out;
  out.eye_distance = std::clamp(kFiner * size_of(mesh), kLeastEyes, kMostEyes);
  const float texels = 1.42F * out.eye_distance;  // to a unit of the average head
  out.points = unrolled();
  float left = 1e9F;
  float top = 1e9F;
  float right = -1e9F;
  float bottom = -1e9F;
  for (Point& p : out.points) {
    p = {p.x * texels, p.y * texels};
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const auto margin = static_cast<float>(kMargin);
  for (Point& p : out.points) p = {p.x - left + margin, p.y - top + margin};
  const PixelBox box{0,
                     0,
                     static_cast<int>(std::ceil(right - left + 2 * margin)),
                     static_cast<int>(std::ceil(bottom - top + 2 * margin))};

  // How well the portrait shows each point, and the point on the other side of the face.
  const DensePoints normals = normals_of(mesh);
  const auto& mirrored = dense_topology().mirrored;
  std::vector<float> shown(kDensePoints);
  std::vector<float> other_shown(kDensePoints);
  std::vector<Point> other(kDensePoints);
  for (std::size_t i = 0; i < kDensePoints; ++i) shown[i] = smooth_step(0.1F, 0.5F, -normals[i].z);
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    other_shown[i] = shown[mirrored[i]];
    other[i] = {mesh[mirrored[i]].x, mesh[mirrored[i]].y};
  }
  Layer own = make_layer(box);
  draw_triangles(image, flat(mesh), out.points, all_triangles(), own);
  const Mask drawn = own.mask;
  draw_triangles(image, flat(mesh), out.points, all_triangles(), own, false, shown);
  Layer flipped = make_layer(box);
  draw_triangles(image, other, out.points, all_triangles(), flipped, false, other_shown);
  for (std::size_t i = 0; i < own.mask.values.size(); ++i) {
    const float first = static_cast<float>(own.mask.values[i]) / 255.0F;
    const float second = (1 - first) * static_cast<float>(flipped.mask.values[i]) / 255.0F;
    const float share = second / (first + second + 0.02F);
    for (std::size_t c = 0; c < 3; ++c) {
      std::uint8_t& value = own.image.pixels[3 * i + c];
      value = static_cast<std::uint8_t>(static_cast<float>(value) * (1 - share) +
                                        static_cast<float>(flipped.image.pixels[3 * i + c]) * share + 0.5F);
    }
  }
  extend(own.image, drawn);
  out.image = std::move(own.image);
  return out;
}

}  // namespace kyc
