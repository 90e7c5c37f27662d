#include "kyc/metrics/identification.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "kyc/core/error.h"
#include "kyc/metrics/scores.h"

namespace kyc {
namespace {

void check_searches(std::span<const GallerySearch> searches) {
  for (const GallerySearch& search : searches) {
    if (!search.mated.empty()) check_scores(search.mated, "mated");
    if (!search.non_mated.empty()) check_scores(search.non_mated, "non-mated");
  }
}

double best_of(const std::vector<double>& scores) {
  return *std::max_element(scores.begin(), scores.end());
}

// The best score of every search without a mate; those against no reference at all return nobody.
std::vector<double> best_without_mate(std::span<const GallerySearch> searches, std::size_t& count) {
  std::vector<double> out;
  count = 0;
  for (const GallerySearch& search : searches) {
    if (!search.mated.empty()) continue;
    ++count;
    if (!search.non_mated.empty()) out.push_back(best_of(search.non_mated));
  }
  if (count == 0)
    throw Error(ErrorCode::InvalidArgument, "expected a search of a person who is not enrolled, got none");
  return out;
}

std::size_t count_with_mate(std::span<const GallerySearch> searches) {
  const auto count = std::count_if(
      searches.begin(), searches.end(), [](const GallerySearch& search) { return !search.mated.empty(); });
  if (count == 0)
    throw Error(ErrorCode::InvalidArgument, "expected a search of an enrolled person, got none");
  return static_cast<std::size_t>(count);
}

}  // namespace

std::size_t rank_of(const GallerySearch& search) {
  assert(!search.mated.empty());
  return 1 + count_at_least(search.non_mated, best_of(search.mated));
}

std::vector<double> cumulative_match(std::span<const GallerySearch> searches) {
  check_searches(searches);
  const auto mates = static_cast<double>(count_with_mate(searches));
  std::vector<double> out;
  for (const GallerySearch& search : searches) {
    if (search.mated.empty()) continue;
    const std::size_t rank = rank_of(search);
    if (out.size() < rank) out.resize(rank, 0);
    out[rank - 1] += 1;
  }
  double found = 0;
  for (double& share : out) {
    found += share;
    share = found / mates;
  }
  return out;
}

double fpir_at(std::span<const GallerySearch> searches, double threshold) {
  check_searches(searches);
  std::size_t count = 0;
  const std::vector<double> best = best_without_mate(searches, count);
  return static_cast<double>(count_at_least(best, threshold)) / static_cast<double>(count);
}

double fnir_at(std::span<const GallerySearch> searches, double threshold, std::size_t max_rank) {
  check_searches(searches);
  const auto mates = static_cast<double>(count_with_mate(searches));
  double missed = 0;
  for (const GallerySearch& search : searches) {
    if (search.mated.empty()) continue;
    const bool found = best_of(search.mated) >= threshold && (max_rank == 0 || rank_of(search) <= max_rank);
    missed += found ? 0 : 1;
  }
  return missed / mates;
}

IdentificationPoint fnir_at_fpir(std::span<const GallerySearch> searches,
                                 double max_fpir,
                                 std::size_t max_rank) {
  check_searches(searches);
  check_share(max_fpir, "the FPIR");
  std::size_t count = 0;
  const std::vector<double> alarms = best_without_mate(searches, count);
  std::vector<double> thresholds = alarms;
  for (const GallerySearch& search : searches)
    if (!search.mated.empty()) thresholds.push_back(best_of(search.mated));
  std::sort(thresholds.begin(), thresholds.end());
  if (!thresholds.empty())
    thresholds.push_back(std::nextafter(thresholds.back(), std::numeric_limits<double>::infinity()));
  const auto fpir = [&](double threshold) {
    return static_cast<double>(count_at_least(alarms, threshold)) / static_cast<double>(count);
  };
  const auto first = std::partition_point(
      thresholds.begin(), thresholds.end(), [&](double threshold) { return fpir(threshold) > max_fpir; });
  const double threshold = first == thresholds.end() ? 0 : *first;
  return {threshold, fpir(threshold), fnir_at(searches, threshold, max_rank)};
}

}  // namespace kyc
