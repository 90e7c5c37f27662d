// One pass over a luma plane that gathers all that BRISQUE asks of it: inside of quality/ only.
#pragma once

#include <array>
#include <cstdint>

#include "kyc/quality/brisque_plane.h"

namespace kyc {

// Of the values of one map. Zeros count in neither class.
struct SignedMoments {
  std::uint64_t positive = 0;
  std::uint64_t negative = 0;
  double positive_squares = 0;  // sums
  double negative_squares = 0;
  double magnitudes = 0;
};

// Of the normalised luma (I - mu) / (sigma + 1 / 255), and of its products with the neighbour on the right,
// below, below on the right, and above on the right. mu and sigma: 7 x 7 Gaussian window, 7 / 6 wide.
std::array<SignedMoments, 5> brisque_moments(const LumaPlane& plane);

}  // namespace kyc
