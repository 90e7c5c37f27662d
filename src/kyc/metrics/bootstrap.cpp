#include "kyc/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// Linear interpolation between order statistics (type 7 of Hyndman and Fan, what R and NumPy do by default).
double quantile(std::span<const double> sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::optional<BootstrapInterval> bootstrap_by_subject(std::size_t subjects,
                                                      const ResampledStatistic& statistic,
                                                      const BootstrapOptions& options) {
  if (subjects == 0 || options.replicates < 100 || !(options.confidence > 0 && options.confidence < 1))
    throw Error(ErrorCode::InvalidArgument,
                "resampling needs subjects (got " + std::to_string(subjects) +
                    "), 100 replicates or more (got " + std::to_string(options.replicates) +
                    ") and a confidence between 0 and 1 (got " + std::to_string(options.confidence) + ")");
  std::mt19937_64 random(options.seed);
  std::vector<std::uint32_t> weights(subjects);
  std::vector<double> values;
  for (int replicate = 0; replicate < options.replicates; ++replicate) {
    std::fill(weights.begin(), weights.end(), 0U);
    // The high bits times the range: the same draw with every standard library, which
    // uniform_int_distribution is not.
    for (std::size_t i = 0; i < subjects; ++i)
      ++weights[static_cast<std::size_t>(((random() >> 32) * static_cast<std::uint64_t>(subjects)) >> 32)];
    if (const auto value = statistic(weights)) values.push_back(*value);
  }
  if (values.size() * 2 < static_cast<std::size_t>(options.replicates)) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double tail = (1 - options.confidence) / 2;
  return BootstrapInterval{{quantile(values, tail), quantile(values, 1 - tail)},
                           static_cast<int>(values.size())};
}

}  // namespace kyc
