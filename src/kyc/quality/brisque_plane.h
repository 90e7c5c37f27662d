// Luma planes as OpenCV makes them, to the last bit: inside of quality/ only.
#pragma once

#include <cstddef>
#include <vector>

#include "kyc/image/image.h"

namespace kyc {

struct LumaPlane {
  int width = 0;
  int height = 0;
  std::vector<float> values;  // [height, width], 0..1

  const float* row(int y) const { return values.data() + static_cast<std::size_t>(y) * width; }
  float* row(int y) { return values.data() + static_cast<std::size_t>(y) * width; }
};

// BT.601 luma, rounded to 8 bit, divided by 255.
LumaPlane luma_plane(const Image& image);

// Bicubic (A = -0.75), without averaging, to half the size rounded down. Both sides >= 4.
LumaPlane half_size(const LumaPlane& plane);

}  // namespace kyc
