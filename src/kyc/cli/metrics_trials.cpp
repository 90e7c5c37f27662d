// kyclops metrics demographics|compare|calibration|localization: figures that need more of a trial than its
// score.

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/evaluation/trial_file.h"
#include "kyc/image/codec.h"
#include "kyc/metrics/calibration.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/demographics.h"
#include "kyc/metrics/resampled.h"
#include "kyc/metrics/scores.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct MetricsTrialsFlags {
  std::string file;
  std::string second;
  std::string calibration;
  std::string group = "group";
  std::string subject;
  std::optional<double> threshold;
  double fmr = 1e-3;
  double alpha = 0.5;
  double mask_threshold = 0.5;
  int bins = 10;
  bool ratios = false;
};

struct Sets {
  std::vector<double> high;
  std::vector<double> low;
};

Sets sets_of(const std::vector<Trial>& trials) {
  Sets out;
  for (const Trial& trial : trials)
    if (trial.score) (trial.high ? out.high : out.low).push_back(*trial.score);
  return out;
}

Sets expect_both(Sets sets, const std::string& file) {
  if (sets.high.empty() || sets.low.empty())
    throw Error(ErrorCode::Corrupt, file + ": expected rows of both classes with scores, got only one kind");
  return sets;
}

double threshold_of(const MetricsTrialsFlags& options) {
  if (options.threshold) return *options.threshold;
  const std::string& from = options.calibration.empty() ? options.file : options.calibration;
  const Sets sets = expect_both(sets_of(read_trials(from)), from);
  return fnmr_at_fmr(error_curve(sets.high, sets.low), options.fmr).threshold;
}

int demographics(const MetricsTrialsFlags& options, const GlobalOptions& global) {
  const std::vector<Trial> trials = read_trials(options.file, options.group);
  const double threshold = threshold_of(options);
  std::map<std::string, Sets> groups;
  for (const Trial& trial : trials)
    if (trial.score)
      (trial.high ? groups[trial.group].high : groups[trial.group].low).push_back(*trial.score);
  std::vector<GroupRates> rates;
  Json table = Json::object();
  bool carried = true;
  for (const auto& [name, sets] : groups) {
    if (sets.high.empty() || sets.low.empty())
      throw Error(
          ErrorCode::Corrupt,
          options.file + ": group '" + name + "': expected mated and non-mated rows, got only one kind");
    const std::size_t false_matches = count_at_least(sets.low, threshold);
    const std::size_t false_non_matches = sets.high.size() - count_at_least(sets.high, threshold);
    table[name] = {{"fmr", rate_json(false_matches, sets.low.size())},
                   {"fnmr", rate_json(false_non_matches, sets.high.size())}};
    carried =
        carried && satisfies_rule_of_thirty(false_matches) && satisfies_rule_of_thirty(false_non_matches);
    rates.push_back({name, table[name]["fmr"]["rate"], table[name]["fnmr"]["rate"]});
  }
  const std::optional<double> inequity = inequity_rate(rates, options.alpha);
  print_object({{"file", options.file},
                {"threshold", threshold},
                {"thresholds_from",
                 options.threshold             ? "--threshold"
                 : options.calibration.empty() ? options.file
                                               : options.calibration},
                {"alpha", options.alpha},
                {"fdr", fairness_discrepancy_rate(rates, options.alpha)},
                {"inequity_rate", inequity ? Json(*inequity) : Json(nullptr)},
                {"garbe", garbe(rates, options.alpha)},
                {"carried", carried},
                {"groups", table}},
               global.json);
  return kDone;
}

// The trials of both files that both systems answered, in one order.
struct Paired {
  std::vector<SubjectTrial> first;
  std::vector<SubjectTrial> second;
  std::size_t subjects = 0;
  std::size_t unanswered = 0;
};

Paired paired(const MetricsTrialsFlags& options) {
  const std::vector<Trial> first = read_trials(options.file, options.subject);
  const std::vector<Trial> second = read_trials(options.second);
  std::map<std::string, const Trial*> by_key;
  for (const Trial& trial : second) by_key[trial.key] = &trial;
  if (first.size() != second.size())
    throw Error(ErrorCode::Corrupt,
                options.second + ": expected the " + std::to_string(first.size()) + " trials of " +
                    options.file + ", got " + std::to_string(second.size()));
  Paired out;
  std::map<std::string, std::uint32_t> subjects;
  for (const Trial& one : first) {
    const auto found = by_key.find(one.key);
    if (found == by_key.end() || found->second->high != one.high)
      throw Error(ErrorCode::Corrupt,
                  options.second + ": expected the trial of " + one.key + " as in " + options.file +
                      (found == by_key.end() ? ", got none" : ", got it with the other class"));
    if (!one.score || !found->second->score) {
      ++out.unanswered;
      continue;
    }
    const std::string& name = options.subject.empty() ? one.key : one.group;
    const std::uint32_t subject =
        subjects.try_emplace(name, static_cast<std::uint32_t>(subjects.size())).first->second;
    out.first.push_back({*one.score, one.high, subject});
    out.second.push_back({*found->second->score, one.high, subject});
  }
  out.subjects = subjects.size();
  return out;
}

Sets scores_of(const std::vector<SubjectTrial>& trials) {
  Sets out;
  for (const SubjectTrial& trial : trials) (trial.high ? out.high : out.low).push_back(trial.score);
  return out;
}

Json resampled_json(double difference, const std::optional<BootstrapInterval>& interval) {
  return {{"difference", difference},
          {"interval", interval ? interval_json(interval->interval) : Json(nullptr)},
          {"differs", interval && (interval->interval.low > 0 || interval->interval.high < 0)}};
}

int compare(const MetricsTrialsFlags& options, const GlobalOptions& global) {
  const Paired trials = paired(options);
  const Sets first = expect_both(scores_of(trials.first), options.file);
  const Sets second = expect_both(scores_of(trials.second), options.second);
  const ErrorCurve a = error_curve(first.high, first.low);
  const ErrorCurve b = error_curve(second.high, second.low);
  const AucComparison test = compare_auc(first.high, first.low, second.high, second.low);
  const ResampledFigures resampled = resample_differences(trials.first, trials.second, trials.subjects);
  const double eer_a = equal_error_rate(a).value;
  const double eer_b = equal_error_rate(b).value;
  print_object({{"first", {{"file", options.file}, {"auc", auc(a)}, {"eer", eer_a}}},
                {"second", {{"file", options.second}, {"auc", auc(b)}, {"eer", eer_b}}},
                {"trials", trials.first.size()},
                {"unanswered", trials.unanswered},
                {"auc_delong",
                 {{"difference", test.difference},
                  {"interval", interval_json(test.interval)},
                  {"z", std::isfinite(test.z) ? Json(test.z) : Json(nullptr)},
                  {"p_value", test.p_value}}},
                {"resampled", options.subject.empty() ? "trials" : options.subject},
                {"drawn", trials.subjects},
                {"auc", resampled_json(auc(a) - auc(b), resampled.auc)},
                {"eer", resampled_json(eer_a - eer_b, resampled.eer)}},
               global.json);
  return kDone;
}

int calibration(const MetricsTrialsFlags& options, const GlobalOptions& global) {
  const Sets sets = expect_both(sets_of(read_trials(options.file)), options.file);
  Json out = {{"file", options.file}, {"true", sets.high.size()}, {"false", sets.low.size()}};
  if (options.ratios) {
    out["cllr"] = cllr(sets.high, sets.low);
    out["min_cllr"] = minimal_cllr(sets.high, sets.low);
    print_object(out, global.json);
    return kDone;
  }
  for (const auto* set : {&sets.high, &sets.low})
    for (const double value : *set)
      if (!(value >= 0 && value <= 1))
        throw Error(ErrorCode::Corrupt,
                    options.file + ": expected probabilities in [0, 1] in column 'score', got " +
                        std::to_string(value) + "; for log likelihood ratios use --ratios");
  const std::vector<ReliabilityBin> bins = reliability(sets.high, sets.low, options.bins);
  out["brier"] = brier_score(sets.high, sets.low);
  out["ece"] = expected_calibration_error(bins);
  Json table = Json::array();
  for (const ReliabilityBin& bin : bins)
    table.push_back({{"low", bin.low},
                     {"high", bin.high},
                     {"samples", bin.samples},
                     {"mean_probability", bin.samples > 0 ? Json(bin.mean_probability) : Json(nullptr)},
                     {"share_true", bin.samples > 0 ? Json(bin.share_true) : Json(nullptr)}});
  out["reliability"] = table;
  print_object(out, global.json);
  return kDone;
}

Json temporal_json(const MetricsTrialsFlags& options) {
  const SegmentFile segments = read_segments(options.file);
  Json precision;
  double sum = 0;
  for (int i = 0; i < 10; ++i)
    sum += temporal_average_precision(segments.predicted, segments.truth, 0.5 + 0.05 * i);
  for (const double overlap : {0.5, 0.75, 0.9})
    precision[rate_text(overlap)] = temporal_average_precision(segments.predicted, segments.truth, overlap);
  return {{"file", options.file},
          {"segments", segments.truth.size()},
          {"predicted", segments.predicted.size()},
          {"ap_at_iou", precision},
          {"map", sum / 10},
          {"ar",
           {{"1", temporal_average_recall(segments.predicted, segments.truth, 1)},
            {"2", temporal_average_recall(segments.predicted, segments.truth, 2)},
            {"5", temporal_average_recall(segments.predicted, segments.truth, 5)},
            {"10", temporal_average_recall(segments.predicted, segments.truth, 10)}}}};
}

// Mean of the three channels of a grey picture, as a share.
std::vector<double> grey_values(const Image& image) {
  std::vector<double> out(image.pixels.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = (image.pixels[3 * i] + image.pixels[3 * i + 1] + image.pixels[3 * i + 2]) / 765.0;
  return out;
}

Json spatial_json(const MetricsTrialsFlags& options) {
  std::vector<double> all_scores;
  std::vector<std::uint8_t> all_truth;
  double iou = 0;
  std::size_t with_iou = 0;
  const std::vector<MaskPair> pairs = read_mask_pairs(options.file);
  for (const MaskPair& pair : pairs) {
    const Image predicted = read_image(pair.predicted);
    const Image truth = read_image(pair.truth);
    if (predicted.width != truth.width || predicted.height != truth.height)
      throw Error(ErrorCode::Corrupt,
                  pair.predicted.string() + ": expected " + std::to_string(truth.width) + " x " +
                      std::to_string(truth.height) + " pixels as " + pair.truth.string() + ", got " +
                      std::to_string(predicted.width) + " x " + std::to_string(predicted.height));
    const std::vector<double> scores = grey_values(predicted);
    std::vector<std::uint8_t> changed;
    for (const double value : grey_values(truth)) changed.push_back(value > 0 ? 1 : 0);
    if (const auto one = score_iou(scores, changed, options.mask_threshold)) {
      iou += *one;
      ++with_iou;
    }
    all_scores.insert(all_scores.end(), scores.begin(), scores.end());
    all_truth.insert(all_truth.end(), changed.begin(), changed.end());
  }
  const bool both = std::find(all_truth.begin(), all_truth.end(), 0) != all_truth.end() &&
                    std::find(all_truth.begin(), all_truth.end(), 1) != all_truth.end();
  return {{"file", options.file},
          {"pictures", pairs.size()},
          {"threshold", options.mask_threshold},
          {"iou", with_iou > 0 ? Json(iou / static_cast<double>(with_iou)) : Json(nullptr)},
          {"pictures_with_change", with_iou},
          {"pixel_auc", both ? Json(pixel_auc(all_scores, all_truth)) : Json(nullptr)}};
}

int localization(const MetricsTrialsFlags& options, const GlobalOptions& global) {
  const bool temporal = has_column(options.file, "start");
  print_object(temporal ? temporal_json(options) : spatial_json(options), global.json);
  return kDone;
}

}  // namespace

void add_metrics_trials(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  using Run = int (*)(const MetricsTrialsFlags&, const GlobalOptions&);
  const auto add = [&](const std::string& name, const std::string& description, Run run) {
    const auto options = std::make_shared<MetricsTrialsFlags>();
    App* command = metrics->add_subcommand(name, description);
    command->add_option("file", options->file, "Score file (CSV)")->required();
    command->callback([options, &global, &chosen, run] {
      chosen.run = [options, &global, run] { return run(*options, global); };
    });
    return std::pair(command, options);
  };

  const auto [groups_command, groups] =
      add("demographics",
          "Differentials between groups: columns mated (1 or 0), score, and one of groups",
          demographics);
  groups_command->add_option("--group", groups->group, "Column of the group")->capture_default_str();
  groups_command->add_option("--threshold", groups->threshold, "One for all groups");
  groups_command->add_option("--calibrate",
                             groups->calibration,
                             "Score file from which the threshold is taken, at --fmr; the normal way");
  groups_command->add_option("--fmr", groups->fmr, "At which the threshold is set")
      ->check(in_range(0, 1))
      ->capture_default_str();
  groups_command->add_option("--alpha", groups->alpha, "Weight of FMR against FNMR")
      ->check(in_range(0, 1))
      ->capture_default_str();

  const auto [compare_command, both] =
      add("compare",
          "Two systems on the same trials: columns mated or attack (1 or 0), score; probe, reference; sample",
          compare);
  compare_command->add_option("second", both->second, "Score file of the other system")->required();
  compare_command->add_option(
      "--subject",
      both->subject,
      "Column of the first file that names the person: people are resampled, not trials");

  const auto [calibration_command, probabilities] =
      add("calibration",
          "Whether scores are probabilities: columns mated or attack (1 or 0), score in [0, 1]",
          calibration);
  calibration_command->add_option("--bins", probabilities->bins, "Of the reliability table")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  calibration_command->add_flag(
      "--ratios", probabilities->ratios, "Scores are natural log likelihood ratios: Cllr");

  const auto [localization_command, masks] =
      add("localization",
          "Where a fake was changed. In time: columns clip, kind (truth, predicted), start, end, score. In "
          "pictures: columns "
          "predicted, truth (files of masks)",
          localization);
  localization_command
      ->add_option("--threshold", masks->mask_threshold, "From which a pixel is called changed, 0 to 1")
      ->check(in_range(0, 1))
      ->capture_default_str();
}

}  // namespace kyc::cli
