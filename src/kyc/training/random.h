// Random numbers that are the same on every machine and compiler: what std::mt19937 promises and the
// distributions of <random> do not. Internal to training/.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numbers>
#include <numeric>
#include <vector>

namespace kyc {

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  // One stream for every list of numbers: {seed, epoch, sample}.
  explicit Random(std::initializer_list<std::uint64_t> key) {
    for (const std::uint64_t part : key) {
      state_ ^= part;
      state_ = next();
    }
  }

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  double share() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  double between(double low, double high) { return low + (high - low) * share(); }
  bool chance(double probability) { return share() < probability; }
  // 0 .. count - 1; count > 0. (The bias of the remainder is below 2^-32 for what is counted here.)
  std::size_t index(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  int whole(int low, int high) {
    return low + static_cast<int>(index(static_cast<std::size_t>(high - low + 1)));
  }
  double normal() {  // Box and Muller 1958
    const double radius = std::sqrt(-2 * std::log(1 - share()));
    return radius * std::cos(2 * std::numbers::pi * share());
  }

  // 0 .. count - 1 in random order (Fisher and Yates).
  std::vector<std::size_t> permutation(std::size_t count) {
    std::vector<std::size_t> out(count);
    std::iota(out.begin(), out.end(), std::size_t{0});
    for (std::size_t i = count; i > 1; --i) std::swap(out[i - 1], out[index(i)]);
    return out;
  }

 private:
  std::uint64_t state_ = 0x243F6A8885A308D3ULL;
};

}  // namespace kyc
