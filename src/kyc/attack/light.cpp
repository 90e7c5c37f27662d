#include "kyc/attack/light.h"

#include <algorithm>
#include <cmath>

namespace kyc {
namespace {

constexpr int kCodeSteps = 4096;

double code_of(double light) {
  const double value = light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
  return 255 * value;
}

// sRGB is steep near black: the table runs over the square root of the light.
const std::array<std::uint8_t, kCodeSteps + 1>& codes() {
  static const std::array<std::uint8_t, kCodeSteps + 1> table = [] {
    std::array<std::uint8_t, kCodeSteps + 1> out{};
    for (int i = 0; i <= kCodeSteps; ++i) {
      const double root = static_cast<double>(i) / kCodeSteps;
      out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(std::lround(code_of(root * root)));
    }
    return out;
  }();
  return table;
}

// One pass of a sliding mean over `count` pixels that lie `stride` values apart.
void slide(const float* from, float* to, int count, std::ptrdiff_t stride, int radius) {
  const float share = 1 / static_cast<float>(2 * radius + 1);
  const auto at = [&](int i) { return from[std::clamp(i, 0, count - 1) * stride]; };
  float sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += at(i);
  for (int i = 0; i < count; ++i) {
    to[i * stride] = sum * share;
    sum += at(i + radius + 1) - at(i - radius);
  }
}

// Up to this deviation a Gaussian is worth its cost.
constexpr double kExact = 4;

std::vector<float> gaussian(double deviation) {
  const int radius = static_cast<int>(std::ceil(3.5 * deviation));
  std::vector<float> kernel;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    kernel.push_back(static_cast<float>(std::exp(-i * i / (2 * deviation * deviation))));
    sum += kernel.back();
  }
  for (float& value : kernel) value = static_cast<float>(value / sum);
  return kernel;
}

void convolve(
    const float* from, float* to, int count, std::ptrdiff_t stride, const std::vector<float>& kernel) {
  const int radius = static_cast<int>(kernel.size() / 2);
  for (int i = 0; i < count; ++i) {
    float sum = 0;
    if (i >= radius && i + radius < count) {
      const float* p = from + (i - radius) * stride;
      for (const float weight : kernel) {
        sum += weight * *p;
        p += stride;
      }
    } else {
      for (int k = -radius; k <= radius; ++k)
        sum += kernel[static_cast<std::size_t>(k + radius)] * from[std::clamp(i + k, 0, count - 1) * stride];
    }
    to[i * stride] = sum;
  }
}

}  // namespace

const std::array<float, 256>& light_of_code() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double code = static_cast<double>(i) / 255;
      out[i] = static_cast<float>(code <= 0.04045 ? code / 12.92 : std::pow((code + 0.055) / 1.055, 2.4));
    }
    return out;
  }();
  return table;
}

std::uint8_t code_of_light(float light) {
  const float root = std::sqrt(std::clamp(light, 0.0F, 1.0F));
  return codes()[static_cast<std::size_t>(root * kCodeSteps + 0.5F)];
}

LightImage make_light_image(int width, int height) {
  return {width,
          height,
          std::vector<float>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
}

LightImage light_of(const Image& image) {
  LightImage out = make_light_image(image.width, image.height);
  const auto& table = light_of_code();
  std::transform(image.pixels.begin(), image.pixels.end(), out.values.begin(), [&](std::uint8_t code) {
    return table[code];
  });
  return out;
}

void blur(LightImage& image, double deviation) {
  const std::ptrdiff_t line = static_cast<std::ptrdiff_t>(image.width) * 3;
  std::vector<float> other(image.values.size());
  if (deviation <= kExact) {
    const std::vector<float> kernel = gaussian(deviation);
    for (int y = 0; y < image.height; ++y)
      for (int c = 0; c < 3; ++c)
        convolve(image.row(y) + c, other.data() + y * line + c, image.width, 3, kernel);
    for (std::ptrdiff_t x = 0; x < line; ++x)
      convolve(other.data() + x, image.values.data() + x, image.height, line, kernel);
    return;
  }
  // Three means of 2 r + 1 pixels have the variance r (r + 1).
  const int radius = static_cast<int>(std::lround((std::sqrt(1 + 4 * deviation * deviation) - 1) / 2));
  for (int pass = 0; pass < 3; ++pass) {
    for (int y = 0; y < image.height; ++y)
      for (int c = 0; c < 3; ++c)
        slide(image.row(y) + c, other.data() + y * line + c, image.width, 3, radius);
    for (std::ptrdiff_t x = 0; x < line; ++x)
      slide(other.data() + x, image.values.data() + x, image.height, line, radius);
  }
}

Light sample(const LightImage& image, double x, double y) {
  const double px = std::clamp(x - 0.5, 0.0, static_cast<double>(image.width - 1));
  const double py = std::clamp(y - 0.5, 0.0, static_cast<double>(image.height - 1));
  const int ix = std::min(static_cast<int>(px), std::max(image.width - 2, 0));
  const int iy = std::min(static_cast<int>(py), std::max(image.height - 2, 0));
  const auto fx = static_cast<float>(px - ix);
  const auto fy = static_cast<float>(py - iy);
  const float* upper = image.row(iy) + static_cast<std::ptrdiff_t>(ix) * 3;
  const float* lower = image.row(std::min(iy + 1, image.height - 1)) + static_cast<std::ptrdiff_t>(ix) * 3;
  const std::ptrdiff_t next = image.width > 1 ? 3 : 0;
  Light out{};
  for (std::size_t c = 0; c < 3; ++c) {
    const auto i = static_cast<std::ptrdiff_t>(c);
    const float above = upper[i] + fx * (upper[i + next] - upper[i]);
    const float below = lower[i] + fx * (lower[i + next] - lower[i]);
    out[c] = above + fy * (below - above);
  }
  return out;
}

}  // namespace kyc
