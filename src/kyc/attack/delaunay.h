// Internal to attack/: triangles between points.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "kyc/image/geometry.h"

namespace kyc {

using Triangle = std::array<int, 3>;  // indices of points

// The Delaunay triangulation of the points' convex hull (Bowyer 1981, Watson 1981), each triangle clockwise
// in the image. For some hundred points. Points that coincide with one before them are left out.
std::vector<Triangle> triangulate(std::span<const Point> points);

}  // namespace kyc
