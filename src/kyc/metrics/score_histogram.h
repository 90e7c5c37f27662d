// Counts of scores in bins: error rates of any number of trials in fixed memory, out of streams and out of
// the parts of many machines, with a stated bound on what the bins hide.
//
// Words and tie rules as in error_curve.h. A threshold on an edge of a bin decides every trial: rates there
// are exact. Between edges they are known up to the trials of one bin.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kyc/metrics/error_curve.h"
#include "kyc/metrics/interval.h"

namespace kyc {

// Where the exact figure lies: low <= exact <= high, always (this is no confidence).
struct Bounded {
  double value = 0;  // the middle
  double low = 0;
  double high = 0;
};

class ScoreHistogram {
 public:
  // Bins of equal width over [low, high); scores below and above count in the first and the last bin, which
  // reach to infinity.
  // throws  Error{InvalidArgument} unless low < high, both finite, and 1 <= bins <= 2^26
  ScoreHistogram(double low, double high, std::size_t bins);

  // throws  Error{InvalidArgument} for a NaN
  void add_mated(double score) { ++mated_[bin_of(score)]; }
  void add_non_mated(double score) { ++non_mated_[bin_of(score)]; }
  void add_counts(std::size_t bin, std::uint64_t mated, std::uint64_t non_mated);

  // throws  Error{InvalidArgument} for bins that differ
  void merge(const ScoreHistogram& other);

  double low() const { return low_; }
  double high() const { return high_; }
  std::size_t bins() const { return mated_.size(); }
  double edge(std::size_t bin) const;  // the lowest score of a bin; edge(bins()) is high
  std::span<const std::uint64_t> mated() const { return mated_; }
  std::span<const std::uint64_t> non_mated() const { return non_mated_; }

  // Every point on an edge: exact, as error_curve() would have it at these thresholds.
  // throws  Error{InvalidArgument} if a class is empty, here and below
  ErrorCurve curve() const;

  // The ROC curve between two edges may bend either way: high - low = sum of mated x non-mated of each bin.
  Bounded auc() const;

  // EerDefinition::Interpolated. Between the edges around the crossing both rates are monotone.
  Bounded equal_error_rate() const;

  // The lowest edge at which FMR <= max_fmr; its rates are exact. `fnmr` bounds what the best threshold of
  // all could reach.
  struct AtFmr {
    OperatingPoint point;
    Bounded fnmr;
  };
  AtFmr fnmr_at_fmr(double max_fmr) const;

 private:
  std::size_t bin_of(double score) const;

  double low_;
  double high_;
  double scale_;
  std::vector<std::uint64_t> mated_;
  std::vector<std::uint64_t> non_mated_;
};

}  // namespace kyc
