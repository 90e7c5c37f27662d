#include "kyc/attack/head.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <opencv2/core.hpp>

#include "kyc/core/error.h"

namespace kyc {
namespace {

Point3 rotated(const Rotation& r, const Point3& p, bool transposed) {
  const auto at = [&](std::size_t row, std::size_t column) {
    return r[transposed ? 3 * column + row : 3 * row + column];
  };
  const std::array<double, 3> v{p.x, p.y, p.z};
  std::array<double, 3> out{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column) out[row] += at(row, column) * v[column];
  return {static_cast<float>(out[0]), static_cast<float>(out[1]), static_cast<float>(out[2])};
}

Point3 scaled(const Point3& p, double scale) {
  const auto s = static_cast<float>(scale);
  return {p.x * s, p.y * s, p.z * s};
}

std::array<float, kDensePoints> make_rigidity() {
  const DenseTopology& topology = dense_topology();
  std::array<float, kDensePoints> out{};
  // On the average face, distances in outer eye corners: everything that is not near a moving part counts.
  const auto near = [&](const std::vector<std::uint16_t>& ring, std::size_t i) {
    float least = 1e9F;
    for (const std::uint16_t k : ring) {
      const Point3& p = topology.average[k];
      const Point3& q = topology.average[i];
      least = std::min(least, std::hypot(p.x - q.x, p.y - q.y));
    }
    return least;
  };
  const float mouth = topology.average[13].y;
  const float nose = topology.average[1].y;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const Point3& p = topology.average[i];
    float weight = 1;
    if (near(topology.outer_lips, i) < 0.12F) weight = 0.05F;
    const float jaw = (p.y - nose) / (mouth - nose);  // 0 at the nose's tip, 1 at the mouth
    if (jaw > 0) weight *= std::max(0.05F, 1 - jaw);
    if (std::min(near(topology.image_left_eye, i), near(topology.image_right_eye, i)) < 0.04F) weight *= 0.3F;
    out[i] = weight;
  }
  return out;
}

std::vector<std::vector<std::uint16_t>> make_neighbours() {
  std::vector<std::set<std::uint16_t>> sets(kDensePoints);
  for (const Triangle& t : all_triangles())
    for (std::size_t e = 0; e < 3; ++e) {
      sets[t[e]].insert(t[(e + 1) % 3]);
      sets[t[(e + 1) % 3]].insert(t[e]);
    }
  std::vector<std::vector<std::uint16_t>> out;
  for (const auto& set : sets) out.emplace_back(set.begin(), set.end());
  return out;
}

}  // namespace

Point3 Placement::operator()(const Point3& p) const {
  const Point3 q = turned(p);
  return {q.x + static_cast<float>(shift[0]),
          q.y + static_cast<float>(shift[1]),
          q.z + static_cast<float>(shift[2])};
}
Point3 Placement::back(const Point3& p) const {
  return unturned({p.x - static_cast<float>(shift[0]),
                   p.y - static_cast<float>(shift[1]),
                   p.z - static_cast<float>(shift[2])});
}
Point3 Placement::turned(const Point3& d) const {
  return scaled(rotated(rotation, d, false), scale);
}
Point3 Placement::unturned(const Point3& d) const {
  return scaled(rotated(rotation, d, true), 1 / scale);
}

Placement fit_placement(const DensePoints& from, const DensePoints& to, std::span<const float> weights) {
  cv::Vec3d a(0, 0, 0);
  cv::Vec3d b(0, 0, 0);
  double total = 0;
  const auto vec = [](const Point3& p) { return cv::Vec3d(p.x, p.y, p.z); };
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const double w = weights[i];
    a += w * vec(from[i]);
    b += w * vec(to[i]);
    total += w;
  }
  a *= 1 / total;
  b *= 1 / total;
  cv::Matx33d covariance = cv::Matx33d::zeros();
  double spread = 0;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const double w = weights[i];
    const cv::Vec3d p = vec(from[i]) - a;
    const cv::Vec3d q = vec(to[i]) - b;
    covariance += w * (q * p.t());
    spread += w * p.dot(p);
  }
  try {
    cv::Vec3d s;
    cv::Matx33d u;
    cv::Matx33d vt;
    cv::SVD::compute(covariance, s, u, vt);
    cv::Matx33d sign = cv::Matx33d::eye();
    if (cv::determinant(u * vt) < 0) sign(2, 2) = -1;
    const cv::Matx33d r = u * sign * vt;
    Placement out;
    std::copy(r.val, r.val + 9, out.rotation.begin());
    out.scale = (s[0] + s[1] + sign(2, 2) * s[2]) / std::max(1e-12, spread);
    const cv::Vec3d t = b - out.scale * (r * a);
    out.shift = {t[0], t[1], t[2]};
    return out;
  } catch (const cv::Exception& error) {
    throw Error(ErrorCode::Internal, std::string("fit of a head: ") + error.what());
  }
}

const std::array<float, kDensePoints>& rigidity() {
  static const std::array<float, kDensePoints> made = make_rigidity();
  return made;
}

DensePoints normals_of(const DensePoints& points) {
  DensePoints sums{};
  for (const Triangle& t : all_triangles()) {
    const Point3& a = points[t[0]];
    const Point3& b = points[t[1]];
    const Point3& c = points[t[2]];
    const Point3 u{b.x - a.x, b.y - a.y, b.z - a.z};
    const Point3 v{c.x - a.x, c.y - a.y, c.z - a.z};
    // Clockwise in the image, z away from the camera: v x u points out of the head.
    const Point3 n{v.y * u.z - v.z * u.y, v.z * u.x - v.x * u.z, v.x * u.y - v.y * u.x};
    for (const std::uint16_t i : t) {
      sums[i].x += n.x;
      sums[i].y += n.y;
      sums[i].z += n.z;
    }
  }
  for (Point3& n : sums) {
    const float length = std::sqrt(n.x * n.x + n.y * n.y + n.z * n.z);
    if (length > 0) n = {n.x / length, n.y / length, n.z / length};
  }
  return sums;
}

std::vector<Triangle> far_to_near(const DensePoints& points, std::span<const Triangle> triangles) {
  std::vector<Triangle> out(triangles.begin(), triangles.end());
  const auto depth = [&](const Triangle& t) { return points[t[0]].z + points[t[1]].z + points[t[2]].z; };
  std::stable_sort(
      out.begin(), out.end(), [&](const Triangle& s, const Triangle& t) { return depth(s) > depth(t); });
  return out;
}

std::vector<Point> flat(const DensePoints& points) {
  std::vector<Point> out;
  out.reserve(points.size());
  for (const Point3& p : points) out.push_back({p.x, p.y});
  return out;
}

float size_of(const DensePoints& points) {
  // Outer corners of the eyes are 1.42 eye distances apart (Farkas 1994: 89 mm and 63 mm).
  return static_cast<float>(fit_placement(dense_topology().average, points, rigidity()).scale) / 1.42F;
}

const std::vector<Triangle>& all_triangles() {
  static const std::vector<Triangle> made = [] {
    const DenseTopology& topology = dense_topology();
    std::vector<Triangle> out = topology.triangles;
    for (const auto* part :
         {&topology.image_left_eye_opening, &topology.image_right_eye_opening, &topology.mouth_opening})
      out.insert(out.end(), part->begin(), part->end());
    return out;
  }();
  return made;
}

void smooth_over_mesh(DensePoints& values, int rounds) {
  static const std::vector<std::vector<std::uint16_t>> neighbours = make_neighbours();
  for (int round = 0; round < rounds; ++round) {
    const DensePoints before = values;
    for (std::size_t i = 0; i < kDensePoints; ++i) {
      Point3 sum = before[i];
      for (const std::uint16_t k : neighbours[i]) {
        sum.x += before[k].x;
        sum.y += before[k].y;
        sum.z += before[k].z;
      }
      const float count = 1 + static_cast<float>(neighbours[i].size());
      values[i] = {sum.x / count, sum.y / count, sum.z / count};
    }
  }
}

}  // namespace kyc
