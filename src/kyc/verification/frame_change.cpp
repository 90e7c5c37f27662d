#include "kyc/verification/frame_change.h"

#include <algorithm>
#include <cmath>

#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr int kThumbnailSide = 160;

}  // namespace

LumaThumbnail luma_thumbnail(const Image& image) {
  const int longer = std::max(image.width, image.height);
  const float scale = std::min(1.0F, static_cast<float>(kThumbnailSide) / static_cast<float>(longer));
  LumaThumbnail out;
  out.scale = scale;
  out.width = std::max(1, static_cast<int>(std::lround(static_cast<float>(image.width) * scale)));
  out.height = std::max(1, static_cast<int>(std::lround(static_cast<float>(image.height) * scale)));
  const Image small = resize(image, out.width, out.height, Interpolation::Area);
  out.luma.reserve(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
  for (std::size_t i = 0; i + 2 < small.pixels.size(); i += 3)
    out.luma.push_back(0.299F * static_cast<float>(small.pixels[i]) +
                       0.587F * static_cast<float>(small.pixels[i + 1]) +
                       0.114F * static_cast<float>(small.pixels[i + 2]));
  return out;
}

double mean_change(const LumaThumbnail& before, const LumaThumbnail& after, const Box& face) {
  if (before.width != after.width || before.height != after.height) return 255;
  const int left = std::clamp(static_cast<int>(face.x * after.scale), 0, after.width - 1);
  const int top = std::clamp(static_cast<int>(face.y * after.scale), 0, after.height - 1);
  const int right =
      std::clamp(static_cast<int>(std::ceil(face.right() * after.scale)), left + 1, after.width);
  const int bottom =
      std::clamp(static_cast<int>(std::ceil(face.bottom() * after.scale)), top + 1, after.height);
  double sum = 0;
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) {
      const auto i =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(after.width) + static_cast<std::size_t>(x);
      sum += static_cast<double>(std::abs(after.luma[i] - before.luma[i]));
    }
  return sum / (static_cast<double>(right - left) * (bottom - top));
}

}  // namespace kyc
