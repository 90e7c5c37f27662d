// What the tests of image/ share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/image/image.h"
#include "kyc/testing/refusal.h"

namespace kyc {

using Bytes = std::vector<std::uint8_t>;

inline const std::filesystem::path kVectors = std::filesystem::path(KYC_SOURCE_DIR) / "../shared/vectors";

inline Image noise_image(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image image = make_image(width, height);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random());
  return image;
}

// Soft waves of colour: what lossy formats keep.
inline Image smooth_image(int width, int height) {
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.row(y)[x * 3 + c] =
            static_cast<std::uint8_t>(128 + 100 * std::sin((c + 1) * x * 0.05 + y * 0.07 + c));
  return image;
}

inline int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  if (a.pixels.size() != b.pixels.size()) return 255;
  int most = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

// A TIFF header and one directory with the orientation, as EXIF data is.
inline Bytes exif_with_orientation(int orientation, bool big_endian = true) {
  const auto value = static_cast<std::uint8_t>(orientation);
  if (big_endian)
    return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
  return {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0};
}

}  // namespace kyc
