// Intervals for any statistic, by drawing the subjects anew: trials that share a person are not independent,
// so people are drawn, and all their trials come along.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "kyc/metrics/interval.h"

namespace kyc {

struct BootstrapOptions {
  int replicates = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 1;
};

struct BootstrapInterval {
  Interval interval;   // percentiles of the statistic over the replicates
  int replicates = 0;  // in which the statistic was defined
};

// How often each subject was drawn (the sum is their number) -> the statistic of that sample, or nothing if
// it is undefined there (a class without trials).
using ResampledStatistic = std::function<std::optional<double>(std::span<const std::uint32_t> weights)>;

// The same seed draws the same samples: the difference of two systems on the same subjects is one statistic
// of both. returns  nothing if the statistic was undefined in more than half of the replicates throws
// Error{InvalidArgument} without subjects, for fewer than 100 replicates or a confidence out of (0, 1)
std::optional<BootstrapInterval> bootstrap_by_subject(std::size_t subjects,
                                                      const ResampledStatistic& statistic,
                                                      const BootstrapOptions& options = {});

}  // namespace kyc
