// One value per pixel: which part of a picture is meant, or was changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kyc {

// Rows top to bottom, no padding. 0: not at all, 255: wholly.
struct Mask {
  int width = 0;                     // pixels
  int height = 0;                    // pixels
  std::vector<std::uint8_t> values;  // [height, width]

  bool operator==(const Mask&) const = default;

  const std::uint8_t* row(int y) const { return values.data() + static_cast<std::size_t>(y) * width; }
  std::uint8_t* row(int y) { return values.data() + static_cast<std::size_t>(y) * width; }
};

}  // namespace kyc
