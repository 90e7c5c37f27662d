// kyclops metrics: error rates of score files, made by this program or anywhere else.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/rates.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/evaluation/trial_file.h"
#include "kyc/metrics/calibration.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/expected_performance.h"
#include "kyc/metrics/resampled.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/verification.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kRates[] = {1e-1, 1e-2, 1e-3, 1e-4};

struct MetricsFlags {
  std::string file;
  std::string calibration;
  std::optional<double> threshold;
  std::string curve;
  std::string subject;
  std::uint64_t seed = 1;
  bool deepfakebench = false;
};

Json rates_at_json(const ComparisonScores& scores, double threshold) {
  const std::size_t false_matches = count_at_least(scores.non_mated, threshold);
  const std::size_t false_non_matches = scores.mated.size() - count_at_least(scores.mated, threshold);
  const double failed = static_cast<double>(scores.failed_mated + scores.failed_non_mated);
  const double fta = failed / (failed + static_cast<double>(scores.mated.size() + scores.non_mated.size()));
  const TransactionRates transactions =
      transaction_rates(error_rates_at(scores.mated, scores.non_mated, threshold), fta);
  const double fte = scores.references > 0 ? static_cast<double>(scores.failed_references) /
                                                 static_cast<double>(scores.references)
                                           : 0;
  const TransactionRates generalised = generalised_rates(transactions, fte);
  return {{"threshold", threshold},
          {"fmr", rate_json(false_matches, scores.non_mated.size())},
          {"fnmr", rate_json(false_non_matches, scores.mated.size())},
          {"far", transactions.far},
          {"frr", transactions.frr},
          {"gfar", generalised.far},
          {"gfrr", generalised.frr}};
}

// Of persons as references, and of trials with those who could be enrolled.
Json failures_json(const ComparisonScores& scores) {
  const std::uint64_t failed = scores.failed_mated + scores.failed_non_mated;
  Json out = {{"fta", rate_json(failed, failed + scores.mated.size() + scores.non_mated.size())}};
  out["fte"] = scores.references > 0 ? rate_json(scores.failed_references, scores.references) : Json(nullptr);
  return out;
}

// Fewer than 30 errors of either kind at a threshold of the curve (rule of 30).
bool few_errors(const ErrorCurve& curve, double threshold) {
  const auto at =
      static_cast<std::size_t>(std::lower_bound(curve.thresholds.begin(), curve.thresholds.end(), threshold) -
                               curve.thresholds.begin());
  return !satisfies_rule_of_thirty(curve.false_matches[at]) ||
         !satisfies_rule_of_thirty(curve.false_non_matches[at]);
}

// Figures that so little data can not carry: too few errors where the figure is read off, or fewer than 30
// trials of a class. They are printed, and named here.
Json not_carried(const ErrorCurve& curve) {
  Json out = Json::array();
  if (std::min(curve.mated, curve.non_mated) < 30)
    for (const char* name : {"auc", "d_prime", "min_cllr"}) out.push_back(name);
  if (few_errors(curve, equal_error_rate(curve).nearest.threshold))
    for (const char* name : {"eer", "eer_interpolated", "eer_convex_hull", "eer_fvc"}) out.push_back(name);
  for (const auto& [name, rate] :
       {std::pair("fmr100", 1e-2), std::pair("fmr1000", 1e-3), std::pair("fmr10000", 1e-4)})
    if (few_errors(curve, fnmr_at_fmr(curve, rate).threshold)) out.push_back(name);
  out.push_back("zero_fmr");  // no errors by definition: extremes of what was drawn
  out.push_back("zero_fnmr");
  return out;
}

// Expected performance on these scores of thresholds set on others.
Json epc_json(const ComparisonScores& setting, const ComparisonScores& scores) {
  Json out = Json::array();
  for (const ExpectedPerformance& point :
       expected_performance_curve(setting.mated, setting.non_mated, scores.mated, scores.non_mated, 11))
    out.push_back({{"alpha", point.alpha}, {"threshold", point.threshold}, {"hter", point.hter}});
  return out;
}

Json auc_json(std::span<const double> high, std::span<const double> low) {
  if (high.size() < 2 || low.size() < 2) return nullptr;
  return interval_json(delong_interval(high, low).interval);
}

// Every point: "threshold,fmr,fnmr".
std::string curve_file(const ErrorCurve& curve) {
  std::string out = "threshold,fmr,fnmr\n";
  const auto add = [&](double value, char end) {
    char text[32];
    out.append(text, std::to_chars(text, text + sizeof(text), value).ptr);
    out += end;
  };
  for (std::size_t i = 0; i < curve.size(); ++i) {
    add(curve.thresholds[i], ',');
    add(curve.fmr(i), ',');
    add(curve.fnmr(i), '\n');
  }
  return out;
}

Json verification_json(const ComparisonScores& scores,
                       const ComparisonScores& calibration,
                       const MetricsFlags& options) {
  const ErrorCurve curve = error_curve(scores.mated, scores.non_mated);
  const ErrorCurve setting = error_curve(calibration.mated, calibration.non_mated);
  const auto fnmr_at = [&](double max_fmr) { return fnmr_at_fmr(curve, max_fmr).fnmr; };
  const std::optional<double> separation = d_prime(scores.mated, scores.non_mated);
  Json at_fmr;
  for (const double rate : kRates)
    at_fmr[rate_text(rate)] = rates_at_json(scores, fnmr_at_fmr(setting, rate).threshold);
  Json out = {
      {"file", options.file},
      {"mated", scores.mated.size()},
      {"non_mated", scores.non_mated.size()},
      {"failures_to_acquire", {{"mated", scores.failed_mated}, {"non_mated", scores.failed_non_mated}}},
      {"auc", auc(curve)},
      {"auc_interval", auc_json(scores.mated, scores.non_mated)},
      {"d_prime", separation ? Json(*separation) : Json(nullptr)},
      {"eer", equal_error_rate(curve).value},
      {"eer_threshold", equal_error_rate(curve).nearest.threshold},
      {"eer_interpolated", equal_error_rate(curve, EerDefinition::Interpolated).value},
      {"eer_convex_hull", equal_error_rate(curve, EerDefinition::ConvexHull).value},
      {"min_cllr", minimal_cllr(scores.mated, scores.non_mated)},
      {"eer_fvc", equal_error_rate(curve, EerDefinition::Fvc).value},
      {"fmr100", fnmr_at(1e-2)},
      {"fmr1000", fnmr_at(1e-3)},
      {"fmr10000", fnmr_at(1e-4)},
      {"zero_fmr", fnmr_at(0)},
      {"zero_fnmr", fmr_at_fnmr(curve, 0).fmr},
      {"thresholds_from", options.calibration.empty() ? options.file : options.calibration},
      {"fnmr_at_fmr", at_fmr},
      {"at_eer_threshold", rates_at_json(scores, equal_error_rate(setting).nearest.threshold)},
  };
  out.update(failures_json(scores));
  if (!options.calibration.empty()) out["epc"] = epc_json(calibration, scores);
  if (options.threshold) out["at_threshold"] = rates_at_json(scores, *options.threshold);
  out["not_carried"] = not_carried(curve);
  return out;
}

// AUC and EER with intervals by drawing the persons anew.
Json by_subject_json(const MetricsFlags& options) {
  std::vector<SubjectTrial> trials;
  std::map<std::string, std::uint32_t> subjects;
  for (const Trial& trial : read_trials(options.file, options.subject)) {
    const auto next = static_cast<std::uint32_t>(subjects.size());
    const std::uint32_t subject = subjects.try_emplace(trial.group, next).first->second;
    if (trial.score) trials.push_back({*trial.score, trial.high, subject});
  }
  const ResampledFigures figures = resample_figures(trials, subjects.size(), {.seed = options.seed});
  const auto interval = [](const std::optional<BootstrapInterval>& one) {
    return one ? interval_json(one->interval) : Json(nullptr);
  };
  return {{"subject", options.subject},
          {"drawn", subjects.size()},
          {"auc_interval", interval(figures.auc)},
          {"eer_interval", interval(figures.eer)}};
}

int verification(const MetricsFlags& options, const GlobalOptions& global) {
  const ComparisonScores scores = read_comparison_scores(options.file);
  const ComparisonScores calibration =
      options.calibration.empty() ? scores : read_comparison_scores(options.calibration);
  Json out = verification_json(scores, calibration, options);
  if (!options.subject.empty()) out["resampled"] = by_subject_json(options);
  if (!options.curve.empty())
    write_text_file(options.curve, curve_file(error_curve(scores.mated, scores.non_mated)));
  print_object(out, global.json);
  return kDone;
}

Json presentation_json(const PresentationRates& rates, const char* rate, const char* no_response) {
  return {{rate, rates.rate},
          {"errors", rates.errors},
          {"responses", rates.responses},
          {"interval", interval_json(rates.interval)},
          {"carried", satisfies_rule_of_thirty(rates.errors)},
          {no_response, rates.no_response}};
}

Json pad_rates_json(const PadRates& rates) {
  Json species;
  for (const PresentationRates& one : rates.attacks)
    species[one.species] = presentation_json(one, "apcer", "apnrr");
  return {{"threshold", rates.threshold},
          {"apcer", rates.apcer()},
          {"worst_species", rates.attacks[rates.worst].species},
          {"bpcer", rates.bpcer()},
          {"bona_fide", presentation_json(rates.bona_fide, "bpcer", "bpnrr")},
          {"species", species},
          {"acer", acer(rates)},
          {"hter", hter(rates)}};
}

// What stands on fewer than 30 errors of the worst species or of bona fide presentations.
bool carried(const PadRates& rates) {
  return satisfies_rule_of_thirty(rates.attacks[rates.worst].errors) &&
         satisfies_rule_of_thirty(rates.bona_fide.errors);
}

int pad(const MetricsFlags& options, const GlobalOptions& global) {
  const PresentationScores scores = read_presentation_scores(options.file);
  const auto bpcer = [&](double max_apcer) {
    return bpcer_at_apcer(scores.attacks, scores.bona_fide, max_apcer);
  };
  const PadEqualErrorRate equal = pad_equal_error_rate(scores.attacks, scores.bona_fide);
  Json out = {{"file", options.file},
              {"bpcer10", bpcer(0.1).bpcer()},
              {"bpcer20", bpcer(0.05).bpcer()},
              {"bpcer100", bpcer(0.01).bpcer()},
              {"d_eer", equal.value},
              {"at_bpcer10", pad_rates_json(bpcer(0.1))},
              {"at_bpcer20", pad_rates_json(bpcer(0.05))},
              {"at_bpcer100", pad_rates_json(bpcer(0.01))},
              {"at_d_eer", pad_rates_json(equal.nearest)}};
  if (options.threshold)
    out["at_threshold"] = pad_rates_json(pad_rates_at(scores.attacks, scores.bona_fide, *options.threshold));
  if (!options.calibration.empty()) {
    const PresentationScores setting = read_presentation_scores(options.calibration);
    const double threshold = pad_equal_error_rate(setting.attacks, setting.bona_fide).nearest.threshold;
    out["thresholds_from"] = options.calibration;
    out["at_calibrated_d_eer"] = pad_rates_json(pad_rates_at(scores.attacks, scores.bona_fide, threshold));
  }
  out["not_carried"] = Json::array();
  for (const auto& [name, limit] :
       {std::pair("bpcer10", 0.1), std::pair("bpcer20", 0.05), std::pair("bpcer100", 0.01)})
    if (!carried(bpcer(limit))) out["not_carried"].push_back(name);
  if (!carried(equal.nearest)) out["not_carried"].push_back("d_eer");
  print_object(out, global.json);
  return kDone;
}

template <typename Scored>
Json detection_json(const std::vector<Scored>& trials, double threshold) {
  std::vector<double> attack;
  std::vector<double> bona_fide;
  for (const Scored& trial : trials) (trial.attack ? attack : bona_fide).push_back(trial.score);
  const ErrorCurve curve = attack_curve(std::span<const Scored>(trials));
  Json names = Json::array();
  if (std::min(curve.mated, curve.non_mated) < 30)
    for (const char* name : {"accuracy", "auc", "ap"}) names.push_back(name);
  if (few_errors(curve, equal_error_rate(curve).nearest.threshold))
    for (const char* name : {"eer", "eer_interpolated"}) names.push_back(name);
  return {{"attacks", attack.size()},
          {"bona_fide", bona_fide.size()},
          {"accuracy", accuracy_at(curve, threshold)},
          {"auc", auc(curve)},
          {"auc_interval", auc_json(attack, bona_fide)},
          {"eer", equal_error_rate(curve).value},
          {"eer_interpolated", equal_error_rate(curve, EerDefinition::Interpolated).value},
          {"ap", average_precision(curve)},
          {"not_carried", names}};
}

// Its figures, by its own rules: accuracy with score > 0.5, and clips told apart by the name of their folder
// only.
Json deepfakebench_json(const std::vector<FrameScore>& frames) {
  const ErrorCurve curve = attack_curve(frames);
  Json out = {{"acc", accuracy_at(curve, std::nextafter(0.5, 1.0))},
              {"auc", auc(curve)},
              {"eer", deepfakebench_eer(curve)},
              {"ap", average_precision(curve)}};
  const std::vector<ClipScore> clips = clip_scores(frames, ClipGrouping::ByFolderName);
  const auto attacks =
      std::count_if(clips.begin(), clips.end(), [](const ClipScore& clip) { return clip.attack; });
  if (attacks > 0 && attacks < static_cast<std::ptrdiff_t>(clips.size())) {
    const ErrorCurve clip_curve = attack_curve(clips);
    out["video_auc"] = auc(clip_curve);
    out["video_eer"] = deepfakebench_eer(clip_curve);
  }
  return out;
}

int detection(const MetricsFlags& options, const GlobalOptions& global) {
  const FrameScores scores = read_frame_scores(options.file);
  double threshold = options.threshold.value_or(0.5);
  if (!options.threshold && !options.calibration.empty())
    threshold =
        equal_error_rate(attack_curve(read_frame_scores(options.calibration).frames)).nearest.threshold;
  Json out = {{"file", options.file},
              {"threshold", threshold},
              {"thresholds_from",
               options.threshold             ? "--threshold"
               : options.calibration.empty() ? "0.5"
                                             : options.calibration},
              {"failed", scores.failed},
              {"frame", detection_json(scores.frames, threshold)},
              {"clip", detection_json(clip_scores(scores.frames), threshold)}};
  if (options.deepfakebench) out["deepfakebench"] = deepfakebench_json(scores.frames);
  print_object(out, global.json);
  return kDone;
}

using MetricsRun = int (*)(const MetricsFlags&, const GlobalOptions&);

App* add_metrics(App& app,
                 const GlobalOptions& global,
                 Chosen& chosen,
                 const std::string& name,
                 const std::string& description,
                 const std::shared_ptr<MetricsFlags>& options,
                 MetricsRun run) {
  App* command = noun(app, "metrics", "Error rates of score files")->add_subcommand(name, description);
  command->add_option("file", options->file, "Score file (CSV)")->required();
  command->add_option("--threshold", options->threshold, "Also report the rates at this threshold");
  command->callback([options, &global, &chosen, run] {
    chosen.run = [options, &global, run] { return run(*options, global); };
  });
  return command;
}

}  // namespace

void add_metrics(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto for_comparisons = std::make_shared<MetricsFlags>();
  App* comparisons = add_metrics(app,
                                 global,
                                 chosen,
                                 "verification",
                                 "Comparisons: columns mated (1 or 0), score; probe, reference",
                                 for_comparisons,
                                 verification);
  comparisons->add_option(
      "--calibrate", for_comparisons->calibration, "Score file from which thresholds are taken");
  comparisons->add_option("--subject",
                          for_comparisons->subject,
                          "Column that names the person: intervals of AUC and EER by drawing people anew");
  comparisons->add_option("--seed", for_comparisons->seed, "Of that drawing")->capture_default_str();
  comparisons->add_option(
      "--curve", for_comparisons->curve, "Write FMR and FNMR at every threshold to this CSV file");

  const auto for_presentations = std::make_shared<MetricsFlags>();
  add_metrics(app,
              global,
              chosen,
              "pad",
              "Attack detection by species: columns attack (1 or 0), species, score; sample",
              for_presentations,
              pad)
      ->add_option(
          "--calibrate", for_presentations->calibration, "Score file from which a threshold is taken");

  const auto for_frames = std::make_shared<MetricsFlags>();
  App* frames = add_metrics(app,
                            global,
                            chosen,
                            "detection",
                            "Deepfake detection per frame and clip: columns clip, attack (1 or 0), score",
                            for_frames,
                            detection);
  frames->add_option("--calibrate",
                     for_frames->calibration,
                     "Score file at whose EER the threshold is set: the normal way; 0.5 if not given");
  frames->add_flag(
      "--deepfakebench", for_frames->deepfakebench, "Also the figures by DeepfakeBench's own rules");
}

}  // namespace kyc::cli
