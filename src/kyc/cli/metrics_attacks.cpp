// kyclops metrics pad | detection: error rates of attack detectors' score files.

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/metrics_page.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/support.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct MetricsAttackFlags {
  std::string file;
  std::string calibration;
  std::optional<double> threshold;
  bool deepfakebench = false;
  int frame_num = 0;  // 0: all
  EvaluationOptions end;
};

Json presentation_json(const PresentationRates& rates, const char* rate, const char* no_response) {
  return {{rate, rates.rate},
          {"errors", rates.errors},
          {"responses", rates.responses},
          {"interval", interval_json(rates.interval)},
          {"carried", Support::of_rate(rates.errors, rates.responses).carried()},
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

void add_pad_figures(Report& report, const PadRates& rates, const std::string& at) {
  const PresentationRates& worst = rates.attacks[rates.worst];
  const std::string suffix = "@" + at;
  report.figures.push_back(rate_figure(
      "apcer" + suffix, "APCER of the worst species: " + worst.species, worst.errors, worst.responses));
  report.figures.push_back(rate_figure("bpcer" + suffix,
                                       "bona fide presentations called attacks",
                                       rates.bona_fide.errors,
                                       rates.bona_fide.responses));
  for (const PresentationRates& one : rates.attacks)
    report.figures.push_back(rate_figure("apcer" + suffix + "[" + one.species + "]",
                                         "these attacks called bona fide",
                                         one.errors,
                                         one.responses));
  report.figures.push_back(value_figure("acer" + suffix,
                                        "mean of worst APCER and BPCER: for older papers only",
                                        acer(rates),
                                        support_at(rates)));
  report.figures.push_back(value_figure("hter" + suffix,
                                        "mean of pooled APCER and BPCER: for older papers only",
                                        hter(rates),
                                        support_at(rates)));
}

Plot species_bars(const PadRates& rates, const std::string& threshold) {
  BarPlot data;
  data.x = {"share called wrongly", AxisScale::Linear, true, 0, 1};
  const auto add = [&](const std::string& label, const PresentationRates& one) {
    data.bars.push_back({label,
                         one.rate,
                         one.interval,
                         count_text(one.errors, one.responses),
                         one.errors == 0 ? Tone::Good : Tone::Bad});
  };
  for (const PresentationRates& one : rates.attacks) add(one.species, one);
  add("bona fide (BPCER)", rates.bona_fide);
  return {"apcer",
          "Errors by species, " + threshold,
          "APCER of every species and BPCER, with counts and 95 % intervals.",
          std::move(data)};
}

// The rates at thresholds that were set elsewhere, and one to draw.
struct PadAtThresholds {
  std::optional<PadRates> given, calibrated;
};

Report pad_report(const PresentationScores& scores,
                  const PadAtThresholds& at,
                  const MetricsAttackFlags& options,
                  const GlobalOptions& global) {
  Report out = metrics_report("metrics pad",
                              "Attack detection by species (ISO/IEC 30107-3)",
                              {options.file, options.calibration},
                              global);
  for (const double limit : {0.1, 0.05, 0.01}) {
    const PadRates rates = bpcer_at_apcer(scores.attacks, scores.bona_fide, limit);
    out.figures.push_back(value_figure("bpcer" + one_in_text(limit),
                                       "lowest BPCER with every APCER at most " + percent_text(limit),
                                       rates.bpcer(),
                                       support_at(rates, limit)));
  }
  const PadEqualErrorRate equal = pad_equal_error_rate(scores.attacks, scores.bona_fide);
  out.figures.push_back(value_figure(
      "d_eer", "worst APCER and BPCER where they are closest", equal.value, support_at(equal.nearest)));
  if (at.given) add_pad_figures(out, *at.given, "threshold");
  if (at.calibrated) add_pad_figures(out, *at.calibrated, "calibrated_d_eer");
  add_pad_figures(out, equal.nearest, "d_eer");
  std::uint64_t unanswered = 0, attacks = 0;
  std::vector<NamedCurve> curves;
  std::vector<NamedScores> sets{{"bona fide", scores.bona_fide.scores}};
  for (const Presentations& species : scores.attacks) {
    unanswered += species.no_response;
    attacks += species.no_response + species.scores.size();
    if (!species.scores.empty())
      curves.push_back({species.species, error_curve(species.scores, scores.bona_fide.scores)});
    sets.push_back({species.species, species.scores});
  }
  out.figures.push_back(rate_figure("apnrr", "attacks without answer, species pooled", unanswered, attacks));
  out.figures.push_back(rate_figure("bpnrr",
                                    "bona fide presentations without answer",
                                    scores.bona_fide.no_response,
                                    scores.bona_fide.no_response + scores.bona_fide.scores.size()));
  const bool set_elsewhere = at.given || at.calibrated;
  const PadRates& shown = at.calibrated ? *at.calibrated : at.given ? *at.given : equal.nearest;
  const std::string where = at.calibrated ? "calibrated_d_eer" : at.given ? "threshold" : "d_eer";
  out.summary.push_back(
      {count_text(shown.attacks[shown.worst].errors, shown.attacks[shown.worst].responses) +
           " attacks of the worst species, " + shown.attacks[shown.worst].species +
           ", are called bona fide, and " + count_text(shown.bona_fide.errors, shown.bona_fide.responses) +
           " bona fide presentations attacks, " +
           (set_elsewhere ? "at a threshold that was set elsewhere."
                          : "at the equal error rate of these very scores, which flatters: set the "
                            "threshold on others (--calibrate)."),
       set_elsewhere ? Tone::Plain : Tone::Doubt});
  add_sentence(out, "APCER of the worst species", "apcer@" + where);
  add_sentence(out, "BPCER", "bpcer@" + where);
  Section section = curve_section(
      curves, sets, "attack score", {{"attack from here", shown.threshold}}, attack_rate_names());
  section.blocks.emplace_back(species_bars(shown, set_elsewhere ? "threshold from elsewhere" : "D-EER"));
  out.sections.push_back(std::move(section));
  attach_scores(out, options.file);
  return out;
}

int pad(const MetricsAttackFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
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
  PadAtThresholds at;
  if (options.threshold) {
    at.given = pad_rates_at(scores.attacks, scores.bona_fide, *options.threshold);
    out["at_threshold"] = pad_rates_json(*at.given);
  }
  out["thresholds_from"] = options.calibration.empty() ? options.file : options.calibration;
  if (!options.calibration.empty()) {
    const PresentationScores setting = read_presentation_scores(options.calibration);
    const double threshold = pad_equal_error_rate(setting.attacks, setting.bona_fide).nearest.threshold;
    at.calibrated = pad_rates_at(scores.attacks, scores.bona_fide, threshold);
    out["at_calibrated_d_eer"] = pad_rates_json(*at.calibrated);
  }
  return finish_metrics(pad_report(scores, at, options, global), std::move(out), options.end, global);
}

template <typename Scored>
struct Classes {
  std::vector<double> attack;
  std::vector<double> bona_fide;
  ErrorCurve curve;

  explicit Classes(const std::vector<Scored>& trials) : curve(attack_curve(std::span<const Scored>(trials))) {
    for (const Scored& trial : trials) (trial.attack ? attack : bona_fide).push_back(trial.score);
  }
};

template <typename Scored>
Json detection_json(const Classes<Scored>& classes, double threshold) {
  const bool interval = std::min(classes.attack.size(), classes.bona_fide.size()) > 1;
  return {
      {"attacks", classes.attack.size()},
      {"bona_fide", classes.bona_fide.size()},
      {"accuracy", accuracy_at(classes.curve, threshold)},
      {"auc", auc(classes.curve)},
      {"auc_interval",
       interval ? interval_json(delong_interval(classes.attack, classes.bona_fide).interval) : Json(nullptr)},
      {"eer", equal_error_rate(classes.curve).value},
      {"eer_interpolated", equal_error_rate(classes.curve, EerDefinition::Interpolated).value},
      {"ap", average_precision(classes.curve)}};
}

template <typename Scored>
void add_detection_figures(Report& report,
                           const Classes<Scored>& classes,
                           const Json& object,
                           const std::string& suffix,
                           const Support& clips) {
  const std::string per = suffix.empty() ? ", per clip" : ", per frame";
  const Support both = support_of(classes.curve) && clips;
  const auto trials = classes.curve.mated + classes.curve.non_mated;
  const auto right = static_cast<std::uint64_t>(
      std::llround(object["accuracy"].get<double>() * static_cast<double>(trials)));
  Figure area = value_figure("auc" + suffix, "area under ROC" + per, object["auc"].get<double>(), both);
  if (!object["auc_interval"].is_null())
    area.interval =
        Interval{object["auc_interval"][0].get<double>(), object["auc_interval"][1].get<double>()};
  report.figures.push_back(std::move(area));
  for (const char* key : {"eer", "eer_interpolated"})
    report.figures.push_back(
        value_figure(key + suffix,
                     "equal error rate" + per,
                     object[key].get<double>(),
                     support_at(classes.curve, equal_error_rate(classes.curve).nearest) && clips));
  report.figures.push_back(
      value_figure("ap" + suffix, "average precision" + per, object["ap"].get<double>(), both));
  Figure accuracy = share_figure("accuracy" + suffix, "decided rightly" + per, right, trials);
  accuracy.support = accuracy.support && clips;
  report.figures.push_back(std::move(accuracy));
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

// What DeepfakeBench's stride leaves of a clip that has more frames than it wants: the first ones, in the
// order of the file.
std::vector<FrameScore> first_frames(const std::vector<FrameScore>& frames, int count) {
  if (count == 0) return frames;
  std::map<std::string, int> seen;
  std::vector<FrameScore> out;
  for (const FrameScore& frame : frames)
    if (seen[frame.clip]++ < count) out.push_back(frame);
  return out;
}

int detection(const MetricsAttackFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  if (options.frame_num > 0 && !options.deepfakebench)
    throw Error(ErrorCode::InvalidArgument,
                "--frame-num is one of DeepfakeBench's own rules: expected --deepfakebench with it");
  const FrameScores scores = read_frame_scores(options.file);
  double threshold = options.threshold.value_or(0.5);
  if (!options.threshold && !options.calibration.empty())
    threshold =
        equal_error_rate(attack_curve(read_frame_scores(options.calibration).frames)).nearest.threshold;
  const Classes frames(scores.frames);
  const Classes clips(clip_scores(scores.frames));
  Json out = {{"file", options.file},
              {"threshold", threshold},
              {"thresholds_from",
               options.threshold             ? "--threshold"
               : options.calibration.empty() ? "0.5"
                                             : options.calibration},
              {"failed", scores.failed},
              {"frame", detection_json(frames, threshold)},
              {"clip", detection_json(clips, threshold)}};
  Report report = metrics_report("metrics detection",
                                 "Deepfake detection, per frame and per clip",
                                 {options.file, options.calibration},
                                 global);
  const Support number_of_clips = support_of(clips.curve);
  add_detection_figures(report, clips, out["clip"], "", number_of_clips);
  add_detection_figures(report, frames, out["frame"], "_frame", number_of_clips);
  if (options.deepfakebench) {
    out["deepfakebench"] = deepfakebench_json(first_frames(scores.frames, options.frame_num));
    for (const auto& [key, value] : out["deepfakebench"].items())
      report.figures.push_back(value_figure("deepfakebench_" + key,
                                            "by DeepfakeBench's own rules: for comparison with its tables",
                                            value.get<double>(),
                                            number_of_clips));
  }
  report.summary.push_back({std::to_string(clips.attack.size()) + " clips of attacks and " +
                                std::to_string(clips.bona_fide.size()) + " bona fide clips, threshold " +
                                number_text(threshold) + " from " +
                                out["thresholds_from"].get<std::string>() + ".",
                            Tone::Plain});
  add_sentence(report, "AUC per clip", "auc");
  add_sentence(report, "Equal error rate per clip", "eer");
  add_sentence(report, "Accuracy per clip", "accuracy");
  report.sections.push_back(curve_section({{"clips", clips.curve}, {"frames", frames.curve}},
                                          {{"bona fide clips", clips.bona_fide}, {"attacks", clips.attack}},
                                          "attack score (mean of the clip's frames)",
                                          {{"attack from here", threshold}},
                                          attack_rate_names()));
  attach_scores(report, options.file);
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

}  // namespace

void add_metrics_attacks(App& app, const GlobalOptions& global, Chosen& chosen) {
  using Run = int (*)(const MetricsAttackFlags&, const GlobalOptions&);
  const auto add = [&](const std::string& name, const std::string& description, Run run) {
    const auto options = std::make_shared<MetricsAttackFlags>();
    App* command = noun(app, "metrics", "Error rates of score files")->add_subcommand(name, description);
    command->add_option("file", options->file, "Score file (CSV)")->required();
    command->add_option("--threshold", options->threshold, "Also report the rates at this threshold");
    command->add_option("--calibrate",
                        options->calibration,
                        "Score file at whose equal error rate the threshold is set: the normal way");
    add_report_options(*command, options->end);
    command->callback([options, &global, &chosen, run] {
      chosen.run = [options, &global, run] { return run(*options, global); };
    });
    return std::pair(command, options);
  };
  add("pad", "Attack detection by species: columns attack (1 or 0), species, score; sample", pad);
  const auto [frames, options] = add(
      "detection", "Deepfake detection per frame and clip: columns clip, attack (1 or 0), score", detection);
  frames->add_flag(
      "--deepfakebench", options->deepfakebench, "Also the figures by DeepfakeBench's own rules");
  frames
      ->add_option("--frame-num",
                   options->frame_num,
                   "With --deepfakebench: of every clip the first frames, as its sampling takes them; 0: all")
      ->check(in_range(0, 1000000))
      ->capture_default_str();
}

}  // namespace kyc::cli
