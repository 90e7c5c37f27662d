// Internal to attack/: the skin of one portrait, unrolled.
#pragma once

#include <vector>

#include "kyc/face/dense_mesh.h"
#include "kyc/image/image.h"

namespace kyc {

struct FaceAtlas {
  Image image;
  std::vector<Point> points;  // kDensePoints, in `image`
  float eye_distance = 0;     // of the face, in texels
};

// Unrolls the portrait's face from a cylinder around the average head. What the portrait does not show,
// because the head is turned, comes from the other half of the face, mirrored. mesh  of the face in `image`
FaceAtlas make_atlas(const Image& image, const DensePoints& mesh);

}  // namespace kyc
