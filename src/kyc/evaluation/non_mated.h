// Every image against every image of another person: the trials from which low error rates can be measured.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/metrics/interval.h"

namespace kyc {

struct ScoredPair {
  float score = 0;
  std::uint32_t first = 0;   // index of an image
  std::uint32_t second = 0;  // likewise, higher
};

// The highest scores of all non-mated pairs.
struct NonMatedTail {
  std::uint64_t trials = 0;       // all non-mated pairs
  std::vector<ScoredPair> pairs;  // falling by score; a little more than `share` of the trials
};

// templates  [persons.size(), dimension] of unit length, one per image
// persons    of each image: equal = same person; below 2^32 images
// share      in (0, 1]; memory is about 24 bytes per kept pair
NonMatedTail highest_non_mated(std::span<const float> templates,
                               std::span<const std::uint32_t> persons,
                               std::size_t dimension,
                               double share,
                               int jobs);

struct NonMatedThreshold {
  double threshold = 0;
  std::uint64_t false_matches = 0;  // of all trials
  double fmr = 0;                   // at most what was asked for
  Interval interval;                // of the FMR at this threshold, 95 %: 1,000 resamplings of the persons
  bool carried = false;  // at least 30 false matches, and the interval within a factor of 2 of the FMR
};

// The lowest observed score at which FMR <= max_fmr; just above the highest one if there is none.
// persons  as above
// max_fmr  at most the share that the tail was made with
// throws   Error{InvalidArgument} otherwise, or without trials
NonMatedThreshold threshold_at_fmr(const NonMatedTail& tail,
                                   std::span<const std::uint32_t> persons,
                                   double max_fmr,
                                   std::uint64_t seed);

}  // namespace kyc
