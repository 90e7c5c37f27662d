// One-to-many search (ISO/IEC 19795-1): closed-set rank and open-set alarm rates. Similarities; a candidate
// is returned when score >= threshold.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kyc/metrics/error_curve.h"

namespace kyc {

// One probe against all references. Every reference gave a score.
struct GallerySearch {
  std::vector<double> mated;      // with the references of the same person; none: the person is not enrolled
  std::vector<double> non_mated;  // with those of other persons
};

// 1 + the number of references of others that score at least as high as the best one of the same person: ties
// count against. Nothing is said of a search of a person who is not enrolled (a bug to ask).
std::size_t rank_of(const GallerySearch& search);

// Cumulative match characteristic: [r - 1] = share of the searches with a mate whose rank is at most r, up to
// the worst rank there is. Searches without a mate are left out. throws  Error{InvalidArgument} if no search
// has a mate, or on a NaN; here and below
std::vector<double> cumulative_match(std::span<const GallerySearch> searches);

// False positive identification rate: share of the searches without a mate that return anybody.
// throws  also if every search has a mate
double fpir_at(std::span<const GallerySearch> searches, double threshold);

// False negative identification rate: share of the searches with a mate that do not return the mate, or
// return it below rank max_rank. max_rank 0: whatever the rank.
double fnir_at(std::span<const GallerySearch> searches, double threshold, std::size_t max_rank = 0);

struct IdentificationPoint {
  double threshold = 0;
  double fpir = 0;
  double fnir = 0;
};

// At the lowest threshold, of all best scores, at which FPIR <= max_fpir; just above the highest one if there
// is none. max_fpir  in [0, 1]
IdentificationPoint fnir_at_fpir(std::span<const GallerySearch> searches,
                                 double max_fpir,
                                 std::size_t max_rank = 0);

}  // namespace kyc
