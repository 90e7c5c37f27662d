#include "kyc/attack/head.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

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

std::array<double, 3> weighted_mean(const DensePoints& points, std::span<const float> weights) {
  std::array<double, 3> sum{};
  double total = 0;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const double w = weights[i];
    sum[0] += w * points[i].x;
    sum[1] += w * points[i].y;
    sum[2] += w * points[i].z;
    total += w;
  }
  for (double& value : sum) value /= total;
  return sum;
}

using Matrix4 = std::array<std::array<double, 4>, 4>;

struct Eigenpair {
  double value = 0;
  std::array<double, 4> vector{};  // of unit length
};

// Of a symmetric matrix, by Jacobi's rotations: each makes one pair of elements beside the diagonal 0, and
// what is left beside it shrinks quadratically.
Eigenpair largest_eigenpair(Matrix4 m) {
  constexpr int kMostSweeps = 32;  // five or six do
  Matrix4 vectors{};
  for (std::size_t i = 0; i < 4; ++i) vectors[i][i] = 1;
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool done = true;
    for (std::size_t p = 0; p < 4; ++p)
      for (std::size_t q = p + 1; q < 4; ++q) {
        if (std::abs(m[p][q]) <= 1e-17 * (std::abs(m[p][p]) + std::abs(m[q][q]))) continue;
        done = false;
        const double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
        const double t = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta);
        const double c = 1 / std::hypot(t, 1);
        const double s = t * c;
        for (std::size_t k = 0; k < 4; ++k) {
          const double left = m[k][p];
          const double right = m[k][q];
          m[k][p] = c * left - s * right;
          m[k][q] = s * left + c * right;
        }
        for (std::size_t k = 0; k < 4; ++k) {
          const double upper = m[p][k];
          const double lower = m[q][k];
          m[p][k] = c * upper - s * lower;
          m[q][k] = s * upper + c * lower;
        }
        m[p][q] = m[q][p] = 0;
        for (std::array<double, 4>& row : vectors) {
          const double left = row[p];
          row[p] = c * left - s * row[q];
          row[q] = s * left + c * row[q];
        }
      }
    if (done) break;
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < 4; ++i)
    if (m[i][i] > m[best][best]) best = i;
  return {m[best][best], {vectors[0][best], vectors[1][best], vectors[2][best], vectors[3][best]}};
}

// Real part first.
Rotation rotation_of_quaternion(const std::array<double, 4>& q) {
  const auto [w, x, y, z] = q;
  return {1 - 2 * (y * y + z * z),
          2 * (x * y - w * z),
          2 * (x * z + w * y),
          2 * (x * y + w * z),
          1 - 2 * (x * x + z * z),
          2 * (y * z - w * x),
          2 * (x * z - w * y),
          2 * (y * z + w * x),
          1 - 2 * (x * x + y * y)};
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

// The rotation is that of the unit quaternion in which a symmetric matrix of the correlations is largest
// (Horn 1987): never a mirror image, which a singular value decomposition has to rule out by itself.
Placement fit_placement(const DensePoints& from, const DensePoints& to, std::span<const float> weights) {
  const std::array<double, 3> a = weighted_mean(from, weights);
  const std::array<double, 3> b = weighted_mean(to, weights);
  std::array<double, 9> s{};  // s[3 i + j]: coordinate i of `from` with coordinate j of `to`
  double spread = 0;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const double w = weights[i];
    const std::array<double, 3> p{from[i].x - a[0], from[i].y - a[1], from[i].z - a[2]};
    const std::array<double, 3> q{to[i].x - b[0], to[i].y - b[1], to[i].z - b[2]};
    for (std::size_t r = 0; r < 3; ++r)
      for (std::size_t c = 0; c < 3; ++c) s[3 * r + c] += w * p[r] * q[c];
    spread += w * (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
  }
  const auto [correlation, q] =
      largest_eigenpair({{{s[0] + s[4] + s[8], s[5] - s[7], s[6] - s[2], s[1] - s[3]},
                          {s[5] - s[7], s[0] - s[4] - s[8], s[1] + s[3], s[6] + s[2]},
                          {s[6] - s[2], s[1] + s[3], s[4] - s[0] - s[8], s[5] + s[7]},
                          {s[1] - s[3], s[6] + s[2], s[5] + s[7], s[8] - s[0] - s[4]}}});
  Placement out;
  out.rotation = rotation_of_quaternion(q);
  out.scale = correlation / std::max(1e-12, spread);
  for (std::size_t r = 0; r < 3; ++r) {
    double turned = 0;
    for (std::size_t c = 0; c < 3; ++c) turned += out.rotation[3 * r + c] * a[c];
    out.shift[r] = b[r] - out.scale * turned;
  }
  return out;
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
