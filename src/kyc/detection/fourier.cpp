#include "kyc/detection/fourier.h"

#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

namespace kyc {

void fourier(std::span<std::complex<float>> values) {
  const std::size_t n = values.size();
  assert(n > 0 && (n & (n - 1)) == 0);
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(values[i], values[j]);
  }
  for (std::size_t length = 2; length <= n; length <<= 1) {
    const double angle = -2 * std::numbers::pi / static_cast<double>(length);
    std::vector<std::complex<float>> turns(length / 2);
    for (std::size_t k = 0; k < turns.size(); ++k)
      turns[k] = {static_cast<float>(std::cos(angle * static_cast<double>(k))),
                  static_cast<float>(std::sin(angle * static_cast<double>(k)))};
    for (std::size_t i = 0; i < n; i += length)
      for (std::size_t k = 0; k < length / 2; ++k) {
        const std::complex<float> even = values[i + k];
        const std::complex<float> odd = values[i + k + length / 2] * turns[k];
        values[i + k] = even + odd;
        values[i + k + length / 2] = even - odd;
      }
  }
}

std::vector<float> power_spectrum(std::span<const float> square, int side) {
  const auto n = static_cast<std::size_t>(side);
  assert(square.size() == n * n);
  std::vector<std::complex<float>> values(square.begin(), square.end());
  for (std::size_t y = 0; y < n; ++y) fourier(std::span(values).subspan(y * n, n));
  std::vector<std::complex<float>> column(n);
  std::vector<float> out(n * n);
  for (std::size_t x = 0; x < n; ++x) {
    for (std::size_t y = 0; y < n; ++y) column[y] = values[y * n + x];
    fourier(column);
    for (std::size_t y = 0; y < n; ++y) out[y * n + x] = std::norm(column[y]);
  }
  return out;
}

std::vector<double> signal_power(std::span<const double> signal) {
  const std::size_t n = signal.size();
  if (n == 0) return {};
  double mean = 0;
  for (const double value : signal) mean += value / static_cast<double>(n);
  std::vector<double> out;
  for (std::size_t k = 0; k <= n / 2; ++k) {
    std::complex<double> sum;
    for (std::size_t i = 0; i < n; ++i) {
      const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) /
                                                 static_cast<double>(n));
      const double turn = -2 * std::numbers::pi * static_cast<double>(k * i % n) / static_cast<double>(n);
      sum += window * (signal[i] - mean) * std::complex<double>(std::cos(turn), std::sin(turn));
    }
    out.push_back(std::norm(sum));
  }
  return out;
}

}  // namespace kyc
