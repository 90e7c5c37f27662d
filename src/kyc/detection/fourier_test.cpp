#include "kyc/detection/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "kyc/testing/person.h"

namespace kyc {
namespace {

TEST(Fourier, IsTheSumOfItsDefinition) {
  constexpr std::size_t kN = 16;
  Dice dice(4);
  std::vector<std::complex<float>> values(kN);
  for (auto& value : values) value = {dice.between(-1, 1), dice.between(-1, 1)};
  std::vector<std::complex<float>> fast = values;
  fourier(fast);
  for (std::size_t k = 0; k < kN; ++k) {
    std::complex<double> sum;
    for (std::size_t i = 0; i < kN; ++i)
      sum += std::complex<double>(values[i]) *
             std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i * k) / kN);
    EXPECT_NEAR(std::abs(sum - std::complex<double>(fast[k])), 0, 1e-5) << k;
  }
}

TEST(Fourier, PowerOfASquareIsWhereItsWaveIs) {
  constexpr int kSide = 32;
  std::vector<float> square;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      square.push_back(static_cast<float>(std::cos(2 * std::numbers::pi * (5 * x + 3 * y) / kSide)));
  const std::vector<float> power = power_spectrum(square, kSide);
  const auto strongest = std::max_element(power.begin(), power.end()) - power.begin();
  EXPECT_EQ(strongest, 3 * kSide + 5);
  // Parseval: the sum of squares, times the number of pixels.
  double sum = 0, squares = 0;
  for (const float value : power) sum += static_cast<double>(value);
  for (const float value : square) squares += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(sum / (squares * kSide * kSide), 1, 1e-5);
}

TEST(Fourier, ASignalOfAnyLengthShowsItsRhythm) {
  std::vector<double> signal;
  for (int i = 0; i < 120; ++i) signal.push_back(10 + (i % 12 == 0 ? 1.0 : 0.0));
  const std::vector<double> power = signal_power(signal);
  ASSERT_EQ(power.size(), 61U);
  EXPECT_GT(power[10], 20 * power[14]);  // 120 / 12
}

}  // namespace
}  // namespace kyc
