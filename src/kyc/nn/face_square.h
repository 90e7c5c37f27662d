// The square around a face that attack detectors look at: cut the same way in training and in use.
#pragma once

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

// About the centre of the face's box; its side is `margin` times the longer side of the box.
Box square_around(const Box& face, float margin);

// The part of the image under the square box, side x side pixels, black outside of the image. A larger part is
// averaged, so that nothing aliases: sampled at a whole multiple of `side` that loses no pixel, then averaged
// down.
// square  not empty; side > 0
Image cut_square(const Image& image, const Box& square, int side);

}  // namespace kyc
