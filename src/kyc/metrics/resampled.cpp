#include "kyc/metrics/resampled.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace kyc {
namespace {

std::vector<SubjectTrial> sorted(std::span<const SubjectTrial> trials) {
  std::vector<SubjectTrial> out(trials.begin(), trials.end());
  std::stable_sort(
      out.begin(), out.end(), [](const SubjectTrial& a, const SubjectTrial& b) { return a.score < b.score; });
  return out;
}

using Figures = std::function<std::optional<WeightedFigures>(std::span<const std::uint32_t> weights)>;

ResampledFigures resample(const Figures& figures, std::size_t subjects, const BootstrapOptions& options) {
  const auto one = [&](double WeightedFigures::*part) {
    return bootstrap_by_subject(
        subjects,
        [&](std::span<const std::uint32_t> weights) -> std::optional<double> {
          const auto found = figures(weights);
          if (!found) return std::nullopt;
          return (*found).*part;
        },
        options);
  };
  return {one(&WeightedFigures::auc), one(&WeightedFigures::eer)};
}

}  // namespace

std::optional<WeightedFigures> weighted_figures(std::span<const SubjectTrial> trials,
                                                std::span<const std::uint32_t> weights) {
  double high = 0;
  double low = 0;
  for (const SubjectTrial& trial : trials) (trial.high ? high : low) += weights[trial.subject];
  if (high == 0 || low == 0) return std::nullopt;
  WeightedFigures out;
  double high_below = 0;
  double low_below = 0;
  double smallest = 2;
  double pairs = 0;
  const auto point = [&] {
    const double fmr = (low - low_below) / low;
    const double fnmr = high_below / high;
    if (std::abs(fmr - fnmr) >= smallest) return;
    smallest = std::abs(fmr - fnmr);
    out.eer = (fmr + fnmr) / 2;
  };
  for (std::size_t i = 0; i < trials.size();) {
    point();
    double high_here = 0;
    double low_here = 0;
    std::size_t end = i;
    for (; end < trials.size() && trials[end].score == trials[i].score; ++end)
      (trials[end].high ? high_here : low_here) += weights[trials[end].subject];
    pairs += high_here * (low_below + low_here / 2);
    high_below += high_here;
    low_below += low_here;
    i = end;
  }
  point();
  out.auc = pairs / (high * low);
  return out;
}

ResampledFigures resample_figures(std::span<const SubjectTrial> trials,
                                  std::size_t subjects,
                                  const BootstrapOptions& options) {
  const std::vector<SubjectTrial> ordered = sorted(trials);
  return resample([&](std::span<const std::uint32_t> weights) { return weighted_figures(ordered, weights); },
                  subjects,
                  options);
}

ResampledFigures resample_differences(std::span<const SubjectTrial> first,
                                      std::span<const SubjectTrial> second,
                                      std::size_t subjects,
                                      const BootstrapOptions& options) {
  const std::vector<SubjectTrial> a = sorted(first);
  const std::vector<SubjectTrial> b = sorted(second);
  return resample(
      [&](std::span<const std::uint32_t> weights) -> std::optional<WeightedFigures> {
        const auto of_a = weighted_figures(a, weights);
        const auto of_b = weighted_figures(b, weights);
        if (!of_a || !of_b) return std::nullopt;
        return WeightedFigures{of_a->auc - of_b->auc, of_a->eer - of_b->eer};
      },
      subjects,
      options);
}

}  // namespace kyc
