#include "kyc/evaluation/fit_detectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/detection/detectors.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/evaluation/fit_members.h"
#include "kyc/metrics/error_curve.h"
#include "kyc/metrics/resampled.h"

namespace kyc {
namespace {

using Values = std::vector<std::optional<double>>;

struct Row {
  const SampleLabels* labels;
  Values values;  // one per term
};

std::vector<double> filled(const LinearModel& model, const Values& values) {
  std::vector<double> out;
  for (std::size_t k = 0; k < values.size(); ++k) out.push_back(values[k].value_or(model.terms[k].mean));
  return out;
}

// Absent values become the mean of the others: they say nothing.
std::vector<LabelledMeasurements> training_set(const std::vector<const Row*>& rows) {
  std::vector<double> means(rows.front()->values.size());
  std::vector<double> counts(means.size());
  for (const Row* row : rows)
    for (std::size_t k = 0; k < means.size(); ++k)
      if (row->values[k]) {
        means[k] += *row->values[k];
        ++counts[k];
      }
  std::vector<LabelledMeasurements> out;
  for (const Row* row : rows) {
    LabelledMeasurements sample{{}, row->labels->attack, subject_of(*row->labels)};
    for (std::size_t k = 0; k < means.size(); ++k)
      sample.values.push_back(row->values[k].value_or(counts[k] > 0 ? means[k] / counts[k] : 0));
    out.push_back(std::move(sample));
  }
  return out;
}

struct Scored {
  const SampleLabels* labels;
  double score;
};

std::vector<SubjectTrial> trials_of(const std::vector<Scored>& scored,
                                    std::map<std::string, std::uint32_t>& subjects) {
  std::vector<SubjectTrial> out;
  for (const Scored& one : scored)
    out.push_back({one.score,
                   one.labels->attack,
                   subjects.try_emplace(subject_of(*one.labels), static_cast<std::uint32_t>(subjects.size()))
                       .first->second});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
  return out;
}

PartFigures figures_of(const std::vector<Scored>& scored) {
  PartFigures out;
  std::vector<double> attacks;
  std::vector<double> bona_fide;
  std::map<std::string, std::uint32_t> subjects;
  for (const Scored& one : scored) (one.labels->attack ? attacks : bona_fide).push_back(one.score);
  const std::vector<SubjectTrial> trials = trials_of(scored, subjects);
  out.attacks = attacks.size();
  out.bona_fide = bona_fide.size();
  out.subjects = subjects.size();
  if (attacks.empty() || bona_fide.empty()) return out;
  out.auc = auc(error_curve(attacks, bona_fide));
  if (const auto resampled = resample_figures(trials, subjects.size()).auc)
    out.auc_interval = resampled->interval;
  return out;
}

// AUC of the first less AUC of the second, the same people drawn anew for both.
std::optional<Interval> difference_of(const std::vector<Scored>& first, const std::vector<Scored>& second) {
  std::map<std::string, std::uint32_t> subjects;
  const std::vector<SubjectTrial> a = trials_of(first, subjects);
  const std::vector<SubjectTrial> b = trials_of(second, subjects);
  const auto resampled = resample_differences(a, b, subjects.size()).auc;
  return resampled ? std::optional(resampled->interval) : std::nullopt;
}

// Just above the highest bona fide score that must not be called an attack.
double threshold_for(std::vector<double> bona_fide, double max_bpcer) {
  std::sort(bona_fide.begin(), bona_fide.end(), std::greater<>());
  const auto allowed = static_cast<std::size_t>(max_bpcer * static_cast<double>(bona_fide.size()));
  const double limit = bona_fide[std::min(allowed, bona_fide.size() - 1)];
  return std::min(1.0, std::ceil(limit * 1000 + 1e-9) / 1000 + 0.001);
}

std::string names_text(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : " and ") + name;
  return out;
}

std::string text(const char* format, double a, double b = 0, double c = 0) {
  char out[160];
  std::snprintf(out, sizeof(out), format, a, b, c);
  return out;
}

std::string figures_text(const PartFigures& f) {
  std::string out = text("AUC %.4f", f.auc);
  if (f.auc_interval)
    out += text(" (95 %% interval %.4f to %.4f)", f.auc_interval->low, f.auc_interval->high);
  return out + ", " + std::to_string(f.bona_fide) + " bona fide, " + std::to_string(f.attacks) +
         " attacks, " + std::to_string(f.subjects) + " subjects";
}

class Fit {
 public:
  Fit(std::span<const MeasuredSample> samples, const FitOptions& options, const ModelResources& resources)
      : options_(options) {
    if (options.members.empty()) {
      const auto detector = make_attack_detector(options.detector, resources);
      const auto* weighing = dynamic_cast<const FeatureDetector*>(detector.get());
      if (weighing == nullptr)
        throw Error(
            ErrorCode::InvalidArgument,
            options.detector + ": expected a detector that weighs measurements, or --members of a fusion");
      for (const Feature& feature : weighing->features()) names_.push_back(feature.name);
    }
    for (const std::string& name : options.members) {
      members_.emplace_back(name, resources);
      if (fits_on("train")) members_.back().leave_out(samples, options);
      names_.push_back(name);
    }
    for (const MeasuredSample& sample : samples)
      if (is_wanted(sample.labels, options)) add_row(sample);
  }

  FitResult run() {
    std::vector<const Row*> fitted;
    for (const Row& row : rows_)
      if (fits_on(row.labels->split)) fitted.push_back(&row);
    if (fitted.empty())
      throw Error(ErrorCode::InvalidArgument,
                  options_.detector + ": expected samples of split " + names_text(options_.fit_on) +
                      " that it measured, got none");
    const std::vector<LabelledMeasurements> set = training_set(fitted);
    out_.penalty = choose_penalty(names_, set);
    out_.file.detector = options_.detector;
    out_.file.model = fit_linear_model(names_, set, out_.penalty);
    const auto left_out = cross_fitted(names_, set, out_.penalty, kFolds);
    std::vector<Scored> judged;
    for (std::size_t i = 0; i < set.size(); ++i)
      if (left_out[i]) judged.push_back({fitted[i]->labels, logistic(*left_out[i])});
    out_.train = figures_of(judged);
    set_threshold(judged);
    if (const auto test = part("test"); !test.empty() && !fits_on("test")) measure_test(test);
    write_record();
    return std::move(out_);
  }

 private:
  static constexpr int kFolds = 10;
  static constexpr std::size_t kFewest = 20;  // bona fide samples that carry a threshold

  bool fits_on(const std::string& split) const {
    return std::find(options_.fit_on.begin(), options_.fit_on.end(), split) != options_.fit_on.end();
  }

  void add_row(const MeasuredSample& sample) {
    Row row{&sample.labels, {}};
    bool any = false;
    if (members_.empty())
      for (const std::string& name : names_) {
        const auto found = sample.values.find(options_.detector + "/" + name);
        if (found == sample.values.end()) return;
        row.values.emplace_back(found->second);
        any = true;
      }
    for (const FitMember& member : members_) {
      row.values.push_back(member.log_odds(sample));
      any = any || row.values.back();
    }
    if (any) rows_.push_back(std::move(row));
  }

  std::vector<const Row*> part(const std::string& split) const {
    std::vector<const Row*> out;
    for (const Row& row : rows_)
      if (row.labels->split == split) out.push_back(&row);
    return out;
  }

  std::vector<Scored> scored(const std::vector<const Row*>& rows) const {
    std::vector<Scored> out;
    for (const Row* row : rows)
      out.push_back({row->labels, logistic(log_odds(out_.file.model, filled(out_.file.model, row->values)))});
    return out;
  }

  // judged   everybody who was fitted on, by a fit on the others
  void set_threshold(const std::vector<Scored>& judged) {
    std::string origin = "val";
    std::vector<double> bona_fide;
    if (!fits_on("val"))
      for (const Scored& one : scored(part("val")))
        if (!one.labels->attack) bona_fide.push_back(one.score);
    if (bona_fide.size() < kFewest) {
      origin = names_text(options_.fit_on) + ", each judged by a fit on the others,";
      bona_fide.clear();
      for (const Scored& one : judged)
        if (!one.labels->attack) bona_fide.push_back(one.score);
    }
    if (bona_fide.empty())
      throw Error(ErrorCode::InvalidArgument,
                  options_.detector + ": expected bona fide samples of several people to set a threshold on");
    out_.threshold = threshold_for(bona_fide, options_.max_bpcer);
    out_.file.thresholds = {{"default",
                             out_.threshold,
                             text("BPCER at most %g %%", 100 * options_.max_bpcer),
                             std::to_string(bona_fide.size()) + " bona fide samples of split " + origin +
                                 " of " + options_.data}};
  }

  void measure_test(const std::vector<const Row*>& test) {
    const std::vector<Scored> scores = scored(test);
    out_.test = figures_of(scores);
    std::map<std::string, SpeciesFigures> species;
    for (const Scored& one : scores) {
      SpeciesFigures& figures =
          species[(one.labels->attack ? one.labels->species : "bona_fide") +
                  (one.labels->compression.empty() ? "" : " " + one.labels->compression)];
      ++figures.samples;
      if ((one.score >= out_.threshold) != one.labels->attack) ++figures.errors;
    }
    for (auto& [name, figures] : species) {
      figures.species = name;
      figures.interval = clopper_pearson_interval(figures.errors, figures.samples);
      out_.species.push_back(figures);
    }
    std::vector<Scored> best;
    double highest = -1;
    for (std::size_t k = 0; k < members_.size(); ++k) {
      std::vector<Scored> alone;
      for (const Row* row : test)
        alone.push_back({row->labels, row->values[k].value_or(out_.file.model.terms[k].mean)});
      const PartFigures figures = figures_of(alone);
      out_.member_figures.emplace_back(members_[k].name(), figures);
      if (figures.auc <= highest) continue;
      highest = figures.auc;
      out_.best_member = members_[k].name();
      best = std::move(alone);
    }
    if (best.empty()) return;
    out_.over_best = out_.test->auc - highest;
    out_.over_best_interval = difference_of(scores, best);
  }

  void write_record() {
    auto& record = out_.file.record;
    record.emplace_back("data", options_.data);
    std::string species;
    for (const std::string& one : options_.species) species += (species.empty() ? "" : ", ") + one;
    if (!species.empty()) record.emplace_back("attacks", species);
    record.emplace_back(
        "fit",
        "logistic regression, both classes weigh the same, L2 penalty " + text("%g", out_.penalty) +
            " (largest within a standard error of the least loss, 5 folds by subject)" + "; on split " +
            names_text(options_.fit_on) +
            (members_.empty() || !fits_on("train") ? ""
                                                   : ", of every person with members fitted on the others"));
    record.emplace_back(names_text(options_.fit_on) + ", each judged by a fit on the others",
                        figures_text(out_.train));
    if (out_.test) record.emplace_back("test", figures_text(*out_.test));
    for (const SpeciesFigures& one : out_.species)
      record.emplace_back(
          "test, " + one.species,
          std::to_string(one.errors) + " of " + std::to_string(one.samples) +
              (one.species.starts_with("bona_fide") ? " called attacks" : " called bona fide") +
              text(" at the threshold (95 %% interval %.1f %% to %.1f %%)",
                   100 * one.interval.low,
                   100 * one.interval.high));
    for (const auto& [name, figures] : out_.member_figures)
      record.emplace_back("test, " + name + " alone", figures_text(figures));
    if (out_.over_best_interval)
      record.emplace_back("test, AUC less that of " + out_.best_member,
                          text("%+.4f (95 %% interval %+.4f to %+.4f)",
                               out_.over_best,
                               out_.over_best_interval->low,
                               out_.over_best_interval->high));
  }

  FitOptions options_;
  std::vector<std::string> names_;
  std::vector<FitMember> members_;
  std::vector<Row> rows_;
  FitResult out_;
};

}  // namespace

FitResult fit_detector(std::span<const MeasuredSample> samples,
                       const FitOptions& options,
                       const ModelResources& resources) {
  return Fit(samples, options, resources).run();
}

std::string split_of_subject(const std::string& subject) {
  const std::string hash =
      sha256_hex({reinterpret_cast<const std::uint8_t*>(subject.data()), subject.size()});
  const unsigned long value = std::stoul(hash.substr(0, 4), nullptr, 16) % 100;
  return value < 50 ? "train" : value < 70 ? "val" : "test";
}

}  // namespace kyc
