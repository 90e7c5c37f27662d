// How well a frame shows a face for comparison: only for choosing among the frames of one clip.
#pragma once

#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

// 0..1, higher = better: the product of how frontal, sharp, large, well lit and open-eyed the face is.
// Comparable between frames of one clip only; not a quality in the sense of ISO/IEC 29794-5.
double frame_quality(const Image& image, const Face& face);

}  // namespace kyc
