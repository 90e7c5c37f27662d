// Both error rates at every threshold: what ROC, DET, AUC and equal error rates are read from.
//
// Two kinds of trials: those whose scores should be high (mated comparisons; attacks) and those whose scores
// should be low (non-mated comparisons; bona fide samples). A trial is called high when score >= threshold,
// ties included. Written in the words of comparison; for attack detection read attack for mated, bona fide
// for non-mated, BPCER for FMR and APCER for FNMR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kyc {

struct OperatingPoint {
  double threshold = 0;
  double fmr = 0;   // share of non-mated trials that are accepted
  double fnmr = 0;  // share of mated trials that are not
};

// Exact counts. Point 0 accepts every trial, the last point accepts none.
struct ErrorCurve {
  std::vector<double>
      thresholds;  // ascending: every distinct score, then the next double above the highest one
  std::vector<std::uint64_t> false_matches;      // per threshold; falling
  std::vector<std::uint64_t> false_non_matches;  // per threshold; rising
  std::uint64_t mated = 0;                       // trials
  std::uint64_t non_mated = 0;                   // trials

  std::size_t size() const { return thresholds.size(); }
  double fmr(std::size_t i) const;
  double fnmr(std::size_t i) const;
  OperatingPoint point(std::size_t i) const { return {thresholds[i], fmr(i), fnmr(i)}; }
};

// Scores may be infinite. (A score of +infinity is accepted at every threshold there is; the last point is
// then only the limit of the curve.) throws  Error{InvalidArgument} if one of the sets is empty or holds a
// NaN
ErrorCurve error_curve(std::span<const double> mated, std::span<const double> non_mated);

// The point of the lowest threshold at which FMR <= max_fmr: of those that keep the limit, it has the lowest
// FNMR. max_fmr  in [0, 1] throws   Error{InvalidArgument} if out of range
OperatingPoint fnmr_at_fmr(const ErrorCurve& curve, double max_fmr);

// The other way round: the point of the highest threshold at which FNMR <= max_fnmr.
OperatingPoint fmr_at_fnmr(const ErrorCurve& curve, double max_fnmr);

// What people mean by "equal error rate" when no threshold makes the two rates equal.
enum class EerDefinition {
  SmallestGap,   // mean of both rates where they are closest, at the lowest such threshold (bob.measure,
                 // ASVspoof)
  Interpolated,  // where the straight line between the two neighbouring points crosses FMR = FNMR
                 // (scikit-learn users)
  ConvexHull,    // where the lower convex hull of the curve crosses FMR = FNMR (ROCCH-EER; never above the
                 // others)
  Fvc,  // of the two points around the crossing, the one with the lower sum; mean of both rates (FVC2000)
};

struct EqualErrorRate {
  double value = 0;
  OperatingPoint nearest;  // a threshold one can set: where the two rates are closest, the lowest such
};

EqualErrorRate equal_error_rate(const ErrorCurve& curve,
                                EerDefinition definition = EerDefinition::SmallestGap);

// Probability that a mated trial scores above a non-mated one, ties counted half: the area under the ROC
// curve by the trapezoid rule, and the Mann-Whitney statistic. Exact before the last division.
double auc(const ErrorCurve& curve);

}  // namespace kyc
