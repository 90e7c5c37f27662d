// What only attack detectors ask of a manifest entry: its key "detection". Entries that have it can be run by
// one piece of code: cut, normalise, run, squash.
#pragma once

#include <optional>
#include <string>

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"

namespace kyc {

// The network eats a square around the face and says one number, the logit of an attack:
// attack score = sigmoid(logit). Of a clip, the mean of its frames' scores counts.
struct DetectionCrop {
  float margin = 1.3F;  // side of the square over the longer side of the face's box (FaceForensics++: 1.3)
};

// Nothing: the entry has no such key, its detector is a file of its own.
// throws  Error{NotFound}, Error{Corrupt} as ModelManifest's constructor
std::optional<DetectionCrop> detection_crop(const ModelManifest& manifest, const std::string& name);

// The square around the centre of the face's box.
Box square_around(const Box& face, float margin);

// The part of the image under the square box, side x side pixels, black outside of the image. A larger part
// is averaged, so that nothing aliases: sampled at a whole multiple of `side` that loses no pixel, then
// averaged down. square  not empty; side > 0
Image cut_square(const Image& image, const Box& square, int side);

// 1 / (1 + exp(-logit)), without overflow.
double sigmoid(double logit);

}  // namespace kyc
