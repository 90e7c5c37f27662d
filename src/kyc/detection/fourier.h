// Internal to detection/: discrete Fourier transforms of small squares.
#pragma once

#include <complex>
#include <span>
#include <vector>

namespace kyc {

// In place, not scaled. values.size() a power of two.
void fourier(std::span<std::complex<float>> values);

// |F|^2 of a real square [side, side], side a power of two; frequency 0 at [0, 0].
std::vector<float> power_spectrum(std::span<const float> square, int side);

// Power at every frequency 0 .. n/2 of a real signal of any length (direct; for some hundred values), mean
// taken off, Hann window.
std::vector<double> signal_power(std::span<const double> signal);

}  // namespace kyc
