// Five points -> the aligned crop that recognition networks eat.
#pragma once

#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

inline constexpr int kAlignedSize = 112;  // pixels, both sides

// Eye centres, nose tip and mouth corners out of the 68 points.
FivePoints five_points(const Landmarks68& landmarks);

// Image -> aligned crop: the similarity that takes `points` to the reference points of ArcFace (insightface),
// fitted to all five points. (An affine map through three shears turned faces: measured to cost ten points of
// accuracy.) throws  Error{InvalidArgument} if all points coincide
Similarity aligned_from_image(const FivePoints& points);

// [112, 112] RGB, black where the crop reaches over the edge.
Image align_face(const Image& image, const FivePoints& points);

}  // namespace kyc
