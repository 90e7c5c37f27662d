#include "kyc/evaluation/paired.h"

#include <map>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {

PairedDifference paired_difference(std::span<const PairedTrial> trials, const BootstrapOptions& options) {
  if (trials.empty()) throw Error(ErrorCode::InvalidArgument, "paired difference: expected trials, got none");
  PairedDifference out;
  out.trials = trials.size();
  struct Sums {
    double trials = 0;
    double difference = 0;
  };
  std::map<std::string, std::size_t> index;
  std::vector<Sums> sums;
  for (const PairedTrial& trial : trials) {
    if (trial.first) ++out.first;
    if (trial.second) ++out.second;
    const auto [found, is_new] = index.try_emplace(trial.subject, sums.size());
    if (is_new) sums.emplace_back();
    sums[found->second].trials += 1;
    sums[found->second].difference += static_cast<double>(trial.second) - static_cast<double>(trial.first);
  }
  out.difference =
      (static_cast<double>(out.second) - static_cast<double>(out.first)) / static_cast<double>(out.trials);
  if (sums.size() < 2) return out;
  const auto interval = bootstrap_by_subject(
      sums.size(),
      [&](std::span<const std::uint32_t> weights) -> std::optional<double> {
        double count = 0, difference = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
          count += weights[i] * sums[i].trials;
          difference += weights[i] * sums[i].difference;
        }
        if (count == 0) return std::nullopt;
        return difference / count;
      },
      options);
  if (interval) out.interval = interval->interval;
  return out;
}

}  // namespace kyc
