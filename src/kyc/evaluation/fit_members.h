// Internal to evaluation/: the detectors that a fusion is fitted on, as the table of measurements shows them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/detection/attack_detector.h"
#include "kyc/evaluation/fit_detectors.h"

namespace kyc {

// The people whose presence ties samples together.
std::string subject_of(const SampleLabels& labels);
// True if an attack of this species counts; always for bona fide samples.
bool is_wanted(const SampleLabels& labels, const FitOptions& options);

// Parts of a set for cross-fitting, of equal numbers of subjects; nobody is in two.
std::map<std::string, int> folds_of(std::span<const LabelledMeasurements> samples, int folds);

// Of every sample the log odds by a model that was fitted on the other folds; nothing where those lack a
// class.
std::vector<std::optional<double>> cross_fitted(std::span<const std::string> names,
                                                std::span<const LabelledMeasurements> samples,
                                                double penalty,
                                                int folds);

// What the table holds of one detector: its measurements, or its log odds.
class FitMember {
 public:
  FitMember(const std::string& name, const ModelResources& resources);
  const std::string& name() const { return name_; }

  // Of people it may have been fitted on, a member says what it would have said had it been fitted on the
  // others only: else a fusion would trust those most that know their own training data best.
  void leave_out(std::span<const MeasuredSample> samples, const FitOptions& options);

  // Of a one-sided detector at least 0, also where it says nothing.
  std::optional<double> log_odds(const MeasuredSample& sample) const;

 private:
  std::optional<double> said_of(const MeasuredSample& sample) const;
  std::optional<std::vector<double>> measurements(const MeasuredSample& sample) const;

  std::string name_;
  std::unique_ptr<AttackDetector> detector_;
  std::optional<LinearModel> model_;        // nothing: it gives a score of its own
  std::map<std::string, double> left_out_;  // by sample
};

}  // namespace kyc
