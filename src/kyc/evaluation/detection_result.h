// Attack scores of one detector -> the figures of ISO/IEC 30107-3 and of deepfake detection. Numbers only.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/evaluation/attack_scores.h"
#include "kyc/evaluation/verification_result.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/detection.h"
#include "kyc/metrics/pad.h"
#include "kyc/metrics/support.h"

namespace kyc {

// A sample with the mean of its frames' scores; without score if no frame had one.
struct ScoredSample {
  std::string data;
  SampleLabels labels;
  std::optional<double> score;
};

// In the order of first appearance.
std::vector<ScoredSample> mean_scores(std::span<const AttackScoreRow> rows);
// "sample,attack,species,score", for `kyclops metrics pad`
std::string sample_scores_csv(std::span<const ScoredSample> samples);

// The two classes as `metrics/` wants them, one set per species.
struct PadSets {
  std::vector<Presentations> attacks;
  Presentations bona_fide;

  bool complete() const;  // both classes were answered at least once
};
PadSets pad_sets(std::span<const ScoredSample> samples);

struct ClassFigures {
  double auc = 0;
  std::optional<AucEstimate> interval;  // DeLong; nothing with fewer than two of a class
  double eer = 0;
  double ap = 0;
  Support of_classes;  // what AUC and AP stand on
  Support of_eer;
};

// A figure that chooses its threshold on the test data themselves.
struct ChosenFigure {
  double value = 0;
  Support support;
};
// scores of attacks and of bona fide. throws  Error{InvalidArgument} if a class is empty
ClassFigures class_figures(std::span<const double> attacks, std::span<const double> bona_fide);

struct ErrorCounts {
  std::uint64_t responses = 0;
  std::uint64_t errors = 0;
  std::uint64_t no_response = 0;
};

struct DetectionResult {
  std::string system;
  std::optional<ClassFigures> frames;
  std::optional<ClassFigures> clips;
  // At a threshold that was set elsewhere.
  double threshold = 0;
  std::string threshold_origin;  // in words
  std::optional<PadRates> rates;
  std::map<SpeciesGroup, ErrorCounts> groups;  // attacks by species and compression, as in VerificationResult
  double accuracy = 0;                         // of the samples
  std::uint64_t right = 0, answered = 0;       // likewise
  // From the test data themselves, for comparison with other published figures only.
  std::optional<ChosenFigure> d_eer, bpcer10, bpcer20, bpcer100;
  std::uint64_t failures = 0;  // samples without answer
};

// threshold  a sample is called an attack at or above it
// throws     Error{InvalidArgument} without samples
DetectionResult detection_result(std::span<const AttackScoreRow> rows,
                                 double threshold,
                                 const std::string& origin);

// The lowest threshold at which at most `max_bpcer` of the bona fide samples are called attacks.
// throws  Error{InvalidArgument} without answered bona fide samples
double threshold_at_bpcer(std::span<const ScoredSample> samples, double max_bpcer);

// What a threshold from elsewhere costs here: mean of pooled APCER and BPCER; nothing without both classes.
std::optional<double> half_total_error(std::span<const ScoredSample> samples, double threshold);

}  // namespace kyc
