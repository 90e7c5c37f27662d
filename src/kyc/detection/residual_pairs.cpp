#include "kyc/detection/residual_pairs.h"

#include <algorithm>
#include <cmath>

namespace kyc {
namespace {

constexpr int kMost = 2;
constexpr int kLevels = 2 * kMost + 1;
constexpr std::size_t kEntries = kLevels * kLevels;
constexpr double kFewest = 200;
constexpr double kFloor = 1e-3;  // of a share: below, its log is the noise of a few pixels

std::size_t folded(std::size_t entry) {
  const int a = static_cast<int>(entry) / kLevels;
  const int b = static_cast<int>(entry) % kLevels;
  const auto at = [](int x, int y) { return static_cast<std::size_t>(x * kLevels + y); };
  return std::min(
      {at(a, b), at(b, a), at(kLevels - 1 - a, kLevels - 1 - b), at(kLevels - 1 - b, kLevels - 1 - a)});
}

std::vector<std::size_t> distinct() {
  std::vector<std::size_t> out;
  for (std::size_t entry = 0; entry < kEntries; ++entry)
    if (folded(entry) == entry) out.push_back(entry);
  return out;
}

std::size_t level_of(float difference, float step) {
  return static_cast<std::size_t>(
      std::clamp(static_cast<int>(std::lround(difference / step)), -kMost, kMost) + kMost);
}

}  // namespace

const std::vector<std::string>& pair_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const std::size_t entry : distinct())
      out.push_back(std::to_string(static_cast<int>(entry) / kLevels - kMost) + "_" +
                    std::to_string(static_cast<int>(entry) % kLevels - kMost));
    return out;
  }();
  return names;
}

std::array<std::vector<double>, kPairParts> pair_shares(const Plane& plane,
                                                        float step,
                                                        const std::vector<std::size_t>& part) {
  std::array<std::array<double, kEntries>, kPairParts> counts{};
  std::array<double, kPairParts> total{};
  for (int y = 1; y + 1 < plane.height; ++y)
    for (int x = 1; x + 1 < plane.width; ++x) {
      const std::size_t where = part[static_cast<std::size_t>(y) * static_cast<std::size_t>(plane.width) +
                                     static_cast<std::size_t>(x)];
      if (where >= kPairParts) continue;
      const float here = plane.at(x, y);
      ++counts[where][level_of(here - plane.at(x - 1, y), step) * kLevels +
                      level_of(plane.at(x + 1, y) - here, step)];
      ++counts[where][level_of(here - plane.at(x, y - 1), step) * kLevels +
                      level_of(plane.at(x, y + 1) - here, step)];
      total[where] += 2;
    }
  static const std::vector<std::size_t> entries = distinct();
  std::array<std::vector<double>, kPairParts> out;
  const bool enough = std::min(total[0], total[1]) >= 2 * kFewest;
  for (std::size_t k = 0; k < kPairParts; ++k) {
    std::array<double, kEntries> joined{};
    for (std::size_t entry = 0; entry < kEntries; ++entry) joined[folded(entry)] += counts[k][entry];
    for (const std::size_t entry : entries)
      out[k].push_back(enough ? std::log(joined[entry] / total[k] + kFloor) : 0);
  }
  return out;
}

}  // namespace kyc
