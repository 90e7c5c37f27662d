#include "kyc/detection/residual_runs.h"

#include <algorithm>
#include <cmath>

namespace kyc {
namespace {

constexpr int kMost = 2;
constexpr int kRunLevels = 2 * kMost + 1;
constexpr std::size_t kEntries = kRunLevels * kRunLevels * kRunLevels;
constexpr double kFewest = 200;
constexpr double kFloor = 1e-3;  // of a share: below, its log is the noise of a few pixels

using Run = std::array<int, 3>;

Run run_of(std::size_t entry) {
  const int i = static_cast<int>(entry);
  return {i / (kRunLevels * kRunLevels), i / kRunLevels % kRunLevels, i % kRunLevels};
}

std::size_t entry_of_run(const Run& run) {
  return static_cast<std::size_t>((run[0] * kRunLevels + run[1]) * kRunLevels + run[2]);
}

std::size_t folded_run(std::size_t entry) {
  const Run run = run_of(entry);
  const Run back{run[2], run[1], run[0]};
  const auto negative = [](const Run& of) {
    return Run{kRunLevels - 1 - of[0], kRunLevels - 1 - of[1], kRunLevels - 1 - of[2]};
  };
  return std::min({entry, entry_of_run(back), entry_of_run(negative(run)), entry_of_run(negative(back))});
}

std::vector<std::size_t> distinct() {
  std::vector<std::size_t> out;
  for (std::size_t entry = 0; entry < kEntries; ++entry)
    if (folded_run(entry) == entry) out.push_back(entry);
  return out;
}

std::size_t run_level(float difference, float step) {
  return static_cast<std::size_t>(
      std::clamp(static_cast<int>(std::lround(difference / step)), -kMost, kMost) + kMost);
}

}  // namespace

const std::vector<std::string>& run_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const std::size_t entry : distinct())
      out.push_back(std::to_string(run_of(entry)[0] - kMost) + "_" +
                    std::to_string(run_of(entry)[1] - kMost) + "_" +
                    std::to_string(run_of(entry)[2] - kMost));
    return out;
  }();
  return names;
}

std::array<std::vector<double>, kRunParts> run_shares(const Plane& plane,
                                                      float step,
                                                      const std::vector<std::size_t>& part) {
  std::array<std::array<double, kEntries>, kRunParts> counts{};
  std::array<double, kRunParts> total{};
  for (int y = 1; y + 2 < plane.height; ++y)
    for (int x = 1; x + 2 < plane.width; ++x) {
      const std::size_t where = part[static_cast<std::size_t>(y) * static_cast<std::size_t>(plane.width) +
                                     static_cast<std::size_t>(x)];
      if (where >= kRunParts) continue;
      const float here = plane.at(x, y);
      const float right = plane.at(x + 1, y);
      const float below = plane.at(x, y + 1);
      ++counts[where]
              [(run_level(here - plane.at(x - 1, y), step) * kRunLevels + run_level(right - here, step)) *
                   kRunLevels +
               run_level(plane.at(x + 2, y) - right, step)];
      ++counts[where]
              [(run_level(here - plane.at(x, y - 1), step) * kRunLevels + run_level(below - here, step)) *
                   kRunLevels +
               run_level(plane.at(x, y + 2) - below, step)];
      total[where] += 2;
    }
  static const std::vector<std::size_t> entries = distinct();
  std::array<std::vector<double>, kRunParts> out;
  const bool enough = std::min(total[0], total[1]) >= 2 * kFewest;
  for (std::size_t k = 0; k < kRunParts; ++k) {
    std::array<double, kEntries> joined{};
    for (std::size_t entry = 0; entry < kEntries; ++entry) joined[folded_run(entry)] += counts[k][entry];
    for (const std::size_t entry : entries)
      out[k].push_back(enough ? std::log(joined[entry] / total[k] + kFloor) : 0);
  }
  return out;
}

}  // namespace kyc
