// kyclops metrics verification: error rates of comparisons, made by this program or anywhere else.

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
#include "kyc/core/files.h"
#include "kyc/evaluation/score_file.h"
#include "kyc/evaluation/trial_file.h"
#include "kyc/metrics/calibration.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/expected_performance.h"
#include "kyc/metrics/resampled.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/support.h"
#include "kyc/metrics/verification.h"
#include "kyc/report/format.h"

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
  EvaluationOptions end;
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

// At a threshold that was set on `setting`, for at most `max_fmr` there.
void add_rates(Report& report,
               const ComparisonScores& scores,
               double threshold,
               const std::string& at,
               const Support& setting) {
  const std::size_t false_matches = count_at_least(scores.non_mated, threshold);
  const std::size_t false_non_matches = scores.mated.size() - count_at_least(scores.mated, threshold);
  const auto add = [&](Figure figure) {
    figure.support = figure.support && setting;
    report.figures.push_back(std::move(figure));
  };
  add(rate_figure("fmr@" + at, "non-mated comparisons accepted", false_matches, scores.non_mated.size()));
  add(rate_figure("fnmr@" + at, "mated comparisons not accepted", false_non_matches, scores.mated.size()));
  const Json rates = rates_at_json(scores, threshold);
  const Support both = Support::of_rate(false_matches, scores.non_mated.size()) &&
                       Support::of_rate(false_non_matches, scores.mated.size());
  for (const auto& [key, meaning] : {std::pair("far", "false accept rate of transactions"),
                                     std::pair("frr", "false reject rate"),
                                     std::pair("gfar", "the same of everybody, enrolled or not"),
                                     std::pair("gfrr", "likewise")})
    add(value_figure(std::string(key) + "@" + at, meaning, rates[key].get<double>(), both));
}

void add_figures(Report& report,
                 const ComparisonScores& scores,
                 const ComparisonScores& calibration,
                 const MetricsFlags& options) {
  const ErrorCurve curve = error_curve(scores.mated, scores.non_mated);
  const ErrorCurve setting = error_curve(calibration.mated, calibration.non_mated);
  const Support classes = support_of(curve);
  Figure area = value_figure("auc", "area under ROC", auc(curve), classes);
  if (std::min(scores.mated.size(), scores.non_mated.size()) > 1)
    area.interval = delong_interval(scores.mated, scores.non_mated).interval;
  report.figures.push_back(std::move(area));
  report.figures.push_back(value_figure(
      "d_prime", "distance of the means in deviations", d_prime(scores.mated, scores.non_mated), classes));
  report.figures.push_back(value_figure("min_cllr",
                                        "cost of the best calibrated ratios, bits",
                                        minimal_cllr(scores.mated, scores.non_mated),
                                        classes));
  for (const auto& [key, definition] : {std::pair("eer", EerDefinition::SmallestGap),
                                        std::pair("eer_interpolated", EerDefinition::Interpolated),
                                        std::pair("eer_convex_hull", EerDefinition::ConvexHull),
                                        std::pair("eer_fvc", EerDefinition::Fvc)})
    report.figures.push_back(value_figure(key,
                                          "equal error rate (docs/metrics.md)",
                                          equal_error_rate(curve, definition).value,
                                          support_at(curve, equal_error_rate(curve).nearest)));
  for (const double rate : {1e-2, 1e-3, 1e-4}) {
    const OperatingPoint point = fnmr_at_fmr(curve, rate);
    report.figures.push_back(value_figure("fmr" + one_in_text(rate),
                                          "FNMR where FMR is at most " + rate_text(rate) + " on these trials",
                                          point.fnmr,
                                          support_at(curve, point, rate)));
  }
  const Support extreme = Support::none("an extreme of what was drawn");
  report.figures.push_back(
      value_figure("zero_fmr", "FNMR where nothing false was accepted", fnmr_at_fmr(curve, 0).fnmr, extreme));
  report.figures.push_back(
      value_figure("zero_fnmr", "FMR where nobody was refused", fmr_at_fnmr(curve, 0).fmr, extreme));
  for (const double rate : kRates) {
    const OperatingPoint point = fnmr_at_fmr(setting, rate);
    const auto accepted =
        static_cast<std::uint64_t>(std::llround(point.fmr * static_cast<double>(setting.non_mated)));
    add_rates(report,
              scores,
              point.threshold,
              "fmr" + rate_text(rate),
              Support::of_rate(accepted, setting.non_mated, rate));
  }
  const Support given = Support::stated(true, "the threshold was given");
  add_rates(report, scores, equal_error_rate(setting).nearest.threshold, "eer", given);
  if (options.threshold) add_rates(report, scores, *options.threshold, "threshold", given);
  const std::uint64_t failed = scores.failed_mated + scores.failed_non_mated;
  report.figures.push_back(rate_figure("fta",
                                       "trials of enrolled persons without a probe",
                                       failed,
                                       failed + scores.mated.size() + scores.non_mated.size()));
  if (scores.references > 0)
    report.figures.push_back(rate_figure(
        "fte", "references that could not be enrolled", scores.failed_references, scores.references));
}

Plot epc_plot(const Json& epc) {
  LinePlot data;
  Series series{"these scores", {}, true, true};
  double high = 0.01;
  for (const Json& point : epc) {
    series.points.push_back({point["alpha"].get<double>(), point["hter"].get<double>(), std::nullopt});
    high = std::max(high, series.points.back().y);
  }
  data.series.push_back(std::move(series));
  data.x = {"alpha: weight of FMR where the threshold was set", AxisScale::Linear, false, 0, 1};
  data.y = {"(FMR + FNMR) / 2 here", AxisScale::Linear, true, 0, 1.05 * high};
  return {"epc",
          "Expected performance",
          "What thresholds cost here that were set on the other scores, for every weight of the two errors.",
          std::move(data)};
}

Report verification_report(const ComparisonScores& scores,
                           const ComparisonScores& calibration,
                           const Json& object,
                           const MetricsFlags& options,
                           const GlobalOptions& global) {
  Report out = metrics_report(
      "metrics verification", "Error rates of comparisons", {options.file, options.calibration}, global);
  add_figures(out, scores, calibration, options);
  if (object.contains("resampled"))
    for (Figure& figure : out.figures)
      if (const auto interval = object["resampled"].find(figure.key + "_interval");
          interval != object["resampled"].end() && !interval->is_null())
        figure.interval = Interval{(*interval)[0].get<double>(), (*interval)[1].get<double>()};
  out.summary.push_back(
      {std::to_string(scores.mated.size()) + " mated and " + std::to_string(scores.non_mated.size()) +
           " non-mated comparisons; thresholds " +
           (options.calibration.empty() ? "are set on these very scores, which flatters: set them on others "
                                          "(--calibrate)."
                                        : "come from " + options.calibration + "."),
       options.calibration.empty() ? Tone::Doubt : Tone::Plain});
  add_sentence(out, "FNMR at the threshold for FMR 1e-3", "fnmr@fmr1e-3");
  add_sentence(out, "Equal error rate", "eer");
  add_sentence(out, "AUC", "auc");
  const ErrorCurve setting = error_curve(calibration.mated, calibration.non_mated);
  std::vector<NamedThreshold> thresholds{{"FMR 1e-2", fnmr_at_fmr(setting, 1e-2).threshold},
                                         {"FMR 1e-3", fnmr_at_fmr(setting, 1e-3).threshold}};
  if (options.threshold) thresholds.push_back({"--threshold", *options.threshold});
  out.sections.push_back(curve_section({{"comparisons", error_curve(scores.mated, scores.non_mated)}},
                                       {{"mated", scores.mated}, {"non-mated", scores.non_mated}},
                                       "similarity",
                                       thresholds));
  if (object.contains("epc")) out.sections.back().blocks.emplace_back(epc_plot(object["epc"]));
  attach_scores(out, options.file);
  return out;
}

int verification(const MetricsFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const ComparisonScores scores = read_comparison_scores(options.file);
  const ComparisonScores calibration =
      options.calibration.empty() ? scores : read_comparison_scores(options.calibration);
  Json out = verification_json(scores, calibration, options);
  if (!options.subject.empty()) out["resampled"] = by_subject_json(options);
  if (!options.curve.empty())
    write_text_file(options.curve, curve_file(error_curve(scores.mated, scores.non_mated)));
  Report report = verification_report(scores, calibration, out, options, global);
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

}  // namespace

void add_metrics(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<MetricsFlags>();
  App* command =
      noun(app, "metrics", "Error rates of score files")
          ->add_subcommand("verification", "Comparisons: columns mated (1 or 0), score; probe, reference");
  command->add_option("file", options->file, "Score file (CSV)")->required();
  command->add_option("--threshold", options->threshold, "Also report the rates at this threshold");
  command->add_option("--calibrate", options->calibration, "Score file from which thresholds are taken");
  command->add_option("--subject",
                      options->subject,
                      "Column that names the person: intervals of AUC and EER by drawing people anew");
  command->add_option("--seed", options->seed, "Of that drawing")->capture_default_str();
  command->add_option("--curve", options->curve, "Write FMR and FNMR at every threshold to this CSV file");
  add_report_options(*command, options->end);
  command->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return verification(*options, global); };
  });
}

}  // namespace kyc::cli
