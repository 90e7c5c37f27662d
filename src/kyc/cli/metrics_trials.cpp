// kyclops metrics demographics | compare: figures that need more of a trial than its score.

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
#include "kyc/evaluation/trial_file.h"
#include "kyc/metrics/delong.h"
#include "kyc/metrics/demographics.h"
#include "kyc/metrics/resampled.h"
#include "kyc/metrics/scores.h"
#include "kyc/metrics/support.h"
#include "kyc/report/format.h"

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
  EvaluationOptions end;
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

// One bar per group.
Plot group_bars(const Json& groups, const std::string& rate, const std::string& name) {
  BarPlot data;
  double high = 1e-3;
  for (const auto& [group, rates] : groups.items()) {
    const Json& one = rates[rate];
    const Interval interval{one["interval"][0].get<double>(), one["interval"][1].get<double>()};
    data.bars.push_back({group,
                         one["rate"].get<double>(),
                         interval,
                         count_text(one["errors"].get<std::uint64_t>(), one["trials"].get<std::uint64_t>()),
                         Tone::Plain});
    high = std::max(high, interval.high);
  }
  data.x = {name, AxisScale::Linear, true, 0, std::min(1.0, 1.05 * high)};
  return {rate, name + " by group", "With counts and 95 % intervals, at one threshold for all groups.", data};
}

int metrics_demographics(const MetricsTrialsFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const std::vector<Trial> trials = read_trials(options.file, options.group);
  const double threshold = threshold_of(options);
  std::map<std::string, Sets> groups;
  for (const Trial& trial : trials)
    if (trial.score)
      (trial.high ? groups[trial.group].high : groups[trial.group].low).push_back(*trial.score);
  Report report = metrics_report("metrics demographics",
                                 "Differences between groups of people",
                                 {options.file, options.calibration},
                                 global);
  std::vector<GroupRates> rates;
  Json table = Json::object();
  std::optional<Support> weakest;
  for (const auto& [name, sets] : groups) {
    if (sets.high.empty() || sets.low.empty())
      throw Error(
          ErrorCode::Corrupt,
          options.file + ": group '" + name + "': expected mated and non-mated rows, got only one kind");
    const std::size_t false_matches = count_at_least(sets.low, threshold);
    const std::size_t false_non_matches = sets.high.size() - count_at_least(sets.high, threshold);
    table[name] = {{"fmr", rate_json(false_matches, sets.low.size())},
                   {"fnmr", rate_json(false_non_matches, sets.high.size())}};
    rates.push_back({name, table[name]["fmr"]["rate"], table[name]["fnmr"]["rate"]});
    report.figures.push_back(
        rate_figure("fmr[" + name + "]", "non-mated comparisons accepted", false_matches, sets.low.size()));
    report.figures.push_back(rate_figure(
        "fnmr[" + name + "]", "mated comparisons not accepted", false_non_matches, sets.high.size()));
    const Support both = Support::of_rate(false_matches, sets.low.size()) &&
                         Support::of_rate(false_non_matches, sets.high.size());
    if (!weakest || (weakest->carried() && !both.carried()))
      weakest = Support::stated(both.carried(), name + ": " + both.reason());
  }
  if (rates.size() < 2)
    throw Error(ErrorCode::Corrupt,
                options.file + ": expected two groups or more in column '" + options.group + "', got " +
                    std::to_string(rates.size()));
  const std::optional<double> inequity = inequity_rate(rates, options.alpha);
  const double fdr = fairness_discrepancy_rate(rates, options.alpha);
  const double gini = garbe(rates, options.alpha);
  report.figures.push_back(value_figure("fdr", "fairness discrepancy rate, 1 is best", fdr, *weakest));
  report.figures.push_back(value_figure("inequity_rate", "1 is best", inequity, *weakest));
  report.figures.push_back(value_figure("garbe", "0 is best, 1 is worst", gini, *weakest));
  for (const char* key : {"fdr", "garbe"})
    add_sentence(report, key == std::string("fdr") ? "Fairness discrepancy rate" : "GARBE", key);
  report.sections.push_back(
      {"Groups", {group_bars(table, "fmr", "FMR"), group_bars(table, "fnmr", "FNMR")}, false});
  attach_scores(report, options.file);
  return finish_metrics(std::move(report),
                        {{"file", options.file},
                         {"threshold", threshold},
                         {"thresholds_from",
                          options.threshold             ? "--threshold"
                          : options.calibration.empty() ? options.file
                                                        : options.calibration},
                         {"alpha", options.alpha},
                         {"fdr", fdr},
                         {"inequity_rate", inequity ? Json(*inequity) : Json(nullptr)},
                         {"garbe", gini},
                         {"carried", weakest->carried()},
                         {"groups", table}},
                        options.end,
                        global);
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

Sets scores_of_trials(const std::vector<SubjectTrial>& trials) {
  Sets out;
  for (const SubjectTrial& trial : trials) (trial.high ? out.high : out.low).push_back(trial.score);
  return out;
}

Json resampled_json(double difference, const std::optional<BootstrapInterval>& interval) {
  return {{"difference", difference},
          {"interval", interval ? interval_json(interval->interval) : Json(nullptr)},
          {"differs", interval && (interval->interval.low > 0 || interval->interval.high < 0)}};
}

// The difference of two systems is told where its interval leaves 0 out.
Figure difference_figure(const std::string& key, double value, const std::optional<Interval>& interval) {
  const bool clear = interval && (interval->low > 0 || interval->high < 0);
  Figure out = value_figure(key,
                            "first - second, on the same trials",
                            value,
                            Support::stated(clear,
                                            clear      ? "its 95 % interval leaves 0 out"
                                            : interval ? "its 95 % interval holds 0"
                                                       : "no interval: a class has too few trials"));
  out.interval = interval;
  return out;
}

int metrics_compare(const MetricsTrialsFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  const Paired trials = paired(options);
  const Sets first = expect_both(scores_of_trials(trials.first), options.file);
  const Sets second = expect_both(scores_of_trials(trials.second), options.second);
  const ErrorCurve a = error_curve(first.high, first.low);
  const ErrorCurve b = error_curve(second.high, second.low);
  if (std::min(first.high.size(), first.low.size()) < 2)
    throw Error(ErrorCode::Corrupt,
                options.file + ": expected two trials or more of each class that both systems answered");
  const AucComparison test = compare_auc(first.high, first.low, second.high, second.low);
  const ResampledFigures resampled = resample_differences(trials.first, trials.second, trials.subjects);
  const double eer_a = equal_error_rate(a).value;
  const double eer_b = equal_error_rate(b).value;
  const auto interval_of = [](const std::optional<BootstrapInterval>& one) {
    return one ? std::optional(one->interval) : std::nullopt;
  };
  Report report = metrics_report(
      "metrics compare", "Two systems on the same trials", {options.file, options.second}, global);
  for (const auto& [name, curve] : {std::pair("first", &a), std::pair("second", &b)}) {
    const std::string part = std::string("[") + name + "]";
    const EqualErrorRate equal = equal_error_rate(*curve);
    report.figures.push_back(value_figure("auc" + part, "area under ROC", auc(*curve), support_of(*curve)));
    report.figures.push_back(
        value_figure("eer" + part, "equal error rate", equal.value, support_at(*curve, equal.nearest)));
  }
  report.figures.push_back(difference_figure("difference[auc_delong]", test.difference, test.interval));
  report.figures.push_back(difference_figure("difference[auc]", auc(a) - auc(b), interval_of(resampled.auc)));
  report.figures.push_back(difference_figure("difference[eer]", eer_a - eer_b, interval_of(resampled.eer)));
  report.summary.push_back({std::to_string(trials.first.size()) + " trials that both systems answered, " +
                                std::to_string(trials.unanswered) + " that one of them did not.",
                            Tone::Plain});
  add_sentence(report, "Difference of AUC, first - second (DeLong)", "difference[auc_delong]");
  add_sentence(report, "Difference of EER, first - second (resampled)", "difference[eer]");
  report.sections.push_back(
      curve_section({{"first: " + options.file, a}, {"second: " + options.second, b}}, {}, "", {}));
  return finish_metrics(std::move(report),
                        {{"first", {{"file", options.file}, {"auc", auc(a)}, {"eer", eer_a}}},
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
                        options.end,
                        global);
}

}  // namespace

void add_metrics_trials(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* metrics = noun(app, "metrics", "Error rates of score files");
  const auto add = [&](const std::string& name,
                       const std::string& description,
                       int (*run)(const MetricsTrialsFlags&, const GlobalOptions&)) {
    return add_metrics_command(*metrics, name, description, run, global, chosen);
  };

  const auto [groups_command, groups] =
      add("demographics",
          "Differentials between groups: columns mated (1 or 0), score, and one of groups",
          metrics_demographics);
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
          metrics_compare);
  compare_command->add_option("second", both->second, "Score file of the other system")->required();
  compare_command->add_option(
      "--subject",
      both->subject,
      "Column of the first file that names the person: people are resampled, not trials");
}

}  // namespace kyc::cli
