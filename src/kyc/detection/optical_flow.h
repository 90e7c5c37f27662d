// Where what one picture shows lies in another. Internal to detection/.
//
// T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016,
// without the variational refinement: small patches looked for from coarse to fine, each pixel a mean of the
// patches over it that fit it best.
#pragma once

#include <vector>

#include "kyc/detection/face_region.h"

namespace kyc {

// What is at (x, y) in the first picture is at (x + dx, y + dy) in the second. In pixels.
struct Flow {
  Plane dx;
  Plane dy;
};

// Two pictures of equal size, values of 0..255. A change of brightness by a constant does not matter. Where
// there is no texture, the movement of what is around.
Flow optical_flow(const Plane& from, const Plane& to);

// Bilinear; beyond the edge the edge's value.
float sampled(const Plane& plane, float x, float y);

}  // namespace kyc
