// Self-blended images (K. Shiohara, T. Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR 2022):
// attacks made from bona fide pictures alone. A picture is blended with a slightly altered copy of itself
// inside of the face, which leaves what every blended forgery has (a seam, two grades of sharpness, two
// lights) and nothing else.
#pragma once

#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/training/random.h"

namespace kyc {

// landmarks  of the face, in pixels of `image`
// returns    of the same size; the same `random` gives the same picture
Image self_blended(const Image& image, const Landmarks68& landmarks, Random random);

}  // namespace kyc
