#include "kyc/metrics/score_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

constexpr std::size_t kMaxBins = std::size_t{1} << 26;

std::uint64_t sum_of(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

Bounded between(double a, double b) {
  const double low = std::min(a, b);
  const double high = std::max(a, b);
  return {low + (high - low) / 2, low, high};
}

}  // namespace

ScoreHistogram::ScoreHistogram(double low, double high, std::size_t bins)
    : low_(low), high_(high), scale_(0) {
  if (!(low < high) || !std::isfinite(high - low) || bins < 1 || bins > kMaxBins)
    throw Error(ErrorCode::InvalidArgument,
                "a histogram needs 1 to 2^26 bins over a range that is not empty, got " +
                    std::to_string(bins) + " bins from " + std::to_string(low) + " to " +
                    std::to_string(high));
  scale_ = static_cast<double>(bins) / (high - low);
  mated_.resize(bins);
  non_mated_.resize(bins);
}

double ScoreHistogram::edge(std::size_t bin) const {
  if (bin == bins()) return high_;
  return low_ + (high_ - low_) * static_cast<double>(bin) / static_cast<double>(bins());
}

// Rounding may put a score on the wrong side of an edge: edge() has the last word.
std::size_t ScoreHistogram::bin_of(double score) const {
  if (std::isnan(score)) throw Error(ErrorCode::InvalidArgument, "a score is not a number (NaN)");
  const double position = std::clamp((score - low_) * scale_, 0.0, static_cast<double>(bins() - 1));
  auto bin = static_cast<std::size_t>(position);
  while (bin > 0 && score < edge(bin)) --bin;
  while (bin + 1 < bins() && score >= edge(bin + 1)) ++bin;
  return bin;
}

void ScoreHistogram::add_counts(std::size_t bin, std::uint64_t mated, std::uint64_t non_mated) {
  if (bin >= bins())
    throw Error(ErrorCode::InvalidArgument,
                "there is no bin " + std::to_string(bin) + " in a histogram of " + std::to_string(bins()));
  mated_[bin] += mated;
  non_mated_[bin] += non_mated;
}

void ScoreHistogram::merge(const ScoreHistogram& other) {
  if (other.low_ != low_ || other.high_ != high_ || other.bins() != bins())
    throw Error(ErrorCode::InvalidArgument, "histograms of different bins can not be merged");
  for (std::size_t i = 0; i < bins(); ++i) {
    mated_[i] += other.mated_[i];
    non_mated_[i] += other.non_mated_[i];
  }
}

ErrorCurve ScoreHistogram::curve() const {
  ErrorCurve out;
  out.mated = sum_of(mated_);
  out.non_mated = sum_of(non_mated_);
  if (out.mated == 0 || out.non_mated == 0)
    throw Error(ErrorCode::InvalidArgument, "expected mated and non-mated scores, got only one kind");
  std::uint64_t rejected = 0;
  std::uint64_t accepted = out.non_mated;
  for (std::size_t i = 0; i <= bins(); ++i) {
    // Nothing lies below the first edge, and nothing at or above the last one, but for the reach to infinity.
    out.thresholds.push_back(i == 0 ? -std::numeric_limits<double>::infinity() : edge(i));
    out.false_matches.push_back(accepted);
    out.false_non_matches.push_back(rejected);
    if (i == bins()) break;
    rejected += mated_[i];
    accepted -= non_mated_[i];
  }
  out.thresholds.back() = std::numeric_limits<double>::infinity();
  return out;
}

Bounded ScoreHistogram::auc() const {
  const ErrorCurve points = curve();
  const double value = kyc::auc(points);
  long double hidden = 0;
  for (std::size_t i = 0; i < bins(); ++i)
    hidden += static_cast<long double>(mated_[i]) * static_cast<long double>(non_mated_[i]);
  const auto half = static_cast<double>(hidden / 2 / static_cast<long double>(points.mated) /
                                        static_cast<long double>(points.non_mated));
  return {value, std::max(value - half, 0.0), std::min(value + half, 1.0)};
}

Bounded ScoreHistogram::equal_error_rate() const {
  const ErrorCurve points = curve();
  std::size_t after = 1;
  while (points.fmr(after) > points.fnmr(after)) ++after;
  // In between FMR falls from `before` to `after` and FNMR rises: they meet below both of the higher ends.
  const std::size_t before = after - 1;
  const double low = std::max(points.fnmr(before), points.fmr(after));
  const double high = std::min(points.fmr(before), points.fnmr(after));
  return between(std::min(low, high), high);
}

ScoreHistogram::AtFmr ScoreHistogram::fnmr_at_fmr(double max_fmr) const {
  check_share(max_fmr, "the FMR");
  const ErrorCurve points = curve();
  std::size_t i = 0;
  while (points.fmr(i) > max_fmr) ++i;
  AtFmr out{points.point(i), {}};
  out.fnmr = between(i == 0 ? 0 : points.fnmr(i - 1), points.fnmr(i));
  return out;
}

}  // namespace kyc
