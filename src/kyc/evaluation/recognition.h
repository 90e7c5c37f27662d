// How well a recogniser tells people apart: accuracy over folds as LFW's protocol has it, error rates on the
// listed pairs, and thresholds for low false match rates from all non-mated pairs of the images.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/evaluation/acquisition.h"
#include "kyc/evaluation/non_mated.h"
#include "kyc/evaluation/pairs.h"
#include "kyc/metrics/error_curve.h"

namespace kyc {

struct FoldAccuracy {
  double threshold = 0;  // the most accurate one on all other folds
  double accuracy = 0;   // there on this fold
};

// A pair that could not be compared, because one of its images gave no template, counts as not accepted:
// wrong if it is mated, right if it is not. So an acquisition that always fails scores 0.5, as guessing does.
struct AccuracyOverFolds {
  double mean = 0;
  double standard_deviation = 0;  // of the folds (divided by folds - 1)
  double standard_error = 0;      // of the mean, as LFW's results are published
  std::vector<FoldAccuracy> folds;
};

// On the listed pairs.
struct ListedPoint {
  double max_fmr = 0;
  OperatingPoint point;             // of the pairs that were compared
  std::uint64_t false_matches = 0;  // at this threshold
  double tar = 0;  // share of all listed mated pairs that are accepted: failures to acquire count against
  Interval tar_interval;  // Wilson, 95 %
};

// From all non-mated pairs of the images.
struct SetThreshold {
  double max_fmr = 0;
  NonMatedThreshold set;
  double tar = 0;  // share of all listed mated pairs that are accepted at this threshold
};

struct RecognitionResult {
  std::size_t mated_pairs = 0;                // listed
  std::size_t non_mated_pairs = 0;            // listed
  std::size_t failed_images = 0;              // without template
  std::size_t failed_mated_pairs = 0;         // listed, with such an image
  std::size_t failed_non_mated_pairs = 0;     // likewise
  std::vector<std::optional<double>> scores;  // of the listed pairs, in order; empty where not compared
  std::optional<AccuracyOverFolds>
      accuracy;        // empty with one fold, or if the pairs of other folds all failed
  EqualErrorRate eer;  // of the pairs that were compared, EerDefinition::SmallestGap
  double auc = 0;
  std::optional<double> d_prime;
  std::vector<ListedPoint> listed;       // per rate of kListedRates
  std::uint64_t non_mated_trials = 0;    // all non-mated pairs of the images that gave a template
  std::vector<SetThreshold> thresholds;  // per rate of kThresholdRates
};

inline constexpr std::array<double, 2> kListedRates{1e-2, 1e-3};
inline constexpr std::array<double, 3> kThresholdRates{1e-2, 1e-3, 1e-4};

// templates  one per image of the list, all of one model
// seed       of the resampling behind the intervals
// throws     Error{InvalidArgument} if no mated or no non-mated pair could be compared
RecognitionResult evaluate_recognition(const PairList& list,
                                       std::span<const AcquiredTemplate> templates,
                                       int jobs,
                                       std::uint64_t seed = 1);

// The listed pairs as a score file: "probe,reference,mated,fold,score", score empty where not compared.
std::string score_file(const PairList& list, const RecognitionResult& result);

}  // namespace kyc
