// What goes into a network and comes out of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kyc {

// Dense float32, row-major, in PyTorch's axis order (batch, channel, row, column).
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> data;  // product of shape

  bool operator==(const Tensor&) const = default;
};

// All zero. Every dimension >= 0.
Tensor make_tensor(std::vector<std::int64_t> shape);

// Reverses the last axis: of pictures, left and right.
void mirror(Tensor& tensor);

// "[1, 3, 112, 112]"
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace kyc
