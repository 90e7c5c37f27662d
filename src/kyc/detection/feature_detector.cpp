#include "kyc/detection/feature_detector.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/error.h"

namespace kyc {

std::filesystem::path linear_model_file(const ModelManifest& models, const std::string& detector) {
  return models.folder() / "detectors" / (detector + ".json");
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double quantile_of(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

FeatureDetector::FeatureDetector(AttackDetectorInfo info,
                                 std::vector<Feature> features,
                                 std::vector<FeatureGroup> groups,
                                 const ModelResources& resources)
    : info_(std::move(info)),
      features_(std::move(features)),
      groups_(std::move(groups)),
      file_(linear_model_file(resources.models, info_.name)) {
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return;
  coefficients_ = read_linear_model(file_);
  const std::vector<LinearTerm>& terms = coefficients_->model.terms;
  const bool fits = std::equal(terms.begin(),
                               terms.end(),
                               features_.begin(),
                               features_.end(),
                               [](const LinearTerm& term, const Feature& f) { return term.name == f.name; });
  if (!fits)
    throw Error(ErrorCode::Corrupt,
                file_.string() + ": expected the " + std::to_string(features_.size()) +
                    " measurements of detector " + info_.name +
                    ", got others: remove it, and kyclops train light fits it anew");
  info_.thresholds = coefficients_->thresholds;
  info_.models.push_back({"detectors/" + info_.name + ".json", coefficients_->sha256});
}

const LinearModel& FeatureDetector::model() const {
  if (!coefficients_)
    throw Error(ErrorCode::NotFound,
                file_.string() + ": no such file: the coefficients of detector " + info_.name +
                    "; kyclops train light fits them");
  return coefficients_->model;
}

double FeatureDetector::log_odds_of(std::span<const double> values) const {
  return log_odds(model(), values);
}

Outcome<std::vector<double>, NotApplicable> FeatureDetector::measure(const Evidence& evidence) const {
  if (auto missing = missing_evidence(info_, evidence)) return *missing;
  std::vector<double> out;
  for (std::size_t k = 0; k < features_.size(); ++k) {
    std::vector<double> values;
    for (const FrameNotes& notes : evidence.notes)
      if (!notes.empty()) values.push_back(static_cast<double>(notes.at(k)));
    if (values.empty()) return NotApplicable{"face_too_small", "the face is too small to be measured"};
    out.push_back(median_of(std::move(values)));
  }
  return out;
}

AttackAssessment FeatureDetector::conclude(const Evidence& evidence) const {
  const auto measured = measure(evidence);
  if (!measured) return measured.reason();
  const std::vector<double> parts = contributions(model(), *measured);
  AttackFinding finding;
  double sum = model().intercept;
  for (const FeatureGroup& group : groups_) {
    EvidenceSignal signal{group.name, 0, group.meaning, 0.0};
    double count = 0;
    for (std::size_t k = 0; k < features_.size(); ++k)
      if (features_[k].group == group.name) {
        signal.value += (*measured)[k];
        *signal.contribution += parts[k];
        ++count;
      }
    if (count > 0) signal.value /= count;
    finding.signals.push_back(std::move(signal));
  }
  for (const double part : parts) sum += part;
  finding.score = logistic(sum);
  std::stable_sort(finding.signals.begin(), finding.signals.end(), [](const auto& a, const auto& b) {
    return std::abs(*a.contribution) > std::abs(*b.contribution);
  });
  return finding;
}

std::optional<double> FeatureDetector::frame_score(const FrameNotes& notes) const {
  if (!info_.per_frame || notes.empty()) return std::nullopt;
  return logistic(log_odds_of(std::vector<double>(notes.begin(), notes.end())));
}

}  // namespace kyc
