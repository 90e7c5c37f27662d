#include "kyc/metrics/delong.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/metrics/distributions.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

// Ranks from 1; tied values share the mean of their ranks.
std::vector<double> midranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (std::size_t k = first; k < end; ++k) out[order[k]] = (static_cast<double>(first + end) + 1) / 2;
    first = end;
  }
  return out;
}

// The share of the other class that each score is on the right side of: their mean is the AUC.
struct Placements {
  std::vector<double> mated;      // share of non-mated scores below, ties half
  std::vector<double> non_mated;  // share of mated scores above, ties half
  double auc = 0;
};

Placements placements(std::span<const double> mated, std::span<const double> non_mated) {
  check_scores(mated, "mated");
  check_scores(non_mated, "non-mated");
  if (mated.size() < 2 || non_mated.size() < 2)
    throw Error(ErrorCode::InvalidArgument, "the variance of an AUC needs at least two scores of each class");
  std::vector<double> all(mated.begin(), mated.end());
  all.insert(all.end(), non_mated.begin(), non_mated.end());
  const std::vector<double> rank_of_all = midranks(all);
  const std::vector<double> rank_of_mated = midranks(mated);
  const std::vector<double> rank_of_non_mated = midranks(non_mated);
  const auto m = static_cast<double>(mated.size());
  const auto n = static_cast<double>(non_mated.size());
  Placements out;
  for (std::size_t i = 0; i < mated.size(); ++i) out.mated.push_back((rank_of_all[i] - rank_of_mated[i]) / n);
  for (std::size_t j = 0; j < non_mated.size(); ++j)
    out.non_mated.push_back(1 - (rank_of_all[mated.size() + j] - rank_of_non_mated[j]) / m);
  out.auc = std::accumulate(out.mated.begin(), out.mated.end(), 0.0) / m;
  return out;
}

// Sample covariance around the known mean of both.
double covariance(std::span<const double> a, double mean_a, std::span<const double> b, double mean_b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1);
}

double covariance(const Placements& a, const Placements& b) {
  return covariance(a.mated, a.auc, b.mated, b.auc) / static_cast<double>(a.mated.size()) +
         covariance(a.non_mated, a.auc, b.non_mated, b.auc) / static_cast<double>(a.non_mated.size());
}

double half_width_factor(double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::InvalidArgument,
                "the confidence is " + std::to_string(confidence) + ", expected a value between 0 and 1");
  return normal_quantile(0.5 + confidence / 2);
}

}  // namespace

AucEstimate delong_interval(std::span<const double> mated,
                            std::span<const double> non_mated,
                            double confidence) {
  const double factor = half_width_factor(confidence);
  const Placements own = placements(mated, non_mated);
  AucEstimate out;
  out.auc = own.auc;
  out.standard_error = std::sqrt(covariance(own, own));
  out.interval = {std::max(0.0, own.auc - factor * out.standard_error),
                  std::min(1.0, own.auc + factor * out.standard_error)};
  return out;
}

AucComparison compare_auc(std::span<const double> first_mated,
                          std::span<const double> first_non_mated,
                          std::span<const double> second_mated,
                          std::span<const double> second_non_mated,
                          double confidence) {
  if (first_mated.size() != second_mated.size() || first_non_mated.size() != second_non_mated.size())
    throw Error(ErrorCode::InvalidArgument,
                "two systems are compared on the same trials: the numbers differ");
  const double factor = half_width_factor(confidence);
  const Placements first = placements(first_mated, first_non_mated);
  const Placements second = placements(second_mated, second_non_mated);
  AucComparison out;
  out.difference = first.auc - second.auc;
  const double variance =
      covariance(first, first) + covariance(second, second) - 2 * covariance(first, second);
  out.standard_error = std::sqrt(std::max(0.0, variance));
  out.interval = {std::max(-1.0, out.difference - factor * out.standard_error),
                  std::min(1.0, out.difference + factor * out.standard_error)};
  if (out.difference != 0)
    out.z = out.standard_error > 0 ? out.difference / out.standard_error
                                   : std::copysign(std::numeric_limits<double>::infinity(), out.difference);
  out.p_value = std::min(1.0, 2 * normal_cdf(-std::abs(out.z)));
  return out;
}

}  // namespace kyc
