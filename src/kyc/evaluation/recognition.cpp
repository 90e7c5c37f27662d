#include "kyc/evaluation/recognition.h"

#include <cassert>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/core/text.h"
#include "kyc/metrics/verification.h"

namespace kyc {
namespace {

struct Trials {
  std::vector<double> mated;
  std::vector<double> non_mated;
};

// Of all folds but `left_out`; -1: of all.
Trials trials_without(const PairList& list, const RecognitionResult& result, int left_out) {
  Trials out;
  for (std::size_t i = 0; i < list.pairs.size(); ++i) {
    if (!result.scores[i] || list.pairs[i].fold == left_out) continue;
    (list.pairs[i].mated ? out.mated : out.non_mated).push_back(*result.scores[i]);
  }
  return out;
}

void compare_pairs(const PairList& list,
                   std::span<const AcquiredTemplate> templates,
                   RecognitionResult& result) {
  for (const ImagePair& pair : list.pairs) {
    ++(pair.mated ? result.mated_pairs : result.non_mated_pairs);
    const AcquiredTemplate& probe = templates[pair.probe];
    const AcquiredTemplate& reference = templates[pair.reference];
    if (probe && reference) {
      result.scores.emplace_back(compare(*probe, *reference));
    } else {
      ++(pair.mated ? result.failed_mated_pairs : result.failed_non_mated_pairs);
      result.scores.emplace_back();
    }
  }
}

std::optional<AccuracyOverFolds> accuracy_over_folds(const PairList& list, const RecognitionResult& result) {
  if (list.folds < 2) return std::nullopt;
  AccuracyOverFolds out;
  for (int fold = 0; fold < list.folds; ++fold) {
    const Trials others = trials_without(list, result, fold);
    if (others.mated.empty() || others.non_mated.empty()) return std::nullopt;
    const double threshold = most_accurate_threshold(error_curve(others.mated, others.non_mated)).threshold;
    std::size_t right = 0;
    std::size_t pairs = 0;
    for (std::size_t i = 0; i < list.pairs.size(); ++i) {
      if (list.pairs[i].fold != fold) continue;
      const bool accepted = result.scores[i] && *result.scores[i] >= threshold;
      right += accepted == list.pairs[i].mated ? 1 : 0;
      ++pairs;
    }
    out.folds.push_back({threshold, static_cast<double>(right) / static_cast<double>(pairs)});
  }
  const auto n = static_cast<double>(out.folds.size());
  for (const FoldAccuracy& fold : out.folds) out.mean += fold.accuracy / n;
  for (const FoldAccuracy& fold : out.folds)
    out.standard_deviation += (fold.accuracy - out.mean) * (fold.accuracy - out.mean) / (n - 1);
  out.standard_deviation = std::sqrt(out.standard_deviation);
  out.standard_error = out.standard_deviation / std::sqrt(n);
  return out;
}

std::size_t count_accepted(std::span<const double> scores, double threshold) {
  std::size_t accepted = 0;
  for (const double score : scores) accepted += score >= threshold ? 1 : 0;
  return accepted;
}

void measure_listed(const Trials& trials, RecognitionResult& result) {
  const ErrorCurve curve = error_curve(trials.mated, trials.non_mated);
  result.eer = equal_error_rate(curve);
  result.auc = auc(curve);
  result.d_prime = d_prime(trials.mated, trials.non_mated);
  for (const double max_fmr : kListedRates) {
    ListedPoint listed;
    listed.max_fmr = max_fmr;
    listed.point = fnmr_at_fmr(curve, max_fmr);
    listed.false_matches = count_accepted(trials.non_mated, listed.point.threshold);
    const std::size_t accepted = count_accepted(trials.mated, listed.point.threshold);
    listed.tar = static_cast<double>(accepted) / static_cast<double>(result.mated_pairs);
    listed.tar_interval = wilson_interval(accepted, result.mated_pairs);
    result.listed.push_back(listed);
  }
}

void set_thresholds(const PairList& list,
                    std::span<const AcquiredTemplate> templates,
                    std::span<const double> mated,
                    int jobs,
                    std::uint64_t seed,
                    RecognitionResult& result) {
  std::vector<float> values;
  std::vector<std::uint32_t> persons;
  std::size_t dimension = 0;
  for (std::size_t i = 0; i < templates.size(); ++i) {
    if (!templates[i]) continue;
    dimension = templates[i]->values.size();
    values.insert(values.end(), templates[i]->values.begin(), templates[i]->values.end());
    persons.push_back(static_cast<std::uint32_t>(list.images[i].person));
  }
  const NonMatedTail tail = highest_non_mated(values, persons, dimension, kThresholdRates.front(), jobs);
  result.non_mated_trials = tail.trials;
  for (const double max_fmr : kThresholdRates) {
    SetThreshold threshold{max_fmr, threshold_at_fmr(tail, persons, max_fmr, seed), 0};
    threshold.tar = static_cast<double>(count_accepted(mated, threshold.set.threshold)) /
                    static_cast<double>(result.mated_pairs);
    result.thresholds.push_back(threshold);
  }
}

}  // namespace

RecognitionResult evaluate_recognition(const PairList& list,
                                       std::span<const AcquiredTemplate> templates,
                                       int jobs,
                                       std::uint64_t seed) {
  assert(templates.size() == list.images.size());
  RecognitionResult result;
  for (const AcquiredTemplate& acquired : templates) result.failed_images += acquired ? 0 : 1;
  compare_pairs(list, templates, result);
  const Trials trials = trials_without(list, result, -1);
  if (trials.mated.empty() || trials.non_mated.empty())
    throw Error(ErrorCode::InvalidArgument,
                std::string("no ") + (trials.mated.empty() ? "mated" : "non-mated") +
                    " pair could be compared: " + std::to_string(result.failed_images) + " of " +
                    std::to_string(templates.size()) + " images gave no template");
  result.accuracy = accuracy_over_folds(list, result);
  measure_listed(trials, result);
  set_thresholds(list, templates, trials.mated, jobs, seed, result);
  return result;
}

std::string score_file(const PairList& list, const RecognitionResult& result) {
  std::string out = "probe,reference,mated,fold,score\n";
  for (std::size_t i = 0; i < list.pairs.size(); ++i) {
    const ImagePair& pair = list.pairs[i];
    out += csv_field(relative_path(list, list.images[pair.probe]).string()) + "," +
           csv_field(relative_path(list, list.images[pair.reference]).string()) + "," +
           (pair.mated ? "1" : "0") + "," + std::to_string(pair.fold) + "," +
           (result.scores[i] ? exact_text(*result.scores[i]) : "") + "\n";
  }
  return out;
}

}  // namespace kyc
