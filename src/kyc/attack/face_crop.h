// Faces brought to the reference points that networks were trained with, and back into the picture.
#pragma once

#include <string>

#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/image/mask.h"

namespace kyc {

// The similarity that takes a face's five points to the crop's.
// alignment  "arcface_112": ArcFace's points of 112 x 112, scaled to the crop
//            "arcface_128": those of 128 x 128 (the same, 8 pixels to the right), as inswapper has them
//            "simswap_112": of SimSwap's five sets (frontal, half and full profiles) the one that fits best
//            "ffhq_512": those of FFHQ's crops, as GFPGAN and BlendSwap have them
// size       of the crop, pixels
// throws     Error{InvalidArgument} for another alignment, or if all points coincide
Similarity crop_from_image(const FivePoints& points, const std::string& alignment, int size);

// What of a square crop is put back: 255 in the middle, fading to 0 at `feather` x size from the border.
Mask box_mask(int size, double feather = 0.12);

// The inside of the outline of jaw and brows (raised by half of the way from eyes to brows), soft-edged.
// landmarks  in the crop's pixels
Mask face_mask(const Landmarks68& landmarks, int size);

// Puts a crop back, where its mask says so; `changed` becomes at least what was put there, 0..255.
// crop, mask  of one size
void paste_back(
    Image& image, Mask& changed, const Image& crop, const Mask& mask, const Similarity& crop_from_image);

}  // namespace kyc
