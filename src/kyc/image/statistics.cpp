#include "kyc/image/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr int kSharpnessSize = 112;
constexpr int kMaxReduction = 8;

float luma(const std::uint8_t* rgb) {
  return 0.299F * static_cast<float>(rgb[0]) + 0.587F * static_cast<float>(rgb[1]) +
         0.114F * static_cast<float>(rgb[2]);
}

Box inside(const Image& image, const Box& box, const char* what) {
  const float left = std::max(box.x, 0.0F);
  const float top = std::max(box.y, 0.0F);
  const float right = std::min(box.right(), static_cast<float>(image.width));
  const float bottom = std::min(box.bottom(), static_cast<float>(image.height));
  if (!(right > left) || !(bottom > top))
    throw Error(ErrorCode::InvalidArgument,
                std::string(what) + ": the box has no part inside of the image of " +
                    std::to_string(image.width) + " x " + std::to_string(image.height));
  return {left, top, right - left, bottom - top};
}

// A linear crop alone would skip pixels of a large face, and tell noise from sharpness even less.
Image averaged_crop(const Image& image, const Box& box) {
  const float reduction = std::min(box.width, box.height) / static_cast<float>(kSharpnessSize);
  const int factor =
      static_cast<int>(std::clamp(std::round(reduction), 1.0F, static_cast<float>(kMaxReduction)));
  const Image large = crop(image, box, kSharpnessSize * factor, kSharpnessSize * factor);
  return resize(large, kSharpnessSize, kSharpnessSize, Interpolation::Area);
}

}  // namespace

double sharpness(const Image& image, const Box& box) {
  const Image part = averaged_crop(image, inside(image, box, "sharpness"));
  std::vector<float> lumas;
  lumas.reserve(static_cast<std::size_t>(kSharpnessSize) * kSharpnessSize);
  for (std::size_t i = 0; i < part.pixels.size(); i += 3) lumas.push_back(luma(part.pixels.data() + i));
  double sum = 0;
  double squares = 0;
  for (int y = 1; y + 1 < kSharpnessSize; ++y) {
    for (int x = 1; x + 1 < kSharpnessSize; ++x) {
      const float* p = lumas.data() + y * kSharpnessSize + x;
      const double laplacian = p[-kSharpnessSize] + p[kSharpnessSize] + p[-1] + p[1] - 4 * p[0];
      sum += laplacian;
      squares += laplacian * laplacian;
    }
  }
  constexpr double kCount = (kSharpnessSize - 2) * (kSharpnessSize - 2);
  const double mean = sum / kCount;
  return std::max(squares / kCount - mean * mean, 0.0);
}

double mean_luma(const Image& image, const Box& box) {
  const Box part = inside(image, box, "mean_luma");
  const int left = std::min(static_cast<int>(std::ceil(part.x - 0.5F)), image.width - 1);
  const int top = std::min(static_cast<int>(std::ceil(part.y - 0.5F)), image.height - 1);
  // A part thinner than a pixel may hold no centre: then the nearest pixel stands for it.
  const int right = std::max(static_cast<int>(std::ceil(part.right() - 0.5F)), left + 1);
  const int bottom = std::max(static_cast<int>(std::ceil(part.bottom() - 0.5F)), top + 1);
  double sum = 0;
  for (int y = top; y < bottom; ++y) {
    const std::uint8_t* row = image.row(y);
    for (int x = left; x < right; ++x) sum += luma(row + static_cast<std::ptrdiff_t>(x) * 3);
  }
  return sum / (static_cast<double>(right - left) * (bottom - top));
}

double mean_absolute_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height)
    throw Error(ErrorCode::InvalidArgument,
                "mean_absolute_difference: expected two images of one size, got " + std::to_string(a.width) +
                    " x " + std::to_string(a.height) + " and " + std::to_string(b.width) + " x " +
                    std::to_string(b.height));
  std::uint64_t sum = 0;
  for (int y = 0; y < a.height; ++y) {
    const std::uint8_t* p = a.row(y);
    const std::uint8_t* q = b.row(y);
    int row = 0;  // 65,535 x 3 x 255 fits
    for (int i = 0; i < a.width * 3; ++i) row += std::abs(p[i] - q[i]);
    sum += static_cast<std::uint64_t>(row);
  }
  return static_cast<double>(sum) / static_cast<double>(a.pixels.size());
}

}  // namespace kyc
