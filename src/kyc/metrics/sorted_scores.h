// All scores of a comparison experiment, sorted: exact error rates of a hundred million trials in little more
// memory than the scores themselves, and mergeable, so that machines can each measure a part.
//
// Words and tie rules as in error_curve.h; the figures are the same to the last digit.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kyc/metrics/error_curve.h"

namespace kyc {

// Ascending, in place, by several threads; as much memory again while it runs, and a quarter. -0 comes before
// 0. No value may be NaN.
void sort_scores(std::vector<double>& scores, int jobs);

class SortedScores {
 public:
  // throws  Error{InvalidArgument} for a NaN, or if a set is empty; Error{Unavailable} out of memory
  SortedScores(std::vector<double> mated, std::vector<double> non_mated, int jobs = 1);

  // Both parts' trials.
  void merge(const SortedScores& other);

  const std::vector<double>& mated() const { return mated_; }  // ascending
  const std::vector<double>& non_mated() const { return non_mated_; }

  // At any threshold, in log n.
  OperatingPoint at(double threshold) const;

  double auc(int jobs = 1) const;
  EqualErrorRate equal_error_rate(EerDefinition definition = EerDefinition::SmallestGap) const;
  OperatingPoint fnmr_at_fmr(double max_fmr) const;

  // Every point of the ROC or DET curve, thresholds rising: those of error_curve(), one after another,
  // without ever holding them all.
  void for_each_point(const std::function<void(const OperatingPoint&)>& visit) const;

  // At most `points` points of the curve, evenly spaced along it (each step crosses about as many trials of
  // either kind): what a plot needs. Each is exact.
  std::vector<OperatingPoint> outline(std::size_t points) const;

 private:
  ErrorCurve neighbourhood() const;  // the points around FMR = FNMR

  std::vector<double> mated_;
  std::vector<double> non_mated_;
};

}  // namespace kyc
