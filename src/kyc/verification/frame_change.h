// How much the face changes from one analysed frame to the next: nothing in a still picture that is repeated
// as a clip.
#pragma once

#include <vector>

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

// The luma of an image, averaged down so that camera and compression noise largely cancel out.
struct LumaThumbnail {
  int width = 0;
  int height = 0;
  float scale = 1;          // thumbnail pixels per image pixel
  std::vector<float> luma;  // [height, width], 0..255
};

// At most 160 pixels wide or high.
LumaThumbnail luma_thumbnail(const Image& image);

// Mean absolute difference of luma (0..255) under `face` (a box in the full image). Thumbnails of different
// size are wholly different: 255.
double mean_change(const LumaThumbnail& before, const LumaThumbnail& after, const Box& face);

}  // namespace kyc
