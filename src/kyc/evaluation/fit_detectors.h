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
  std::string detector;                      // whose coefficients
  std::vector<std::string> members;          // of a fusion; empty: a detector that weighs measurements
  std::vector<std::string> species;          // prefixes of the attacks that count; empty: all
  std::vector<std::string> fit_on{"train"};  // splits
  double max_bpcer = 0.05;                   // at which the threshold is set
  std::string data;                          // in words, for the record
};

struct PartFigures {
  std::uint64_t bona_fide = 0;
  std::uint64_t attacks = 0;
  std::uint64_t subjects = 0;
  double auc = 0;
  std::optional<Interval> auc_interval;  // subjects drawn anew
};

// Of attacks of one species and compression ("swap/landmark c23"), and of bona fide samples ("bona_fide
// c23"), on the test part at the threshold.
struct SpeciesFigures {
  std::string species;
  std::uint64_t samples = 0;
  std::uint64_t errors = 0;  // APCER, BPCER
  Interval interval;         // Clopper-Pearson
};

struct FitResult {
  LinearModelFile file;
  double penalty = 0;
  PartFigures train;  // of those fitted on, everybody judged by a fit on the others
  std::optional<PartFigures> test;
  double threshold = 0;
  std::vector<SpeciesFigures> species;
  // Of a fusion: every member alone on the test part, by its own score.
  std::vector<std::pair<std::string, PartFigures>> member_figures;
  std::string best_member;
  double over_best = 0;                        // AUC less that of the best member
  std::optional<Interval> over_best_interval;  // people drawn anew
};

// The threshold is set on split "val"; where val is fitted on, or too small, on those fitted on, everybody
// judged by a fit on the others. "test" is measured. The members of a fusion that weigh measurements must
// have been fitted on train; networks know their training part too well, so a fusion that has some is fitted
// on val alone. throws  Error{InvalidArgument} if a class is missing in a part, or no sample has the
// measurements
FitResult fit_detector(std::span<const MeasuredSample> samples,
                       const FitOptions& options,
                       const ModelResources& resources);

// The part that a subject without a split of its own falls into: half train, a fifth val, the rest test;
// by a hash of the name, the same everywhere.
std::string split_of_subject(const std::string& subject);

}  // namespace kyc
