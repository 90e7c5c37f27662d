#include "kyc/nn/half_weights.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/architectures/architecture.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

TEST(HalfBits, AreThoseOfTheStandard) {  // IEEE 754-2008, table 3.5, and examples of the encoding
  EXPECT_EQ(half_bits(0), 0x0000);
  EXPECT_EQ(half_bits(1), 0x3C00);
  EXPECT_EQ(half_bits(-2), 0xC000);
  EXPECT_EQ(half_bits(65504), 0x7BFF);
  EXPECT_EQ(half_bits(1e9F), 0x7BFF);
  EXPECT_EQ(half_bits(1.F / 3), 0x3555);
  EXPECT_EQ(half_bits(std::ldexp(1.F, -24)), 0x0001);
  EXPECT_EQ(half_bits(1 + std::ldexp(1.F, -11)), 0x3C00);  // a tie: to even
  EXPECT_EQ(half_bits(1 + 3 * std::ldexp(1.F, -11)), 0x3C02);
}

TEST(WithHalfWeights, TheFileIsHalfAsLargeAndComputesTheSame) {
  const std::vector<std::uint8_t> whole = new_network("convnet", {.side = 64, .seed = 3});
  const std::vector<std::uint8_t> half = with_half_weights(whole, "convnet");
  EXPECT_LT(static_cast<double>(half.size()), 0.55 * static_cast<double>(whole.size()));
  Tensor picture{{1, 3, 64, 64}, std::vector<float>(std::size_t{3} * 64 * 64)};
  for (std::size_t i = 0; i < picture.data.size(); ++i)
    picture.data[i] = std::sin(0.013F * static_cast<float>(i)) * std::cos(0.002F * static_cast<float>(i));
  const Session before(whole, "whole", {.rewrite_graph = false});
  const Session after(half, "half", {});
  const float a = before.run(picture).data.at(0);
  const float b = after.run(picture).data.at(0);
  EXPECT_NE(a, b);                                // weights were rounded
  EXPECT_NEAR(a, b, 0.01 * (std::abs(a) + 0.1));  // seven layers, each weight off by 2^-12 of itself at most
}

TEST(WithHalfWeights, RefusesWhatIsNoModel) {
  const std::vector<std::uint8_t> noise{1, 2, 3, 255, 255};
  EXPECT_THROW(with_half_weights(noise, "noise"), Error);
}

}  // namespace
}  // namespace kyc
