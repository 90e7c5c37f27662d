// The Image value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kyc {

// Interleaved 8-bit R, G, B (sRGB), rows top to bottom, no padding. A copy is a copy: pixels are never
// shared.
struct Image {
  int width = 0;                     // pixels
  int height = 0;                    // pixels
  std::vector<std::uint8_t> pixels;  // [height, width, 3]

  bool operator==(const Image&) const = default;

  const std::uint8_t* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * width * 3; }
  std::uint8_t* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * width * 3; }
};

// A black image. width, height > 0.
Image make_image(int width, int height);

}  // namespace kyc
