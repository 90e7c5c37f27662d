// What the detectors without a network share: they measure named things, and a logistic regression weighs
// them (linear_model.h; coefficients in models/detectors/<name>.json, made by `kyclops train light`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kyc/detection/attack_detector.h"
#include "kyc/detection/linear_model.h"

namespace kyc {

struct Feature {
  std::string name;   // of the measurement: "power_17"
  std::string group;  // measurements of one group are one signal: "high_frequencies"
};

struct FeatureGroup {
  std::string name;
  std::string meaning;  // of its value, the mean over its measurements; for people
};

class FeatureDetector : public AttackDetector {
 public:
  // Measurements in a fixed order, whatever the sample.
  const std::vector<Feature>& features() const { return features_; }

  // Of one photo or clip. The default: of every measurement the median over the frames.
  virtual Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const;

  const AttackDetectorInfo& info() const override { return info_; }
  // throws  Error{NotFound} if there are no coefficients: says how to fit them; here and below
  AttackAssessment conclude(const Evidence& evidence) const override;
  std::optional<double> frame_score(const FrameNotes& notes) const override;

 protected:
  // info.name names the file of coefficients.
  // throws  Error{Corrupt} if that file is there and does not fit the features
  FeatureDetector(AttackDetectorInfo info,
                  std::vector<Feature> features,
                  std::vector<FeatureGroup> groups,
                  const ModelResources& resources);

  // Log odds of one set of measurements.
  double log_odds_of(std::span<const double> values) const;
  const LinearModel& model() const;

 private:
  AttackDetectorInfo info_;
  std::vector<Feature> features_;
  std::vector<FeatureGroup> groups_;
  std::filesystem::path file_;
  std::optional<LinearModelFile> coefficients_;
};

// The file that belongs to a detector.
std::filesystem::path linear_model_file(const ModelManifest& models, const std::string& detector);

double median_of(std::vector<double> values);  // not empty
// Between two values in proportion, as NumPy and R (type 7) have it; 0.5 is the median. Not empty; share
// 0..1.
double quantile_of(std::vector<double> values, double share);

}  // namespace kyc
