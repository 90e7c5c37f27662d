#include "kyc/training/planes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kyc/image/transform.h"

namespace kyc {
namespace {

std::uint8_t pixel_of(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F) + 0.5F);
}

std::vector<float> kernel_of(double sigma) {
  const int reach = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<float> out;
  float sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    out.push_back(static_cast<float>(std::exp(-0.5 * i * i / (sigma * sigma))));
    sum += out.back();
  }
  for (float& weight : out) weight /= sum;
  return out;
}

struct Hsv {
  float hue;  // 0..6
  float saturation;
  float value;
};

Hsv hsv_of(float r, float g, float b) {
  const float most = std::max({r, g, b});
  const float least = std::min({r, g, b});
  const float range = most - least;
  float hue = 0;
  if (range > 0) {
    if (most == r)
      hue = (g - b) / range;
    else if (most == g)
      hue = 2 + (b - r) / range;
    else
      hue = 4 + (r - g) / range;
    if (hue < 0) hue += 6;
  }
  return {hue, most > 0 ? range / most : 0, most};
}

std::array<float, 3> rgb_of(const Hsv& hsv) {
  const auto channel = [&](float offset) {
    const float k = std::fmod(offset + hsv.hue, 6.0F);
    return hsv.value * (1 - hsv.saturation * std::clamp(std::min(k, 4 - k), 0.0F, 1.0F));
  };
  return {channel(5), channel(3), channel(1)};
}

using Matrix = std::array<std::array<double, 3>, 3>;

// Eigenvalues and eigenvectors (columns of `vectors`) of a symmetric matrix by Jacobi's rotations.
std::array<double, 3> eigen(Matrix m, Matrix& vectors) {
  vectors = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  for (int sweep = 0; sweep < 16; ++sweep)
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t q = p + 1; q < 3; ++q) {
        if (std::abs(m[p][q]) < 1e-12) continue;
        const double angle = 0.5 * std::atan2(2 * m[p][q], m[q][q] - m[p][p]);
        const double c = std::cos(angle);
        const double s = std::sin(angle);
        for (std::size_t k = 0; k < 3; ++k) {
          const double a = m[k][p];
          const double b = m[k][q];
          m[k][p] = c * a - s * b;
          m[k][q] = s * a + c * b;
        }
        for (std::size_t k = 0; k < 3; ++k) {
          const double a = m[p][k];
          const double b = m[q][k];
          m[p][k] = c * a - s * b;
          m[q][k] = s * a + c * b;
          const double v = vectors[k][p];
          const double w = vectors[k][q];
          vectors[k][p] = c * v - s * w;
          vectors[k][q] = s * v + c * w;
        }
      }
  return {m[0][0], m[1][1], m[2][2]};
}

Matrix covariance(const Image& image) {
  std::array<double, 3> sum{};
  Matrix squares{};
  const std::size_t count = image.pixels.size() / 3;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t a = 0; a < 3; ++a) {
      sum[a] += image.pixels[3 * i + a];
      for (std::size_t b = a; b < 3; ++b)
        squares[a][b] += static_cast<double>(image.pixels[3 * i + a]) * image.pixels[3 * i + b];
    }
  const auto n = static_cast<double>(count);
  Matrix out{};
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = a; b < 3; ++b) out[a][b] = out[b][a] = squares[a][b] / n - sum[a] / n * sum[b] / n;
  return out;
}

}  // namespace

Image gaussian_blurred(const Image& image, double sigma) {
  const std::vector<float> kernel = kernel_of(sigma);
  const int reach = static_cast<int>(kernel.size() / 2);
  const int width = image.width;
  const int height = image.height;
  const auto row_length = static_cast<std::size_t>(width) * 3;
  std::vector<float> wide(row_length * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    float* to = wide.data() + static_cast<std::size_t>(y) * row_length;
    for (int k = -reach; k <= reach; ++k) {
      const float weight = kernel[static_cast<std::size_t>(k + reach)];
      const std::uint8_t* from = image.row(std::clamp(y + k, 0, height - 1));
      for (std::size_t x = 0; x < row_length; ++x) to[x] += weight * from[x];
    }
  }
  Image out = make_image(width, height);
  std::vector<float> sums(row_length);
  for (int y = 0; y < height; ++y) {
    const float* from = wide.data() + static_cast<std::size_t>(y) * row_length;
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (int k = -reach; k <= reach; ++k) {
      const float weight = kernel[static_cast<std::size_t>(k + reach)];
      for (int x = 0; x < width; ++x) {
        const float* pixel = from + 3 * static_cast<std::ptrdiff_t>(std::clamp(x + k, 0, width - 1));
        float* sum = sums.data() + 3 * static_cast<std::ptrdiff_t>(x);
        for (int c = 0; c < 3; ++c) sum[c] += weight * pixel[c];
      }
    }
    for (std::size_t x = 0; x < row_length; ++x) out.row(y)[x] = pixel_of(sums[x]);
  }
  return out;
}

Image scaled_and_shifted(Image image, double contrast, double red, double green, double blue) {
  const auto factor = static_cast<float>(contrast);
  const std::array<float, 3> shift{
      static_cast<float>(red), static_cast<float>(green), static_cast<float>(blue)};
  for (std::size_t i = 0; i < image.pixels.size(); i += 3)
    for (std::size_t c = 0; c < 3; ++c)
      image.pixels[i + c] = pixel_of(static_cast<float>(image.pixels[i + c]) * factor + shift[c]);
  return image;
}

Image hsv_shifted(Image image, double hue, double saturation, double value) {
  const auto turn = static_cast<float>(hue / 60 + 6);
  const auto more = static_cast<float>(saturation);
  const auto lighter = static_cast<float>(255 * value);
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    Hsv hsv = hsv_of(image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]);
    hsv.hue = std::fmod(hsv.hue + turn, 6.0F);
    hsv.saturation =
        hsv.saturation > 0 ? std::clamp(hsv.saturation + more, 0.0F, 1.0F) : 0;  // grey stays grey
    hsv.value = std::clamp(hsv.value + lighter, 0.0F, 255.0F);
    const std::array<float, 3> rgb = rgb_of(hsv);
    for (std::size_t c = 0; c < 3; ++c) image.pixels[i + c] = pixel_of(rgb[c]);
  }
  return image;
}

Image fancy_pca(Image image, double deviation, Random& random) {
  Matrix axes;
  const std::array<double, 3> variances = eigen(covariance(image), axes);
  std::array<double, 3> shift{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double along = deviation * random.normal() * std::sqrt(std::max(variances[axis], 0.0));
    for (std::size_t c = 0; c < 3; ++c) shift[c] += along * axes[c][axis];
  }
  return scaled_and_shifted(std::move(image), 1, shift[0], shift[1], shift[2]);
}

Image sharpened(const Image& image, double amount) {
  const Image soft = gaussian_blurred(image, 1);
  Image out = image;
  const auto factor = static_cast<float>(amount);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) {
    const auto value = static_cast<float>(image.pixels[i]);
    out.pixels[i] = pixel_of(value + factor * (value - static_cast<float>(soft.pixels[i])));
  }
  return out;
}

Image coarsened(const Image& image, double factor) {
  const int width = std::max(1, static_cast<int>(std::lround(image.width * factor)));
  const int height = std::max(1, static_cast<int>(std::lround(image.height * factor)));
  return resize(resize(image, width, height, Interpolation::Area), image.width, image.height);
}

}  // namespace kyc
