// Everything random in an attack, out of its seed: the same on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace kyc {

// Uniform and normal numbers (SplitMix64, Box-Muller).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // Another stream of the same seed: `purpose` keeps, say, the noise apart from the hand's shake.
  Random(std::uint64_t seed, std::uint64_t purpose) : state_(seed * 0x9E3779B97F4A7C15ULL + purpose) {
    next();
  }

  std::uint64_t next();
  double uniform(double least, double most);
  double normal();  // mean 0, standard deviation 1

 private:
  std::uint64_t state_;
};

// A smooth function of time that wanders around 0, as a hand or a brightness does: a few sines whose
// amplitude falls with their frequency. Its standard deviation is `deviation`.
class SmoothPath {
 public:
  SmoothPath(Random& random, double deviation, double lowest_hz, double highest_hz);
  double at(double time_s) const;

 private:
  struct Wave {
    double amplitude;
    double radians_per_s;
    double phase;
  };
  std::array<Wave, 7> waves_{};
};

// Normal numbers for noise over whole pictures: a table that is read from another place for every row.
class NormalTable {
 public:
  explicit NormalTable(Random& random);
  // count  values, at most kLongest
  const float* row(std::uint64_t key) const { return values_.data() + (mixed(key) & (kSize - 1)); }
  static constexpr std::size_t kLongest = 1U << 16;

 private:
  static constexpr std::size_t kSize = 1U << 17;
  static std::uint64_t mixed(std::uint64_t key);
  std::vector<float> values_;
};

}  // namespace kyc
