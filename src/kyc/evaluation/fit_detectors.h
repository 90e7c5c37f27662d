// Coefficients of the light detectors and of the fusion, fitted on one part of the measured samples, their
// threshold set on a second, their figures taken on a third: nobody is in two parts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/detection/linear_model.h"
#include "kyc/evaluation/measurements.h"
#include "kyc/metrics/interval.h"

namespace kyc {

struct FitOptions {
  std::string detector;              // whose coefficients
  std::vector<std::string> members;  // of a fusion; empty: a detector that weighs measurements
  std::vector<std::string> species;  // prefixes of the attacks that count; empty: all
  double max_bpcer = 0.05;           // at which the threshold is set
  std::string data;                  // in words, for the record
};

struct PartFigures {
  std::uint64_t bona_fide = 0;
  std::uint64_t attacks = 0;
  std::uint64_t subjects = 0;
  double auc = 0;
  std::optional<Interval> auc_interval;  // subjects drawn anew
};

// Of attacks of one species, and of bona fide samples ("bona_fide"), on the test part at the threshold.
struct SpeciesFigures {
  std::string species;
  std::uint64_t samples = 0;
  std::uint64_t errors = 0;  // APCER, BPCER
  Interval interval;         // Clopper-Pearson
};

struct FitResult {
  LinearModelFile file;
  double penalty = 0;
  PartFigures train;
  std::optional<PartFigures> test;
  double threshold = 0;
  std::vector<SpeciesFigures> species;
  // Of a fusion: every member alone on the test part, by its own score.
  std::vector<std::pair<std::string, PartFigures>> member_figures;
};

// Splits: "train" is fitted on (of a fusion "val" too, see the record), "val" sets the threshold (train,
// where there is no val), "test" is measured. throws  Error{InvalidArgument} if a class is missing in a part,
// or no sample has the measurements
FitResult fit_detector(std::span<const MeasuredSample> samples,
                       const FitOptions& options,
                       const ModelResources& resources);

// The part that a subject without a split of its own falls into: half train, a fifth val, the rest test;
// by a hash of the name, the same everywhere.
std::string split_of_subject(const std::string& subject);

}  // namespace kyc
