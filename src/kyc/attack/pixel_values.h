// Internal to attack/: arithmetic on pixel values and shares.
#pragma once

#include <algorithm>
#include <cstdint>

namespace kyc {

// The nearest value that a pixel can have.
inline std::uint8_t pixel_value(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

// 0 up to low, 1 from high on, without a corner anywhere.
inline float smooth_step(float low, float high, float value) {
  const float t = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

}  // namespace kyc
