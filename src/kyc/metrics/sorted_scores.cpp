#include "kyc/metrics/sorted_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

__extension__ typedef __int128 Wide;

// Scores below `threshold`.
std::size_t below(const std::vector<double>& sorted, double threshold) {
  return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), threshold) - sorted.begin());
}

// Twice the number of pairs (mated, non-mated) in which the mated score is higher, ties counted half, of
// non-mated scores [begin, end), which hold all or none of equal ones.
Wide twice_pairs(const std::vector<double>& mated,
                 const std::vector<double>& non_mated,
                 std::size_t begin,
                 std::size_t end) {
  Wide twice = 0;
  if (begin == end) return twice;
  std::size_t low = below(mated, non_mated[begin]);
  for (std::size_t i = begin; i < end;) {
    const double score = non_mated[i];
    std::size_t same = i + 1;
    while (same < end && non_mated[same] == score) ++same;
    while (low < mated.size() && mated[low] < score) ++low;
    std::size_t high = low;
    while (high < mated.size() && mated[high] == score) ++high;
    const Wide above = static_cast<Wide>(mated.size() - high);
    twice += (2 * above + static_cast<Wide>(high - low)) * static_cast<Wide>(same - i);
    low = high;
    i = same;
  }
  return twice;
}

}  // namespace

SortedScores::SortedScores(std::vector<double> mated, std::vector<double> non_mated, int jobs)
    : mated_(std::move(mated)), non_mated_(std::move(non_mated)) {
  check_scores(mated_, "mated");
  check_scores(non_mated_, "non-mated");
  sort_scores(mated_, jobs);
  sort_scores(non_mated_, jobs);
}

void SortedScores::merge(const SortedScores& other) {
  const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
    const auto middle = static_cast<std::ptrdiff_t>(to.size());
    to.insert(to.end(), from.begin(), from.end());
    std::inplace_merge(to.begin(), to.begin() + middle, to.end());
  };
  add(mated_, other.mated_);
  add(non_mated_, other.non_mated_);
}

OperatingPoint SortedScores::at(double threshold) const {
  return {threshold,
          static_cast<double>(non_mated_.size() - below(non_mated_, threshold)) /
              static_cast<double>(non_mated_.size()),
          static_cast<double>(below(mated_, threshold)) / static_cast<double>(mated_.size())};
}

double SortedScores::auc(int jobs) const {
  const auto parts = static_cast<std::size_t>(std::max(jobs, 1)) * 4;
  std::vector<std::size_t> cuts{0};
  for (std::size_t i = 1; i < parts; ++i)
    cuts.push_back(std::max(cuts.back(), below(non_mated_, non_mated_[non_mated_.size() / parts * i])));
  cuts.push_back(non_mated_.size());
  std::vector<Wide> sums(parts);
  parallel_for(parts, jobs, [&](std::size_t i, int) {
    sums[i] = twice_pairs(mated_, non_mated_, cuts[i], cuts[i + 1]);
  });
  Wide twice = 0;
  for (const Wide sum : sums) twice += sum;
  return static_cast<double>(
      static_cast<long double>(twice) /
      (2.0L * static_cast<long double>(mated_.size()) * static_cast<long double>(non_mated_.size())));
}

ErrorCurve SortedScores::neighbourhood() const {
  // FMR - FNMR falls with the threshold: the last mated and the last non-mated score at which it is above 0.
  const auto gap_above_zero = [&](double threshold) {
    const auto accepted = static_cast<Wide>(non_mated_.size() - below(non_mated_, threshold));
    return accepted * static_cast<Wide>(mated_.size()) >
           static_cast<Wide>(below(mated_, threshold)) * static_cast<Wide>(non_mated_.size());
  };
  ErrorCurve curve;
  curve.mated = mated_.size();
  curve.non_mated = non_mated_.size();
  std::vector<double> thresholds{std::min(mated_.front(), non_mated_.front())};
  for (const auto* scores : {&mated_, &non_mated_}) {
    const auto first = std::partition_point(scores->begin(), scores->end(), gap_above_zero);
    if (first != scores->begin()) thresholds.push_back(*(first - 1));
    if (first != scores->end()) thresholds.push_back(*first);
  }
  thresholds.push_back(next_above(std::max(mated_.back(), non_mated_.back())));
  std::sort(thresholds.begin(), thresholds.end());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  for (const double threshold : thresholds) {
    curve.thresholds.push_back(threshold);
    curve.false_matches.push_back(non_mated_.size() - below(non_mated_, threshold));
    curve.false_non_matches.push_back(below(mated_, threshold));
  }
  return curve;
}

EqualErrorRate SortedScores::equal_error_rate(EerDefinition definition) const {
  // Three of the definitions look at the two points around the crossing only; a hull needs them all.
  if (definition != EerDefinition::ConvexHull) return kyc::equal_error_rate(neighbourhood(), definition);
  return kyc::equal_error_rate(error_curve(mated_, non_mated_), definition);
}

OperatingPoint SortedScores::fnmr_at_fmr(double max_fmr) const {
  check_share(max_fmr, "the FMR");
  // The lowest of all scores, mated or not, at which the limit is kept.
  const auto within = [&](double threshold) { return at(threshold).fmr <= max_fmr; };
  double best = next_above(std::max(mated_.back(), non_mated_.back()));
  for (const auto* scores : {&mated_, &non_mated_}) {
    const auto first = std::partition_point(
        scores->begin(), scores->end(), [&](double threshold) { return !within(threshold); });
    if (first != scores->end()) best = std::min(best, *first);
  }
  return at(best);
}

void SortedScores::for_each_point(const std::function<void(const OperatingPoint&)>& visit) const {
  std::size_t m = 0;
  std::size_t n = 0;
  const auto point = [&](double threshold) {
    visit({threshold,
           static_cast<double>(non_mated_.size() - n) / static_cast<double>(non_mated_.size()),
           static_cast<double>(m) / static_cast<double>(mated_.size())});
  };
  double last = 0;
  while (m < mated_.size() || n < non_mated_.size()) {
    const bool from_mated = n == non_mated_.size() || (m < mated_.size() && mated_[m] < non_mated_[n]);
    last = from_mated ? mated_[m] : non_mated_[n];
    point(last);
    while (m < mated_.size() && mated_[m] == last) ++m;
    while (n < non_mated_.size() && non_mated_[n] == last) ++n;
  }
  point(next_above(last));
}

std::vector<OperatingPoint> SortedScores::outline(std::size_t points) const {
  std::vector<double> thresholds;
  const std::size_t each = std::max<std::size_t>(points / 2, 2) - 1;
  for (const auto* scores : {&mated_, &non_mated_})
    for (std::size_t i = 0; i < each; ++i)
      thresholds.push_back((*scores)[static_cast<std::size_t>(
          static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(each - 1, 1)) *
          static_cast<double>(scores->size() - 1))]);
  thresholds.push_back(next_above(std::max(mated_.back(), non_mated_.back())));
  std::sort(thresholds.begin(), thresholds.end());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  std::vector<OperatingPoint> out;
  for (const double threshold : thresholds) out.push_back(at(threshold));
  return out;
}

}  // namespace kyc
