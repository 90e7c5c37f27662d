#include "kyc/quality/similarity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr int kWindow = 11;
constexpr double kC1 = 0.01 * 255 * 0.01 * 255;
constexpr double kC2 = 0.03 * 255 * 0.03 * 255;
constexpr std::array<double, 5> kScaleWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr int kMinMultiScale = 161;  // 161, 81, 41, 21, 11

void expect_same_size(const char* what, const Image& a, const Image& b, int least) {
  if (a.width != b.width || a.height != b.height || a.width < least || a.height < least)
    throw Error(ErrorCode::InvalidArgument,
                std::string(what) + ": expected two pictures of one size, at least " + std::to_string(least) +
                    " pixels a side, got " + std::to_string(a.width) + " x " + std::to_string(a.height) +
                    " and " + std::to_string(b.width) + " x " + std::to_string(b.height));
}

double decibels(double mean_square) {
  if (mean_square == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(255.0 * 255.0 / mean_square);
}

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<double> values;

  const double* row(int y) const { return values.data() + static_cast<std::size_t>(y) * width; }
  double* row(int y) { return values.data() + static_cast<std::size_t>(y) * width; }
};

Plane make_plane(int width, int height) {
  return {width, height, std::vector<double>(static_cast<std::size_t>(width) * height)};
}

Plane luma_of(const Image& image) {
  Plane out = make_plane(image.width, image.height);
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.values[i] =
        0.299 * image.pixels[3 * i] + 0.587 * image.pixels[3 * i + 1] + 0.114 * image.pixels[3 * i + 2];
  return out;
}

// Means of 2 x 2; the last row and column stand twice where their number is odd.
Plane halved(const Plane& in) {
  Plane out = make_plane((in.width + 1) / 2, (in.height + 1) / 2);
  for (int y = 0; y < out.height; ++y) {
    const double* above = in.row(2 * y);
    const double* below = in.row(std::min(2 * y + 1, in.height - 1));
    for (int x = 0; x < out.width; ++x) {
      const int right = std::min(2 * x + 1, in.width - 1);
      out.row(y)[x] = (above[2 * x] + above[right] + below[2 * x] + below[right]) / 4;
    }
  }
  return out;
}

std::array<double, kWindow> window() {
  std::array<double, kWindow> out{};
  double sum = 0;
  for (int i = 0; i < kWindow; ++i) {
    const int distance = i - kWindow / 2;
    sum += out[static_cast<std::size_t>(i)] = std::exp(-distance * distance / (2 * 1.5 * 1.5));
  }
  for (double& weight : out) weight /= sum;
  return out;
}

// Windows wholly inside; rows of one quantity, filtered along x, that the filter along y still needs.
class FilteredRows {
 public:
  explicit FilteredRows(int width) : width_(width) {
    for (auto& row : rows_) row.resize(static_cast<std::size_t>(width));
  }

  // `in` has width + 10 values.
  void push(const double* in, const std::array<double, kWindow>& weights) {
    double* out = rows_[next_ % kWindow].data();
    std::fill_n(out, width_, 0.0);
    for (int k = 0; k < kWindow; ++k) {
      const double weight = weights[static_cast<std::size_t>(k)];
      for (int x = 0; x < width_; ++x) out[x] += weight * in[x + k];
    }
    ++next_;
  }

  // Of the last eleven rows.
  void filter(const std::array<double, kWindow>& weights, std::vector<double>& out) const {
    std::fill(out.begin(), out.end(), 0.0);
    for (std::size_t k = 0; k < kWindow; ++k) {
      const double* row = rows_[(next_ + k) % kWindow].data();
      const double weight = weights[k];
      for (int x = 0; x < width_; ++x) out[static_cast<std::size_t>(x)] += weight * row[x];
    }
  }

 private:
  int width_;
  std::size_t next_ = 0;
  std::array<std::vector<double>, kWindow> rows_;
};

struct Similarities {
  double whole = 0;      // luminance x contrast x structure
  double structure = 0;  // contrast x structure
};

// Means over all windows.
Similarities similarities(const Plane& a, const Plane& b) {
  static const std::array<double, kWindow> kWeights = window();
  const int width = a.width - kWindow + 1;
  const int height = a.height - kWindow + 1;
  const auto in_width = static_cast<std::size_t>(a.width);
  const auto out_width = static_cast<std::size_t>(width);
  // a, b, a^2, b^2, a b
  std::vector<FilteredRows> rows(5, FilteredRows(width));
  std::array<std::vector<double>, 5> means;
  for (auto& mean : means) mean.resize(out_width);
  std::vector<double> product(in_width);
  const auto push_product = [&](const double* p, const double* q, FilteredRows& to) {
    for (std::size_t x = 0; x < in_width; ++x) product[x] = p[x] * q[x];
    to.push(product.data(), kWeights);
  };
  Similarities sums;
  for (int y = 0; y < a.height; ++y) {
    rows[0].push(a.row(y), kWeights);
    rows[1].push(b.row(y), kWeights);
    push_product(a.row(y), a.row(y), rows[2]);
    push_product(b.row(y), b.row(y), rows[3]);
    push_product(a.row(y), b.row(y), rows[4]);
    if (y < kWindow - 1) continue;
    for (std::size_t i = 0; i < means.size(); ++i) rows[i].filter(kWeights, means[i]);
    for (std::size_t x = 0; x < out_width; ++x) {
      const double mean_a = means[0][x];
      const double mean_b = means[1][x];
      const double variance_a = means[2][x] - mean_a * mean_a;
      const double variance_b = means[3][x] - mean_b * mean_b;
      const double covariance = means[4][x] - mean_a * mean_b;
      const double structure = (2 * covariance + kC2) / (variance_a + variance_b + kC2);
      const double luminance = (2 * mean_a * mean_b + kC1) / (mean_a * mean_a + mean_b * mean_b + kC1);
      sums.structure += structure;
      sums.whole += luminance * structure;
    }
  }
  const double count = static_cast<double>(width) * height;
  return {sums.whole / count, sums.structure / count};
}

}  // namespace

double mean_squared_error(const Image& a, const Image& b) {
  expect_same_size("MSE", a, b, 1);
  std::uint64_t sum = 0;
  for (int y = 0; y < a.height; ++y) {
    const std::uint8_t* p = a.row(y);
    const std::uint8_t* q = b.row(y);
    for (int i = 0; i < a.width * 3; ++i) {
      const int difference = p[i] - q[i];
      sum += static_cast<std::uint64_t>(difference * difference);
    }
  }
  return static_cast<double>(sum) / static_cast<double>(a.pixels.size());
}

double psnr(const Image& a, const Image& b) {
  return decibels(mean_squared_error(a, b));
}

double psnr_8bit_wrapped(const Image& a, const Image& b) {
  expect_same_size("PSNR", a, b, 1);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const auto difference = static_cast<std::uint8_t>(a.pixels[i] - b.pixels[i]);
    sum += static_cast<std::uint8_t>(difference * difference);
  }
  return decibels(static_cast<double>(sum) / static_cast<double>(a.pixels.size()));
}

double ssim(const Image& a, const Image& b) {
  expect_same_size("SSIM", a, b, kWindow);
  return similarities(luma_of(a), luma_of(b)).whole;
}

double ms_ssim(const Image& a, const Image& b) {
  expect_same_size("MS-SSIM", a, b, kMinMultiScale);
  Plane first = luma_of(a);
  Plane second = luma_of(b);
  double product = 1;
  for (std::size_t scale = 0; scale < kScaleWeights.size(); ++scale) {
    const bool last = scale + 1 == kScaleWeights.size();
    const Similarities found = similarities(first, second);
    product *= std::pow(std::max(last ? found.whole : found.structure, 0.0), kScaleWeights[scale]);
    if (last) break;
    first = halved(first);
    second = halved(second);
  }
  return product;
}

}  // namespace kyc
