// Delaunay triangulation of points in the plane.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kyc/image/geometry.h"

namespace kyc {

// Triangles as indices of `points`, clockwise as seen in the image (y down); together they cover the convex
// hull. Incremental (Bowyer 1981, Watson 1981): meant for hundreds of points. Of points that coincide, the
// first counts. Fewer than three, or all on a line: nothing.
//
// edges   pairs of points that must be joined (Sloan 1993: other edges are turned until they are); they must
//         not cross each other, nor run through a third point
// throws  Error{InvalidArgument} for more than 65535 points, one that is not finite, an edge that cannot be
std::vector<std::array<std::uint16_t, 3>> delaunay(std::span<const Point> points,
                                                   std::span<const std::array<std::uint16_t, 2>> edges = {});

}  // namespace kyc
