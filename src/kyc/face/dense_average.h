// Internal to face/: the table behind DenseTopology::average.
#pragma once

#include <array>
#include <cstdint>

#include "kyc/face/dense_mesh.h"

namespace kyc {

extern const std::array<std::array<std::int16_t, 3>, kDensePoints> kDenseAverage;

}  // namespace kyc
