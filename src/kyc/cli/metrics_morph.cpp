// kyclops metrics morph | attribution: morphs against recognisers or detectors, and which method made a fake.

#include <algorithm>
#include <charconv>
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
#include "kyc/evaluation/trial_file.h"
#include "kyc/metrics/attribution.h"
#include "kyc/metrics/support.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostDrawnClasses = 40;

struct MetricsMorphFlags {
  std::string file;
  std::string calibration;
  double fnmr = 0;
  double fmr = 1e-3;
  std::vector<std::string> thresholds;
  EvaluationOptions end;
};

// "name=0.4" for one recogniser, "0.4" for all that are not named.
void set_thresholds(const std::vector<std::string>& texts, std::vector<RecogniserAttempts>& recognisers) {
  std::vector<bool> done(recognisers.size(), false);
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
    const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
    double value = 0;
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failure != std::errc() || end != number.data() + number.size() || std::isnan(value))
      throw Error(ErrorCode::InvalidArgument, "--threshold: expected T or RECOGNISER=T, got '" + text + "'");
    for (std::size_t i = 0; i < recognisers.size(); ++i) {
      if (equals == std::string::npos ? done[i] : recognisers[i].recogniser != name) continue;
      recognisers[i].threshold = value;
      done[i] = true;
    }
  }
  for (std::size_t i = 0; i < recognisers.size(); ++i)
    if (!done[i])
      throw Error(ErrorCode::InvalidArgument,
                  "--threshold: none for recogniser '" + recognisers[i].recogniser + "'");
}

// From bona fide comparisons at an FMR: the thresholds, and what each recogniser's FNMR is there.
std::vector<double> calibrate_morph(const MetricsMorphFlags& options,
                                    std::vector<RecogniserAttempts>& recognisers) {
  const std::map<std::string, ComparisonScores> comparisons = read_recogniser_scores(options.calibration);
  std::vector<double> fnmr;
  for (RecogniserAttempts& one : recognisers) {
    const auto found = comparisons.find(one.recogniser);
    if (found == comparisons.end())
      throw Error(
          ErrorCode::Corrupt,
          options.calibration + ": expected comparisons of recogniser '" + one.recogniser + "', got none");
    const OperatingPoint point =
        fnmr_at_fmr(error_curve(found->second.mated, found->second.non_mated), options.fmr);
    one.threshold = point.threshold;
    fnmr.push_back(point.fnmr);
  }
  return fnmr;
}

Plot potential_plot(const std::vector<std::vector<double>>& potential) {
  HeatPlot map;
  map.row_title = "accepted probes of every person, at least";
  map.column_title = "recognisers deceived, at least";
  for (std::size_t r = 0; r < potential.size(); ++r) {
    map.rows.push_back(std::to_string(r + 1));
    for (const double share : potential[r]) map.values.emplace_back(share);
  }
  for (std::size_t c = 0; c < potential.front().size(); ++c) map.columns.push_back(std::to_string(c + 1));
  return {"map",
          "Morphing attack potential (MAP)",
          "Share of morphs for which at least so many recognisers accept at least so many probes of every "
          "contributing person.",
          std::move(map)};
}

int morphs_against_recognisers(const MetricsMorphFlags& options, const GlobalOptions& global) {
  if (options.thresholds.empty() == options.calibration.empty())
    throw Error(ErrorCode::InvalidArgument,
                "metrics morph: expected --threshold or --calibrate, one of them");
  std::vector<RecogniserAttempts> recognisers = read_morph_attempts(options.file);
  std::vector<double> fnmr(recognisers.size(), options.fnmr);
  if (options.calibration.empty())
    set_thresholds(options.thresholds, recognisers);
  else
    fnmr = calibrate_morph(options, recognisers);
  Report report = metrics_report("metrics morph",
                                 "Do morphs match everybody they were made of?",
                                 {options.file, options.calibration},
                                 global);
  Json each = Json::array();
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < recognisers.size(); ++i) {
    const RecogniserAttempts& one = recognisers[i];
    const double rate = mmpmr(one.morphs, one.threshold);
    const auto matched =
        static_cast<std::uint64_t>(std::llround(rate * static_cast<double>(one.morphs.size())));
    const double product = mmpmr_product_average(one.morphs, one.threshold);
    each.push_back({{"recogniser", one.recogniser},
                    {"threshold", one.threshold},
                    {"morphs", one.morphs.size()},
                    {"mmpmr", rate},
                    {"mmpmr_interval", rate_json(matched, one.morphs.size())["interval"]},
                    {"mmpmr_product_average", product},
                    {"fnmr", fnmr[i]},
                    {"rmmr", rmmr(rate, fnmr[i])}});
    const std::string part = one.recogniser.empty() ? "" : "[" + one.recogniser + "]";
    const Support morphs = Support::of_trials(one.morphs.size(), "morphs");
    report.figures.push_back(rate_figure("mmpmr" + part,
                                         "morphs that some probe of every contributing person matches",
                                         matched,
                                         one.morphs.size()));
    report.figures.push_back(
        value_figure("mmpmr_product_average" + part, "product average", product, morphs));
    report.figures.push_back(value_figure("rmmr" + part, "MMPMR + FNMR", rmmr(rate, fnmr[i]), morphs));
    add_sentence(report, "Morphs that match everybody they were made of" + part, "mmpmr" + part);
    NamedScores scores{"probes with the morph", {}};
    for (const MorphAttempts& morph : one.morphs)
      for (const auto& subject : morph.subjects)
        scores.scores.insert(scores.scores.end(), subject.begin(), subject.end());
    const std::vector<NamedScores> sets{std::move(scores)};
    const std::vector<NamedThreshold> limits{{"accepted from here", one.threshold}};
    blocks.emplace_back(histogram_plot(
        "scores_" + file_word(one.recogniser), "Similarities" + part, "similarity", sets, limits, 40));
  }
  Json out = {{"file", options.file},
              {"thresholds_from", options.calibration.empty() ? "--threshold" : options.calibration}};
  if (!options.calibration.empty()) out["fmr"] = options.fmr;
  out["recognisers"] = each;
  const auto potential = morphing_attack_potential(recognisers);
  out["map"] = potential;
  for (std::size_t r = 0; r < potential.size(); ++r)
    for (std::size_t c = 0; c < potential[r].size(); ++c)
      report.figures.push_back(
          value_figure("map[" + std::to_string(r + 1) + "," + std::to_string(c + 1) + "]",
                       "morphing attack potential",
                       potential[r][c],
                       Support::of_trials(recognisers.front().morphs.size(), "morphs")));
  if (!potential.empty()) blocks.insert(blocks.begin(), potential_plot(potential));
  report.sections.push_back({"Morphs", std::move(blocks), false});
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

Json morph_rates_json(const PadRates& rates) {
  Json tools;
  for (const PresentationRates& one : rates.attacks)
    tools[one.species] = rate_json(one.errors, one.responses);
  return {{"threshold", rates.threshold},
          {"macer", rates.apcer()},
          {"worst_tool", rates.attacks[rates.worst].species},
          {"bscer", rates.bpcer()},
          {"bona_fide", rate_json(rates.bona_fide.errors, rates.bona_fide.responses)},
          {"tools", tools}};
}

// A morph detector: the rates of ISO/IEC 20059 are those of presentation attack detection, with tools as
// species.
int morphs_against_detector(const MetricsMorphFlags& options, const GlobalOptions& global) {
  const PresentationScores scores = read_presentation_scores(options.file);
  const PadEqualErrorRate equal = pad_equal_error_rate(scores.attacks, scores.bona_fide);
  std::optional<double> threshold;
  if (!options.thresholds.empty()) {
    std::vector<RecogniserAttempts> one{{"", 0, {}}};
    set_thresholds(options.thresholds, one);
    threshold = one.front().threshold;
  } else if (!options.calibration.empty()) {
    const PresentationScores setting = read_presentation_scores(options.calibration);
    threshold = pad_equal_error_rate(setting.attacks, setting.bona_fide).nearest.threshold;
  }
  Report report = metrics_report(
      "metrics morph", "Detection of morphs (ISO/IEC 20059)", {options.file, options.calibration}, global);
  Json out = {{"file", options.file},
              {"thresholds_from",
               !options.thresholds.empty()    ? "--threshold"
               : !options.calibration.empty() ? options.calibration
                                              : options.file},
              {"d_eer", equal.value}};
  report.figures.push_back(value_figure(
      "d_eer", "worst MACER and BSCER where they are closest", equal.value, support_at(equal.nearest)));
  for (const double limit : {0.1, 0.05, 0.01}) {
    const PadRates rates = bpcer_at_apcer(scores.attacks, scores.bona_fide, limit);
    const std::string key = "bscer" + one_in_text(limit);
    out[key] = rates.bpcer();
    report.figures.push_back(value_figure(key,
                                          "lowest BSCER with every MACER at most " + percent_text(limit),
                                          rates.bpcer(),
                                          support_at(rates, limit)));
  }
  const PadRates rates =
      threshold ? pad_rates_at(scores.attacks, scores.bona_fide, *threshold) : equal.nearest;
  out.update(morph_rates_json(rates));
  const PresentationRates& worst = rates.attacks[rates.worst];
  report.figures.push_back(
      rate_figure("macer", "MACER of the worst tool: " + worst.species, worst.errors, worst.responses));
  report.figures.push_back(rate_figure(
      "bscer", "bona fide pictures called morphs", rates.bona_fide.errors, rates.bona_fide.responses));
  std::vector<NamedCurve> curves;
  std::vector<NamedScores> sets{{"bona fide", scores.bona_fide.scores}};
  for (const Presentations& tool : scores.attacks) {
    if (!tool.scores.empty())
      curves.push_back({tool.species, error_curve(tool.scores, scores.bona_fide.scores)});
    sets.push_back({tool.species, tool.scores});
  }
  for (const PresentationRates& one : rates.attacks)
    report.figures.push_back(rate_figure(
        "macer[" + one.species + "]", "morphs of this tool called bona fide", one.errors, one.responses));
  add_sentence(report, "MACER of the worst tool", "macer");
  add_sentence(report, "BSCER", "bscer");
  report.sections.push_back(curve_section(
      curves, sets, "attack score", {{"morph from here", rates.threshold}}, {"MACER", "BSCER"}));
  attach_scores(report, options.file);
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

int metrics_morph(const MetricsMorphFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  return has_column(options.file, "attack") ? morphs_against_detector(options, global)
                                            : morphs_against_recognisers(options, global);
}

HeatPlot confusion_of(const AttributionLabels& labels) {
  HeatPlot data;
  data.row_title = "true";
  data.column_title = "predicted";
  std::map<int, std::map<int, std::uint64_t>> counts;
  std::map<int, std::uint64_t> rows;
  std::map<int, std::uint64_t> columns;
  for (std::size_t i = 0; i < labels.truth.size(); ++i) {
    ++counts[labels.truth[i]][labels.predicted[i]];
    ++rows[labels.truth[i]];
    ++columns[labels.predicted[i]];
  }
  for (const auto& [label, count] : columns)
    data.columns.push_back(labels.names[static_cast<std::size_t>(label)]);
  for (const auto& [label, all] : rows) {
    data.rows.push_back(labels.names[static_cast<std::size_t>(label)]);
    for (const auto& [column, ignored] : columns) {
      const std::uint64_t count = counts[label][column];
      data.values.emplace_back(static_cast<double>(count) / static_cast<double>(all));
      data.notes.push_back(count_text(count, all));
    }
  }
  return data;
}

int metrics_attribution(const MetricsMorphFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const AttributionLabels labels = read_attribution_labels(options.file);
  const std::size_t samples = labels.truth.size();
  Report report = metrics_report("metrics attribution", "Which method made a fake", {options.file}, global);
  const double plain = label_accuracy(labels.truth, labels.predicted);
  const double mapped = mapped_accuracy(labels.truth, labels.predicted);
  const double nmi = normalized_mutual_information(labels.truth, labels.predicted);
  const double ari = adjusted_rand_index(labels.truth, labels.predicted);
  const auto add = [&](const char* key, const char* meaning, double share) {
    report.figures.push_back(
        share_figure(key,
                     meaning,
                     static_cast<std::uint64_t>(std::llround(share * static_cast<double>(samples))),
                     samples));
  };
  add("accuracy", "samples whose predicted name is the true one", plain);
  add("mapped_accuracy", "the same under the best mapping of names", mapped);
  const Support all = Support::of_trials(samples, "samples");
  report.figures.push_back(value_figure("nmi", "normalised mutual information", nmi, all));
  report.figures.push_back(value_figure("ari", "adjusted Rand index", ari, all));
  add_sentence(report, "Mapped accuracy", "mapped_accuracy");
  if (labels.names.size() <= kMostDrawnClasses)
    report.sections.push_back(
        {"Classes",
         {Plot{"confusion",
               "True and predicted classes",
               "Of every true class the shares that were called each name; darker is more.",
               confusion_of(labels)}},
         false});
  return finish_metrics(std::move(report),
                        {{"file", options.file},
                         {"samples", samples},
                         {"accuracy", plain},
                         {"mapped_accuracy", mapped},
                         {"nmi", nmi},
                         {"ari", ari}},
                        options.end,
                        global);
}

}  // namespace

void add_metrics_morph(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  const auto add = [&](const std::string& name,
                       const std::string& description,
                       int (*run)(const MetricsMorphFlags&, const GlobalOptions&)) {
    return add_metrics_command(*metrics, name, description, run, global, chosen);
  };
  const auto [morph_command, morphs] =
      add("morph",
          "Morphs against recognisers: columns morph, subject, score; recogniser. Morph detectors (MACER, "
          "BSCER): attack (1 or 0), species (the tool), score; sample",
          metrics_morph);
  morph_command->add_option(
      "--threshold", morphs->thresholds, "T for all recognisers, or RECOGNISER=T; may be repeated");
  morph_command->add_option(
      "--calibrate",
      morphs->calibration,
      "Bona fide comparisons (columns mated, score; recogniser) on which the thresholds are set, "
      "at --fmr: the normal way. Of a detector: other scores of its kind, at whose D-EER it is set");
  morph_command->add_option("--fmr", morphs->fmr, "At which --calibrate sets them")
      ->check(in_range(0.0, 1.0))
      ->capture_default_str();
  morph_command->add_option("--fnmr", morphs->fnmr, "Of bona fide comparisons at --threshold, for RMMR")
      ->check(in_range(0.0, 1.0));

  add("attribution", "Which method made a fake: columns truth, predicted", metrics_attribution);
}

}  // namespace kyc::cli
