// Figures of trials that share people, with intervals by drawing the people anew; one system, or two on the
// same trials.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "kyc/metrics/bootstrap.h"

namespace kyc {

struct SubjectTrial {
  double score = 0;
  bool high = false;          // mated, or an attack
  std::uint32_t subject = 0;  // index of the person (or whatever is drawn)
};

struct WeightedFigures {
  double auc = 0;
  double eer = 0;  // EerDefinition::SmallestGap
};

// weights[subject]: how often its trials count. Nothing if a class has no weight.
// trials  sorted by score
std::optional<WeightedFigures> weighted_figures(std::span<const SubjectTrial> trials,
                                                std::span<const std::uint32_t> weights);

struct ResampledFigures {
  std::optional<BootstrapInterval> auc;
  std::optional<BootstrapInterval> eer;
};

// subjects  their number; every trial's subject is below it
ResampledFigures resample_figures(std::span<const SubjectTrial> trials,
                                  std::size_t subjects,
                                  const BootstrapOptions& options = {});

// Of the difference first - second, both systems measured on the same draws.
ResampledFigures resample_differences(std::span<const SubjectTrial> first,
                                      std::span<const SubjectTrial> second,
                                      std::size_t subjects,
                                      const BootstrapOptions& options = {});

}  // namespace kyc
