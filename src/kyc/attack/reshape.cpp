#include "kyc/attack/reshape.h"

#include <algorithm>
#include <cmath>

#include "kyc/attack/raster.h"

namespace kyc {
namespace {

constexpr double kMemory = 3;           // s: how long the average looks back
constexpr float kReach = 1.7F;          // the outer ring, sizes of the outline around its middle
constexpr int kSmoothing = 3;           // rounds over the mesh
constexpr std::size_t kFieldRings = 3;  // between the outline and where nothing moves any more

DensePoints in_own_axes(const DensePoints& mesh, const Placement& placement) {
  DensePoints out;
  for (std::size_t i = 0; i < kDensePoints; ++i) out[i] = placement.back(mesh[i]);
  return out;
}

Placement placement_of(const DensePoints& mesh) {
  return fit_placement(dense_topology().average, mesh, rigidity());
}

// Lids and lips open and close by themselves: each moves up and down as a whole.
void keep_openings(DensePoints& difference) {
  const DenseTopology& topology = dense_topology();
  const auto together = [&](std::initializer_list<const std::vector<std::uint16_t>*> rings) {
    float sum = 0;
    float count = 0;
    for (const auto* ring : rings)
      for (const std::uint16_t i : *ring) {
        sum += difference[i].y;
        ++count;
      }
    for (const auto* ring : rings)
      for (const std::uint16_t i : *ring) difference[i].y = sum / count;
  };
  together({&topology.image_left_eye});
  together({&topology.image_right_eye});
  together({&topology.outer_lips, &topology.inner_lips});
}

}  // namespace

Reshaper::Reshaper(const DensePoints& source, float amount)
    : amount_(amount), source_(in_own_axes(source, placement_of(source))) {}

DensePoints Reshaper::reshape(const DensePoints& mesh, double time_s, Image& picture, Mask& mask) {
  if (amount_ <= 0) return mesh;
  const Placement placement = placement_of(mesh);
  DensePoints now = in_own_axes(mesh, placement);
  for (std::size_t i = 0; i < kDensePoints; ++i)
    now[i] = {source_[i].x - now[i].x, source_[i].y - now[i].y, source_[i].z - now[i].z};
  keep_openings(now);
  smooth_over_mesh(now, kSmoothing);
  const double gap_s = last_s_ ? std::max(0.0, time_s - *last_s_) : 0;
  last_s_ = time_s;
  known_s_ = std::min(kMemory, known_s_ + std::max(gap_s, 1e-3));
  const auto share = static_cast<float>(std::min(1.0, std::max(gap_s, 1e-3) / known_s_));
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    difference_[i].x += share * (now[i].x - difference_[i].x);
    difference_[i].y += share * (now[i].y - difference_[i].y);
    difference_[i].z += share * (now[i].z - difference_[i].z);
  }
  DensePoints out;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const Point3 moved = placement.turned(difference_[i]);
    out[i] = {mesh[i].x + amount_ * moved.x, mesh[i].y + amount_ * moved.y, mesh[i].z + amount_ * moved.z};
  }

  // The face, and rings around it that move less and less.
  const DenseTopology& topology = dense_topology();
  std::vector<Point> from = flat(mesh);
  std::vector<Point> to = flat(out);
  Point middle;
  for (const std::uint16_t i : topology.oval) {
    middle.x += mesh[i].x / static_cast<float>(topology.oval.size());
    middle.y += mesh[i].y / static_cast<float>(topology.oval.size());
  }
  std::vector<Triangle> around;
  std::vector<std::uint16_t> inner = topology.oval;
  for (std::size_t ring = 1; ring <= kFieldRings; ++ring) {
    const float t = static_cast<float>(ring) / kFieldRings;
    const float size = 1 + (kReach - 1) * t;
    const float still = (1 - t) * (1 - t);
    std::vector<std::uint16_t> outer;
    for (const std::uint16_t i : topology.oval) {
      outer.push_back(static_cast<std::uint16_t>(from.size()));
      const Point p{middle.x + size * (mesh[i].x - middle.x), middle.y + size * (mesh[i].y - middle.y)};
      from.push_back(p);
      to.push_back({p.x + still * (out[i].x - mesh[i].x), p.y + still * (out[i].y - mesh[i].y)});
    }
    for (std::size_t k = 0; k < inner.size(); ++k) {
      const std::size_t next = (k + 1) % inner.size();
      around.push_back({outer[k], outer[next], inner[k]});
      around.push_back({inner[k], outer[next], inner[next]});
    }
    inner = outer;
  }
  const PixelBox box = pixels_around(to, 1, picture.width, picture.height);
  if (box.width < 8 || box.height < 8) return out;
  Layer layer = make_layer(box);
  draw_triangles(picture, from, to, around, layer);
  draw_triangles(picture, from, to, far_to_near(out, all_triangles()), layer, true);
  for (int y = 0; y < box.height; ++y) {
    std::uint8_t* pixel = picture.row(box.y + y) + 3 * box.x;
    const std::uint8_t* warped = layer.image.row(y);
    const std::uint8_t* there = layer.mask.row(y);
    std::uint8_t* changed = mask.row(box.y + y) + box.x;
    for (int x = 0; x < box.width; ++x, pixel += 3, warped += 3) {
      if (there[x] == 0) continue;
      const int difference =
          std::abs(pixel[0] - warped[0]) + std::abs(pixel[1] - warped[1]) + std::abs(pixel[2] - warped[2]);
      if (difference == 0) continue;
      changed[x] = static_cast<std::uint8_t>(std::max<int>(changed[x], std::min(255, 4 * difference)));
      std::copy_n(warped, 3, pixel);
    }
  }
  return out;
}

}  // namespace kyc
