// Internal to attack/: the dense mesh as a body in space.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "kyc/face/dense_mesh.h"
#include "kyc/face/pose.h"

namespace kyc {

// x' = scale * rotation * x + shift
struct Placement {
  Rotation rotation{1, 0, 0, 0, 1, 0, 0, 0, 1};
  double scale = 1;
  std::array<double, 3> shift{};

  Point3 operator()(const Point3& p) const;
  Point3 back(const Point3& p) const;      // the inverse
  Point3 turned(const Point3& d) const;    // of a difference: rotated and scaled
  Point3 unturned(const Point3& d) const;  // the inverse of that
};

// The rotation, scale and shift that take `from` to `to` with the least weighted sum of squared distances
// (Umeyama 1991, Horn 1987).
Placement fit_placement(const DensePoints& from, const DensePoints& to, std::span<const float> weights);

// How much each point tells about where the head is: 1 for bone (brow ridge, nose, temples), little for what
// moves (lips, lids, jaw).
const std::array<float, kDensePoints>& rigidity();

// Normals of unit length, out of the head; z < 0 faces the camera.
DensePoints normals_of(const DensePoints& points);

// Triangles farthest from the camera first: drawn in this order, what is nearer covers what is behind.
std::vector<Triangle> far_to_near(const DensePoints& points, std::span<const Triangle> triangles);

std::vector<Point> flat(const DensePoints& points);

// The distance of the eyes in pixels that the head would show from the front.
float size_of(const DensePoints& points);

// Skin and openings together.
const std::vector<Triangle>& all_triangles();

// Means over neighbours along edges, `rounds` times.
void smooth_over_mesh(DensePoints& values, int rounds);

}  // namespace kyc
