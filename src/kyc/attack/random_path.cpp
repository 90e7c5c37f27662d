#include "kyc/attack/random_path.h"

#include <cmath>
#include <numbers>

namespace kyc {
namespace {

std::uint64_t scrambled(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  return scrambled(state_);
}

double Random::uniform(double least, double most) {
  return least + (most - least) * static_cast<double>(next() >> 11) * 0x1p-53;
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(0, 1)));
  return radius * std::cos(2 * std::numbers::pi * uniform(0, 1));
}

SmoothPath::SmoothPath(Random& random, double deviation, double lowest_hz, double highest_hz) {
  double power = 0;
  const auto last = static_cast<double>(waves_.size() - 1);
  for (std::size_t i = 0; i < waves_.size(); ++i) {
    const double hz = lowest_hz * std::pow(highest_hz / lowest_hz, static_cast<double>(i) / last) *
                      random.uniform(0.85, 1.15);
    waves_[i] = {
        random.uniform(0.6, 1.4) / hz, 2 * std::numbers::pi * hz, random.uniform(0, 2 * std::numbers::pi)};
    power += waves_[i].amplitude * waves_[i].amplitude / 2;
  }
  for (Wave& wave : waves_) wave.amplitude *= deviation / std::sqrt(power);
}

double SmoothPath::at(double time_s) const {
  double sum = 0;
  for (const Wave& wave : waves_) sum += wave.amplitude * std::sin(wave.radians_per_s * time_s + wave.phase);
  return sum;
}

NormalTable::NormalTable(Random& random) : values_(kSize + kLongest) {
  for (float& value : values_) value = static_cast<float>(random.normal());
}

std::uint64_t NormalTable::mixed(std::uint64_t key) {
  return scrambled(key + 0x9E3779B97F4A7C15ULL);
}

}  // namespace kyc
