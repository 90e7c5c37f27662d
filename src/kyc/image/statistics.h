// Numbers that tell good frames from bad ones.
#pragma once

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

// Luma is 0.299 R + 0.587 G + 0.114 B of the stored values (BT.601), 0..255. Of a box, only the part inside
// of the image counts. throws  Error{InvalidArgument} if the box has no pixel inside of the image

// Variance of the Laplacian (4 neighbours) of luma, in squared grey levels, after the box was scaled to 112 x
// 112 with averaging. Higher is sharper; comparable only between pictures of the same scene: about 10 for a
// blurred face, some hundreds for a sharp one, and noise counts as sharpness.
double sharpness(const Image& image, const Box& box);

// Mean luma of the pixels whose centres lie in the box.
double mean_luma(const Image& image, const Box& box);

// Mean over all pixels and channels of |a - b|, 0..255.
// throws  Error{InvalidArgument} if the sizes differ
double mean_absolute_difference(const Image& a, const Image& b);

}  // namespace kyc
