#include "kyc/metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/error_curve.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

// log2(1 + e^x), also where e^x is too large for a double.
double bits(double x) {
  const double nats = x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  return nats / std::numbers::ln2;
}

void check_probabilities(std::span<const double> if_true, std::span<const double> if_false) {
  if (if_true.empty() && if_false.empty())
    throw Error(ErrorCode::InvalidArgument, "expected at least one probability");
  for (const auto& set : {if_true, if_false})
    for (const double p : set) check_share(p, "a probability");
}

// Neighbouring scores that share one likelihood ratio.
struct Pool {
  double mated = 0;
  double non_mated = 0;
  double share() const { return mated / (mated + non_mated); }
};

// Shares that rise with the score.
std::vector<Pool> pool_adjacent_violators(const ErrorCurve& curve) {
  std::vector<Pool> out;
  for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
    out.push_back({static_cast<double>(curve.false_non_matches[i + 1] - curve.false_non_matches[i]),
                   static_cast<double>(curve.false_matches[i] - curve.false_matches[i + 1])});
    while (out.size() > 1 && out[out.size() - 2].share() >= out.back().share()) {
      out[out.size() - 2].mated += out.back().mated;
      out[out.size() - 2].non_mated += out.back().non_mated;
      out.pop_back();
    }
  }
  return out;
}

}  // namespace

double cllr(std::span<const double> mated, std::span<const double> non_mated) {
  check_scores(mated, "mated");
  check_scores(non_mated, "non-mated");
  double of_mated = 0;
  double of_non_mated = 0;
  for (const double score : mated) of_mated += bits(-score);
  for (const double score : non_mated) of_non_mated += bits(score);
  return (of_mated / static_cast<double>(mated.size()) +
          of_non_mated / static_cast<double>(non_mated.size())) /
         2;
}

double minimal_cllr(std::span<const double> mated, std::span<const double> non_mated) {
  const ErrorCurve curve = error_curve(mated, non_mated);
  const auto m = static_cast<double>(curve.mated);
  const auto n = static_cast<double>(curve.non_mated);
  double sum = 0;
  for (const Pool& pool : pool_adjacent_violators(curve)) {
    if (pool.mated == 0 || pool.non_mated == 0)
      continue;  // a ratio of 0 or infinity, and right: costs nothing
    const double ratio = std::log(pool.mated / pool.non_mated) - std::log(m / n);
    sum += pool.mated / m * bits(-ratio) + pool.non_mated / n * bits(ratio);
  }
  return sum / 2;
}

double brier_score(std::span<const double> probabilities_if_true,
                   std::span<const double> probabilities_if_false) {
  check_probabilities(probabilities_if_true, probabilities_if_false);
  double sum = 0;
  for (const double p : probabilities_if_true) sum += (1 - p) * (1 - p);
  for (const double p : probabilities_if_false) sum += p * p;
  return sum / static_cast<double>(probabilities_if_true.size() + probabilities_if_false.size());
}

std::vector<ReliabilityBin> reliability(std::span<const double> probabilities_if_true,
                                        std::span<const double> probabilities_if_false,
                                        int bins) {
  check_probabilities(probabilities_if_true, probabilities_if_false);
  if (bins < 1)
    throw Error(ErrorCode::InvalidArgument, "expected one bin or more, got " + std::to_string(bins));
  std::vector<ReliabilityBin> out(static_cast<std::size_t>(bins));
  for (int i = 0; i < bins; ++i) {
    out[static_cast<std::size_t>(i)].low = static_cast<double>(i) / bins;
    out[static_cast<std::size_t>(i)].high = static_cast<double>(i + 1) / bins;
  }
  const auto add = [&](double p, double is_true) {
    ReliabilityBin& bin = out[static_cast<std::size_t>(std::min(static_cast<int>(p * bins), bins - 1))];
    ++bin.samples;
    bin.mean_probability += p;
    bin.share_true += is_true;
  };
  for (const double p : probabilities_if_true) add(p, 1);
  for (const double p : probabilities_if_false) add(p, 0);
  for (ReliabilityBin& bin : out) {
    if (bin.samples == 0) continue;
    bin.mean_probability /= static_cast<double>(bin.samples);
    bin.share_true /= static_cast<double>(bin.samples);
  }
  return out;
}

double expected_calibration_error(std::span<const ReliabilityBin> bins) {
  double sum = 0;
  double samples = 0;
  for (const ReliabilityBin& bin : bins) {
    sum += static_cast<double>(bin.samples) * std::abs(bin.mean_probability - bin.share_true);
    samples += static_cast<double>(bin.samples);
  }
  return samples > 0 ? sum / samples : 0;
}

}  // namespace kyc
