// Light as it adds up: linear values, 0 black to 1 white, instead of sRGB's codes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kyc/image/image.h"

namespace kyc {

// Linear light of the 256 codes of sRGB (IEC 61966-2-1).
const std::array<float, 256>& light_of_code();

// The nearest code; what lies outside of 0..1 becomes 0 or 255.
std::uint8_t code_of_light(float light);

using Light = std::array<float, 3>;  // red, green, blue

// A picture in linear light.
struct LightImage {
  int width = 0;
  int height = 0;
  std::vector<float> values;  // [height, width, 3]

  const float* row(int y) const { return values.data() + static_cast<std::size_t>(y) * width * 3; }
  float* row(int y) { return values.data() + static_cast<std::size_t>(y) * width * 3; }
};

LightImage make_light_image(int width, int height);
LightImage light_of(const Image& image);

// In place: a Gaussian; above 4 pixels nearly one (means over a window, three times). Edges repeat.
// deviation  of the Gaussian, pixels, above 0
void blur(LightImage& image, double deviation);

// Bilinear; (x, y) as in geometry.h, edges repeat.
Light sample(const LightImage& image, double x, double y);

}  // namespace kyc
