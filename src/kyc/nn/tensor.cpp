#include "kyc/nn/tensor.h"

#include <algorithm>
#include <cassert>

namespace kyc {

Tensor make_tensor(std::vector<std::int64_t> shape) {
  std::size_t size = 1;
  for (const std::int64_t dimension : shape) {
    assert(dimension >= 0);
    size *= static_cast<std::size_t>(dimension);
  }
  return {std::move(shape), std::vector<float>(size)};
}

void mirror(Tensor& tensor) {
  const auto width = static_cast<std::ptrdiff_t>(tensor.shape.back());
  if (width == 0) return;
  for (auto row = tensor.data.begin(); row != tensor.data.end(); row += width) std::reverse(row, row + width);
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace kyc
