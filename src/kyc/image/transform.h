// Resizing, cropping, warping, turning. All take and give images in the coordinates of geometry.h.
#pragma once

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

enum class Interpolation {
  Linear,  // as OpenCV's INTER_LINEAR: what the networks here were trained on; aliases when shrinking much
  Area,    // average of the covered pixels: for pictures that people look at, when shrinking
};

Image resize(const Image& image, int width, int height, Interpolation interpolation = Interpolation::Linear);

// The part of `image` under `box`, scaled to width x height. What lies outside of the image is black.
// The box keeps its fractions: nothing is rounded to whole pixels.
Image crop(const Image& image, const Box& box, int width, int height);

// out(p) = image(inverse(to_output)(p)), bilinear, black outside.
Image warp(const Image& image, const Similarity& to_output, int width, int height);

enum class Turn { None, Clockwise90, Half, Counterclockwise90 };
Image turn(const Image& image, Turn turn);
Image mirror(const Image& image);  // left and right exchanged

}  // namespace kyc
