// kyclops metrics calibration | localization: do scores mean what they say, and where was a fake changed?

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
#include "kyc/core/files.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/evaluation/trial_file.h"
#include "kyc/image/codec.h"
#include "kyc/metrics/calibration.h"
#include "kyc/metrics/support.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct MetricsMeaningFlags {
  std::string file;
  double mask_threshold = 0.5;
  int bins = 10;
  bool ratios = false;
  EvaluationOptions end;
};

struct Truths {
  std::vector<double> yes;
  std::vector<double> no;
};

// throws  Error{Corrupt} with the line of a score that is no probability, unless ratios are expected
Truths read_truths(const std::string& file, bool ratios) {
  Truths out;
  for (const Trial& trial : read_trials(file)) {
    if (!trial.score) continue;
    if (!ratios && !(*trial.score >= 0 && *trial.score <= 1))
      throw Error(ErrorCode::Corrupt,
                  file + ", line " + std::to_string(trial.line) +
                      ": expected a probability in [0, 1] in column 'score', got " +
                      number_text(*trial.score, 6) + "; for log likelihood ratios use --ratios");
    (trial.high ? out.yes : out.no).push_back(*trial.score);
  }
  if (out.yes.empty() || out.no.empty())
    throw Error(ErrorCode::Corrupt, file + ": expected rows of both classes with scores, got only one kind");
  return out;
}

Plot reliability_plot(const std::vector<ReliabilityBin>& bins) {
  LinePlot data;
  Series series{"bins", {}, true, true};
  for (const ReliabilityBin& bin : bins) {
    if (bin.samples == 0) continue;
    const auto events =
        static_cast<std::uint64_t>(std::llround(bin.share_true * static_cast<double>(bin.samples)));
    series.points.push_back(
        {bin.mean_probability, bin.share_true, clopper_pearson_interval(events, bin.samples)});
  }
  data.series.push_back(std::move(series));
  data.x = {"mean probability that was given", AxisScale::Linear, true, 0, 1};
  data.y = {"share that was true", AxisScale::Linear, true, 0, 1};
  data.diagonal = true;
  return {
      "reliability",
      "Reliability",
      "Each point is a bin of scores, with the 95 % interval of its share; on the dotted line scores mean "
      "what they say.",
      std::move(data)};
}

int metrics_calibration(const MetricsMeaningFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const Truths sets = read_truths(options.file, options.ratios);
  Report report =
      metrics_report("metrics calibration", "Do scores mean what they say?", {options.file}, global);
  Json out = {{"file", options.file}, {"true", sets.yes.size()}, {"false", sets.no.size()}};
  const Support smaller =
      Support::of_trials(std::min(sets.yes.size(), sets.no.size()), "trials in the smaller class");
  Section section{"Scores", {}, false};
  if (options.ratios) {
    out["cllr"] = cllr(sets.yes, sets.no);
    out["min_cllr"] = minimal_cllr(sets.yes, sets.no);
    report.figures.push_back(
        value_figure("cllr", "cost of the ratios, bits", out["cllr"].get<double>(), smaller));
    report.figures.push_back(
        value_figure("min_cllr", "the same when best calibrated", out["min_cllr"].get<double>(), smaller));
    add_sentence(report, "Cllr", "cllr");
    add_sentence(report, "Lowest Cllr that these scores allow", "min_cllr");
  } else {
    const std::vector<ReliabilityBin> bins = reliability(sets.yes, sets.no, options.bins);
    out["brier"] = brier_score(sets.yes, sets.no);
    out["ece"] = expected_calibration_error(bins);
    Json table = Json::array();
    for (const ReliabilityBin& bin : bins)
      table.push_back({{"low", bin.low},
                       {"high", bin.high},
                       {"samples", bin.samples},
                       {"mean_probability", bin.samples > 0 ? Json(bin.mean_probability) : Json(nullptr)},
                       {"share_true", bin.samples > 0 ? Json(bin.share_true) : Json(nullptr)}});
    out["reliability"] = table;
    report.figures.push_back(value_figure(
        "brier", "mean squared difference of probability and truth", out["brier"].get<double>(), smaller));
    report.figures.push_back(value_figure(
        "ece", "mean difference of probability and share true", out["ece"].get<double>(), smaller));
    add_sentence(report, "Brier score", "brier");
    add_sentence(report, "Expected calibration error", "ece");
    section.blocks.emplace_back(reliability_plot(bins));
  }
  const std::vector<NamedScores> scores{{"true", sets.yes}, {"false", sets.no}};
  section.blocks.emplace_back(histogram_plot(
      "scores", "Scores", options.ratios ? "log likelihood ratio" : "probability", scores, {}, 40));
  report.sections.push_back(std::move(section));
  attach_scores(report, options.file);
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

Json temporal_json(const MetricsMeaningFlags& options) {
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

Json spatial_json(const MetricsMeaningFlags& options) {
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

Plot bars_of_shares(
    const char* id, const char* title, const char* axis, const Json& shares, const std::string& prefix) {
  BarPlot data;
  data.x = {axis, AxisScale::Linear, true, 0, 1};
  for (const auto& [name, value] : shares.items())
    data.bars.push_back({prefix + name, value.get<double>(), std::nullopt, "", Tone::Plain});
  return {id, title, "Longer is better.", std::move(data)};
}

int metrics_localization(const MetricsMeaningFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const bool temporal = has_column(options.file, "start");
  Json out = temporal ? temporal_json(options) : spatial_json(options);
  Report report = metrics_report("metrics localization", "Where was a fake changed?", {options.file}, global);
  if (temporal) {
    const Support segments = Support::of_trials(out["segments"].get<std::uint64_t>(), "changed segments");
    for (const auto& [overlap, value] : out["ap_at_iou"].items())
      report.figures.push_back(value_figure(
          "ap[" + overlap + "]", "average precision at this overlap", value.get<double>(), segments));
    report.figures.push_back(value_figure(
        "map", "mean of average precision, overlaps 0.5 to 0.95", out["map"].get<double>(), segments));
    for (const auto& [count, value] : out["ar"].items())
      report.figures.push_back(value_figure("ar[" + count + "]",
                                            "recall by so many predictions a clip, mean over overlaps",
                                            value.get<double>(),
                                            segments));
    add_sentence(report, "Mean average precision", "map");
    report.sections.push_back(
        {"Segments",
         {bars_of_shares("ap", "Average precision", "AP", out["ap_at_iou"], "overlap "),
          bars_of_shares("ar", "Average recall", "AR", out["ar"], "predictions a clip: ")},
         false});
  } else {
    const auto number = [&](const char* key) {
      return out[key].is_null() ? std::nullopt : std::optional(out[key].get<double>());
    };
    report.figures.push_back(value_figure(
        "iou",
        "intersection over union of changed pixels, mean over pictures",
        number("iou"),
        Support::of_trials(out["pictures_with_change"].get<std::uint64_t>(), "pictures with a change")));
    report.figures.push_back(
        value_figure("pixel_auc",
                     "area under ROC over all pixels",
                     number("pixel_auc"),
                     Support::of_trials(out["pictures"].get<std::uint64_t>(), "pictures")));
    add_sentence(report, "Intersection over union", "iou");
    add_sentence(report, "AUC over pixels", "pixel_auc");
  }
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

}  // namespace

void add_metrics_meaning(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  const auto add = [&](const std::string& name,
                       const std::string& description,
                       int (*run)(const MetricsMeaningFlags&, const GlobalOptions&)) {
    return add_metrics_command(*metrics, name, description, run, global, chosen);
  };

  const auto [calibration_command, probabilities] =
      add("calibration",
          "Whether scores are probabilities: columns mated or attack (1 or 0), score in [0, 1]",
          metrics_calibration);
  calibration_command->add_option("--bins", probabilities->bins, "Of the reliability table")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  calibration_command->add_flag(
      "--ratios", probabilities->ratios, "Scores are natural log likelihood ratios: Cllr");

  const auto [localization_command, masks] =
      add("localization",
          "Where a fake was changed. In time: columns clip, kind (truth, predicted), start, end, score. In "
          "pictures: columns predicted, truth (files of masks)",
          metrics_localization);
  localization_command
      ->add_option("--threshold", masks->mask_threshold, "From which a pixel is called changed, 0 to 1")
      ->check(in_range(0, 1))
      ->capture_default_str();
}

}  // namespace kyc::cli
