#include "kyc/attack/face_atlas.h"

#include <algorithm>
#include <cmath>

#include "kyc/attack/head.h"
#include "kyc/attack/raster.h"

namespace kyc {
namespace {

constexpr float kLeastEyes = 40;  // texels: finer than small portraits, so that little is lost twice
constexpr float kMostEyes = 200;
constexpr float kFiner = 1.3F;  // texels to a pixel of the portrait
constexpr float kMargin = 4;    // texels around

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

float smooth_step(float low, float high, float value) {
  const float t = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
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
  for (Point& p : out.points) p = {p.x - left + kMargin, p.y - top + kMargin};
  const PixelBox box{0,
                     0,
                     static_cast<int>(std::ceil(right - left + 2 * kMargin)),
                     static_cast<int>(std::ceil(bottom - top + 2 * kMargin))};

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
  out.image = std::move(own.image);
  return out;
}

}  // namespace kyc
