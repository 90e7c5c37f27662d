// The triangles of the dense mesh: a Delaunay triangulation of the average face, with the rings among its
// edges.

#include <algorithm>
#include <cmath>

#include "kyc/face/delaunay.h"
#include "kyc/face/dense_average.h"
#include "kyc/face/dense_mesh.h"

namespace kyc {
namespace {

using Ring = std::vector<std::uint16_t>;

// Which of MediaPipe's points lie on what.
const Ring kOval{10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
                 152, 148, 176, 149, 150, 136, 172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
const Ring kImageLeftEye{33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7};
const Ring kOuterLips{61,  185, 40,  39,  37,  0,  267, 269, 270, 409,
                      291, 375, 321, 405, 314, 17, 84,  181, 91,  146};
const Ring kInnerLips{78,  191, 80,  81,  82,  13, 312, 311, 310, 415,
                      308, 324, 318, 402, 317, 14, 87,  178, 88,  95};

DensePoints average_points() {
  constexpr float kUnit = 1e-4F;
  DensePoints out;
  for (std::size_t i = 0; i < kDensePoints; ++i)
    out[i] = {kUnit * kDenseAverage[i][0], kUnit * kDenseAverage[i][1], kUnit * kDenseAverage[i][2]};
  return out;
}

// The average face is symmetric to the last digit, so mirrored points are found exactly.
std::array<std::uint16_t, kDensePoints> mirror_pairs() {
  std::array<std::uint16_t, kDensePoints> out{};
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const auto& p = kDenseAverage[i];
    const std::array<std::int16_t, 3> wanted{static_cast<std::int16_t>(-p[0]), p[1], p[2]};
    out[i] = static_cast<std::uint16_t>(std::find(kDenseAverage.begin(), kDenseAverage.end(), wanted) -
                                        kDenseAverage.begin());
  }
  return out;
}

Ring mirrored_ring(const Ring& ring, const std::array<std::uint16_t, kDensePoints>& mirrored) {
  Ring out;
  for (const std::uint16_t i : ring) out.push_back(mirrored[i]);
  std::reverse(out.begin() + 1, out.end());  // clockwise again
  return out;
}

// The face rolled off a sphere around the middle of the head: the sides are as wide as they are, not as they
// are seen, so no triangle becomes a sliver there.
std::array<Point, kDensePoints> rolled_off(const DensePoints& points) {
  constexpr Point3 kCentre{0, 0.35F, 0.75F};
  std::array<Point, kDensePoints> out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const float x = points[i].x - kCentre.x;
    const float y = points[i].y - kCentre.y;
    const float ahead = kCentre.z - points[i].z;
    out[i] = {std::atan2(x, ahead), std::atan2(y, std::hypot(x, ahead))};
  }
  return out;
}

bool inside(Point p, const Ring& ring, const std::array<Point, kDensePoints>& points) {
  bool in = false;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point a = points[ring[i]];
    const Point b = points[ring[(i + 1) % ring.size()]];
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) * (b.x - a.x) / (b.y - a.y)) in = !in;
  }
  return in;
}

DenseTopology make_topology() {
  DenseTopology out;
  out.average = average_points();
  out.mirrored = mirror_pairs();
  out.oval = kOval;
  out.image_left_eye = kImageLeftEye;
  out.image_right_eye = mirrored_ring(kImageLeftEye, out.mirrored);
  out.outer_lips = kOuterLips;
  out.inner_lips = kInnerLips;
  const auto flat = rolled_off(out.average);
  std::vector<std::array<std::uint16_t, 2>> edges;
  for (const Ring* ring : {&out.oval, &out.image_left_eye, &out.image_right_eye, &out.inner_lips})
    for (std::size_t i = 0; i < ring->size(); ++i)
      edges.push_back({(*ring)[i], (*ring)[(i + 1) % ring->size()]});
  for (const Triangle& t : delaunay(flat, edges)) {
    const Point centre{(flat[t[0]].x + flat[t[1]].x + flat[t[2]].x) / 3,
                       (flat[t[0]].y + flat[t[1]].y + flat[t[2]].y) / 3};
    if (!inside(centre, out.oval, flat)) continue;
    if (inside(centre, out.image_left_eye, flat))
      out.image_left_eye_opening.push_back(t);
    else if (inside(centre, out.image_right_eye, flat))
      out.image_right_eye_opening.push_back(t);
    else if (inside(centre, out.inner_lips, flat))
      out.mouth_opening.push_back(t);
    else
      out.triangles.push_back(t);
  }
  return out;
}

Point middle_of_ring(const DensePoints& points, const Ring& ring) {
  Point sum;
  for (const std::uint16_t i : ring) sum = {sum.x + points[i].x, sum.y + points[i].y};
  const auto count = static_cast<float>(ring.size());
  return {sum.x / count, sum.y / count};
}

}  // namespace

const DenseTopology& dense_topology() {
  static const DenseTopology made = make_topology();
  return made;
}

FivePoints five_points(const DensePoints& points) {
  const auto at = [&](std::size_t i) { return Point{points[i].x, points[i].y}; };
  const DenseTopology& topology = dense_topology();
  return {middle_of_ring(points, topology.image_left_eye),
          middle_of_ring(points, topology.image_right_eye),
          at(1),
          at(61),
          at(291)};
}

}  // namespace kyc
