// Weights in 16 bits: files of half the size.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kyc {

// IEEE 754 binary16, rounded to the nearest, ties to even; numbers below 2^-14 lose bits, what is beyond
// 65504 becomes that.
std::uint16_t half_bits(float value);

// The same graph with its large float32 constants (1,024 numbers and more) kept in 16 bits; a Cast makes
// numbers of 32 bits of them again when the file is loaded, so everything is still computed with those.
// Results change by the rounding of weights (2^-11 of each). Such weights can not be trained further. model
// bytes of an .onnx file name    what error messages call it throws  Error{Corrupt} not a model;
// Error{Unsupported} an opset below 11
std::vector<std::uint8_t> with_half_weights(std::span<const std::uint8_t> model, const std::string& name);

}  // namespace kyc
