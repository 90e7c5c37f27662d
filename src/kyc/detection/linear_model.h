// Logistic regression over named measurements: how the detectors without a network weigh what they measure,
// and how several detectors are fused. Every answer comes with its reasons: one summand per measurement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kyc/nn/manifest.h"

namespace kyc {

struct LinearTerm {
  std::string name;
  double mean = 0;   // of the data it was fitted on
  double scale = 1;  // standard deviation there; > 0
  double weight = 0;
};

// log odds of an attack = intercept + sum of weight x clamp((value - mean) / scale, -kLinearReach,
// kLinearReach): no single measurement, however far off, decides alone.
struct LinearModel {
  std::vector<LinearTerm> terms;
  double intercept = 0;
};
inline constexpr double kLinearReach = 4;

// values   one per term
// returns  what each adds to the log odds
std::vector<double> contributions(const LinearModel& model, std::span<const double> values);
double log_odds(const LinearModel& model, std::span<const double> values);
double logistic(double log_odds);  // 0..1

// A model with all that is needed to judge it: models/detectors/<detector>.json.
struct LinearModelFile {
  std::string detector;
  LinearModel model;
  std::vector<ModelThreshold> thresholds;
  std::vector<std::pair<std::string, std::string>> record;  // how it was made, for people
  std::string sha256;                                       // of the file, when it was read
};

// throws  Error{NotFound}, Error{Corrupt} with file and place
LinearModelFile read_linear_model(const std::filesystem::path& path);
bool is_linear_model(const std::filesystem::path& path);  // true if it has "terms"
std::string linear_model_to_json(const LinearModelFile& file);

// A sample to fit on.
struct LabelledMeasurements {
  std::vector<double> values;
  bool attack = false;
  std::string subject;  // samples of equal subject are never on two sides of a validation
};

// Least regularised logistic loss, both classes weighing the same whatever their numbers (log odds 0 is as
// likely an attack as not, before anything is known of how often attacks come). Newton's method;
// deterministic. names    of the measurements l2       penalty on the squared weights of standardised
// measurements, per sample; > 0 throws   Error{InvalidArgument} without samples of both classes, or for
// values that are not finite
LinearModel fit_linear_model(std::span<const std::string> names,
                             std::span<const LabelledMeasurements> samples,
                             double l2);

// The penalty out of 1e-4 .. 1 with the least loss on subjects that were left out, in `folds` folds; the
// largest one within a standard error of it.
double choose_penalty(std::span<const std::string> names,
                      std::span<const LabelledMeasurements> samples,
                      int folds = 5);

}  // namespace kyc
