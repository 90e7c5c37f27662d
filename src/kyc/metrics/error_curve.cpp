#include "kyc/metrics/error_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

__extension__ typedef __int128 Wide;  // products of two counts, without rounding or overflow

// FMR - FNMR, times mated x non_mated: compared without rounding.
Wide gap(const ErrorCurve& curve, std::size_t i) {
  return static_cast<Wide>(curve.false_matches[i]) * curve.mated -
         static_cast<Wide>(curve.false_non_matches[i]) * curve.non_mated;
}

Wide magnitude(Wide value) {
  return value < 0 ? -value : value;
}

// The first point at which FMR <= FNMR: never point 0 (there FMR is 1 and FNMR 0), and there is one (the
// last).
std::size_t crossing(const ErrorCurve& curve) {
  std::size_t low = 0;
  std::size_t high = curve.size() - 1;
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (gap(curve, middle) > 0 ? low : high) = middle;
  }
  return high;
}

double mean_rate(const ErrorCurve& curve, std::size_t i) {
  return (curve.fmr(i) + curve.fnmr(i)) / 2;
}

// Where the line from a to b crosses FMR = FNMR; a is above the diagonal, b on or below it.
double crossing_value(const OperatingPoint& a, const OperatingPoint& b) {
  const double above = a.fmr - a.fnmr;
  const double below = b.fmr - b.fnmr;
  const double part = above / (above - below);
  return a.fnmr + part * (b.fnmr - a.fnmr);
}

double convex_hull_value(const ErrorCurve& curve) {
  // Monotone chain over falling FMR, exact in integers. Points under the chord stay.
  std::vector<std::size_t> hull;
  const auto turns_down = [&](std::size_t o, std::size_t a, std::size_t b) {
    const Wide ax = static_cast<Wide>(curve.false_matches[o]) - curve.false_matches[a];
    const Wide ay = static_cast<Wide>(curve.false_non_matches[a]) - curve.false_non_matches[o];
    const Wide bx = static_cast<Wide>(curve.false_matches[o]) - curve.false_matches[b];
    const Wide by = static_cast<Wide>(curve.false_non_matches[b]) - curve.false_non_matches[o];
    return ax * by - ay * bx <= 0;
  };
  for (std::size_t i = 0; i < curve.size(); ++i) {
    while (hull.size() >= 2 && turns_down(hull[hull.size() - 2], hull.back(), i)) hull.pop_back();
    hull.push_back(i);
  }
  for (std::size_t k = 1; k < hull.size(); ++k)
    if (gap(curve, hull[k]) <= 0) return crossing_value(curve.point(hull[k - 1]), curve.point(hull[k]));
  return 1;
}

}  // namespace

double ErrorCurve::fmr(std::size_t i) const {
  return static_cast<double>(false_matches[i]) / static_cast<double>(non_mated);
}

double ErrorCurve::fnmr(std::size_t i) const {
  return static_cast<double>(false_non_matches[i]) / static_cast<double>(mated);
}

ErrorCurve error_curve(std::span<const double> mated, std::span<const double> non_mated) {
  const std::vector<double> high = sorted_scores(mated, "mated");
  const std::vector<double> low = sorted_scores(non_mated, "non-mated");
  ErrorCurve curve;
  curve.mated = high.size();
  curve.non_mated = low.size();
  std::size_t h = 0;
  std::size_t l = 0;
  const auto add = [&](double threshold) {
    curve.thresholds.push_back(threshold);
    curve.false_matches.push_back(low.size() - l);
    curve.false_non_matches.push_back(h);
  };
  while (h < high.size() || l < low.size()) {
    const double score = l == low.size() || (h < high.size() && high[h] < low[l]) ? high[h] : low[l];
    add(score);
    while (h < high.size() && high[h] == score) ++h;
    while (l < low.size() && low[l] == score) ++l;
  }
  add(std::nextafter(curve.thresholds.back(), std::numeric_limits<double>::infinity()));
  return curve;
}

OperatingPoint fnmr_at_fmr(const ErrorCurve& curve, double max_fmr) {
  check_share(max_fmr, "the FMR");
  std::size_t low = 0;  // first index whose FMR is within the limit
  std::size_t high = curve.size() - 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (curve.fmr(middle) <= max_fmr)
      high = middle;
    else
      low = middle + 1;
  }
  return curve.point(low);
}

OperatingPoint fmr_at_fnmr(const ErrorCurve& curve, double max_fnmr) {
  check_share(max_fnmr, "the FNMR");
  std::size_t low = 0;  // last index whose FNMR is within the limit
  std::size_t high = curve.size() - 1;
  while (low < high) {
    const std::size_t middle = low + (high - low + 1) / 2;
    if (curve.fnmr(middle) <= max_fnmr)
      low = middle;
    else
      high = middle - 1;
  }
  return curve.point(low);
}

EqualErrorRate equal_error_rate(const ErrorCurve& curve, EerDefinition definition) {
  const std::size_t after = crossing(curve);
  const std::size_t before = after - 1;
  // The gap falls strictly from point to point, so the closest one is a neighbour of the crossing.
  const std::size_t nearest = magnitude(gap(curve, after)) < magnitude(gap(curve, before)) ? after : before;
  EqualErrorRate out{0, curve.point(nearest)};
  switch (definition) {
    case EerDefinition::SmallestGap:
      out.value = mean_rate(curve, nearest);
      break;
    case EerDefinition::Interpolated:
      out.value = crossing_value(curve.point(before), curve.point(after));
      break;
    case EerDefinition::ConvexHull:
      out.value = convex_hull_value(curve);
      break;
    case EerDefinition::Fvc: {
      // t2 is the first point with FNMR >= FMR; t1 the last with FNMR <= FMR: the same point if both are
      // equal there.
      const std::size_t t1 = gap(curve, after) == 0 ? after : before;
      const Wide sum1 = static_cast<Wide>(curve.false_matches[t1]) * curve.mated +
                        static_cast<Wide>(curve.false_non_matches[t1]) * curve.non_mated;
      const Wide sum2 = static_cast<Wide>(curve.false_matches[after]) * curve.mated +
                        static_cast<Wide>(curve.false_non_matches[after]) * curve.non_mated;
      out.value = mean_rate(curve, sum1 <= sum2 ? t1 : after);
      break;
    }
  }
  return out;
}

double auc(const ErrorCurve& curve) {
  Wide twice = 0;  // twice the area in units of 1 / (mated x non_mated)
  for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
    const Wide accepted_here = static_cast<Wide>(curve.mated) - curve.false_non_matches[i];
    const Wide accepted_next = static_cast<Wide>(curve.mated) - curve.false_non_matches[i + 1];
    twice += (accepted_here + accepted_next) * (curve.false_matches[i] - curve.false_matches[i + 1]);
  }
  return static_cast<double>(static_cast<long double>(twice) / (2.0L * static_cast<long double>(curve.mated) *
                                                                static_cast<long double>(curve.non_mated)));
}

}  // namespace kyc
