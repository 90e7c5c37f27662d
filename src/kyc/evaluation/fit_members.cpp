#include "kyc/evaluation/fit_members.h"

#include <algorithm>
#include <array>

#include "kyc/detection/detectors.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/fusion.h"

namespace kyc {
namespace {

constexpr int kFolds = 8;

}  // namespace

std::string subject_of(const SampleLabels& labels) {
  return labels.driver.empty() ? labels.identity : labels.driver;
}

bool is_wanted(const SampleLabels& labels, const FitOptions& options) {
  if (!labels.attack || options.species.empty()) return true;
  return std::any_of(options.species.begin(), options.species.end(), [&](const std::string& prefix) {
    return labels.species.starts_with(prefix);
  });
}

std::map<std::string, int> folds_of(std::span<const LabelledMeasurements> samples, int folds) {
  std::map<std::string, int> out;
  for (const LabelledMeasurements& sample : samples)
    out.try_emplace(sample.subject, static_cast<int>(out.size()) % folds);
  return out;
}

std::vector<std::optional<double>> cross_fitted(std::span<const std::string> names,
                                                std::span<const LabelledMeasurements> samples,
                                                double penalty,
                                                int folds) {
  const std::map<std::string, int> fold_of = folds_of(samples, folds);
  std::vector<std::optional<double>> out(samples.size());
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<LabelledMeasurements> others;
    std::array<bool, 2> classes{};
    for (const LabelledMeasurements& sample : samples)
      if (fold_of.at(sample.subject) != fold) {
        classes[sample.attack ? 1 : 0] = true;
        others.push_back(sample);
      }
    if (!classes[0] || !classes[1]) continue;
    const LinearModel model = fit_linear_model(names, others, penalty);
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (fold_of.at(samples[i].subject) == fold) out[i] = kyc::log_odds(model, samples[i].values);
  }
  return out;
}

FitMember::FitMember(const std::string& name, const ModelResources& resources)
    : name_(name), detector_(make_attack_detector(name, resources)) {
  if (dynamic_cast<const FeatureDetector*>(detector_.get()) != nullptr)
    model_ = read_linear_model(linear_model_file(resources.models, name)).model;
}

void FitMember::leave_out(std::span<const MeasuredSample> samples, const FitOptions& options) {
  if (!model_) return;
  std::vector<LabelledMeasurements> set;
  std::vector<std::string> ids;
  for (const MeasuredSample& sample : samples) {
    if (sample.labels.split != "train" || !is_wanted(sample.labels, options)) continue;
    if (auto values = measurements(sample)) {
      set.push_back({std::move(*values), sample.labels.attack, subject_of(sample.labels)});
      ids.push_back(sample.labels.sample);
    }
  }
  std::vector<std::string> names;
  for (const LinearTerm& term : model_->terms) names.push_back(term.name);
  if (folds_of(set, kFolds).size() < 2) return;
  const auto left_out = cross_fitted(names, set, choose_penalty(names, set), kFolds);
  for (std::size_t i = 0; i < set.size(); ++i)
    if (left_out[i]) left_out_[ids[i]] = fusion_log_odds(logistic(*left_out[i]));
}

std::optional<double> FitMember::log_odds(const MeasuredSample& sample) const {
  const std::optional<double> said = said_of(sample);
  return speaks_for_attacks_only(detector_->info()) ? std::optional(std::max(0.0, said.value_or(0))) : said;
}

std::optional<double> FitMember::said_of(const MeasuredSample& sample) const {
  if (!model_) {
    const auto found = sample.values.find(name_ + "/log_odds");
    return found != sample.values.end() ? std::optional(found->second) : std::nullopt;
  }
  if (const auto found = left_out_.find(sample.labels.sample); found != left_out_.end()) return found->second;
  const auto values = measurements(sample);
  return values ? std::optional(fusion_log_odds(logistic(kyc::log_odds(*model_, *values)))) : std::nullopt;
}

std::optional<std::vector<double>> FitMember::measurements(const MeasuredSample& sample) const {
  std::vector<double> out;
  for (const LinearTerm& term : model_->terms) {
    const auto found = sample.values.find(name_ + "/" + term.name);
    if (found == sample.values.end()) return std::nullopt;
    out.push_back(found->second);
  }
  return out;
}

}  // namespace kyc
