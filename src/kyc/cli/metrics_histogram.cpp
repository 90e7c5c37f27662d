// kyclops metrics histogram: scores of any number counted in bins, and counts of many machines put together.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/metrics_page.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/histogram_file.h"
#include "kyc/metrics/support.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct MetricsHistogramFlags {
  std::vector<std::string> files;
  std::string out;
  std::vector<double> range{-1, 1};
  std::size_t bins = 1 << 14;
  EvaluationOptions end;
};

StreamedScores add_file(const std::string& file, ScoreHistogram& histogram) {
  if (file == "-") return add_scores(std::cin, "standard input", histogram);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, file + ": no such file");
  return add_scores(in, file, histogram);
}

// Exact at the edges of bins; between them within low and high, always.
Json histogram_figures_json(const ScoreHistogram& histogram) {
  Json at_fmr;
  for (const double rate : {1e-1, 1e-2, 1e-3, 1e-4}) {
    const ScoreHistogram::AtFmr at = histogram.fnmr_at_fmr(rate);
    at_fmr[rate_text(rate)] = {{"threshold", at.point.threshold},
                               {"fmr", at.point.fmr},
                               {"fnmr", at.point.fnmr},
                               {"fnmr_of_the_best_threshold", bounded_json(at.fnmr)}};
  }
  return {{"auc", bounded_json(histogram.auc())},
          {"eer", bounded_json(histogram.equal_error_rate())},
          {"fnmr_at_fmr", at_fmr}};
}

// The bins as a picture of at most 50.
Plot bins_plot(const ScoreHistogram& histogram) {
  constexpr std::size_t kShown = 50;
  HistogramPlot data;
  data.bins = std::min(kShown, histogram.bins());
  data.x = {"score", AxisScale::Linear, false, histogram.low(), histogram.high()};
  for (const auto& [name, counts] :
       {std::pair("mated", histogram.mated()), std::pair("non-mated", histogram.non_mated())}) {
    HistogramSeries series{name, std::vector<std::uint64_t>(data.bins, 0)};
    for (std::size_t i = 0; i < counts.size(); ++i) series.counts[i * data.bins / counts.size()] += counts[i];
    data.series.push_back(std::move(series));
  }
  return {"scores",
          "Scores",
          "How the scores of each class are distributed, as shares of the class.",
          std::move(data)};
}

void add_histogram_figures(Report& report, const ScoreHistogram& histogram) {
  const ErrorCurve curve = histogram.curve();
  const auto add =
      [&](const std::string& key, const std::string& meaning, const Bounded& figure, const Support& support) {
        report.figures.push_back(value_figure(key,
                                              meaning + "; exactly between " + number_text(figure.low, 6) +
                                                  " and " + number_text(figure.high, 6),
                                              figure.value,
                                              support));
      };
  add("auc", "area under ROC", histogram.auc(), support_of(curve));
  add("eer",
      "equal error rate",
      histogram.equal_error_rate(),
      support_at(curve, equal_error_rate(curve).nearest));
  for (const double rate : {1e-1, 1e-2, 1e-3, 1e-4}) {
    const ScoreHistogram::AtFmr at = histogram.fnmr_at_fmr(rate);
    add("fnmr@fmr" + rate_text(rate),
        "FNMR of the best threshold",
        at.fnmr,
        support_at(curve, at.point, rate));
  }
  report.sections.push_back(curve_section({{"scores in bins", curve}}, {}, "", {}));
  report.sections.back().blocks.emplace_back(bins_plot(histogram));
  for (const char* key : {"auc", "eer", "fnmr@fmr1e-3"}) add_sentence(report, key, key);
}

int histogram_command(const MetricsHistogramFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  std::optional<ScoreHistogram> histogram;
  for (const std::string& file : options.files) {
    if (file == "-" || !is_histogram_file(file)) continue;
    const ScoreHistogram one = read_histogram(file);
    if (histogram &&
        (one.bins() != histogram->bins() || one.low() != histogram->low() || one.high() != histogram->high()))
      throw Error(ErrorCode::Corrupt,
                  file + ": expected the bins of the histogram before it, " +
                      std::to_string(histogram->bins()) + ", got " + std::to_string(one.bins()) +
                      " or another range");
    if (histogram)
      histogram->merge(one);
    else
      histogram = one;
  }
  if (!histogram) histogram.emplace(options.range[0], options.range[1], options.bins);
  StreamedScores failed;
  for (const std::string& file : options.files) {
    if (file != "-" && is_histogram_file(file)) continue;
    const StreamedScores one = add_file(file, *histogram);
    if (one.rows == 0)
      throw Error(ErrorCode::Corrupt,
                  (file == "-" ? "standard input" : file) + ": expected rows, got the header only");
    failed.failed_mated += one.failed_mated;
    failed.failed_non_mated += one.failed_non_mated;
  }
  std::uint64_t mated = 0;
  std::uint64_t non_mated = 0;
  for (const std::uint64_t count : histogram->mated()) mated += count;
  for (const std::uint64_t count : histogram->non_mated()) non_mated += count;
  Json out = {
      {"files", options.files},
      {"mated", mated},
      {"non_mated", non_mated},
      {"failures_to_acquire", {{"mated", failed.failed_mated}, {"non_mated", failed.failed_non_mated}}},
      {"low", histogram->low()},
      {"high", histogram->high()},
      {"bins", histogram->bins()}};
  // A part may hold one class only: its figures come when all parts are put together.
  Report report = metrics_report("metrics histogram", "Error rates of scores in bins", options.files, global);
  if (mated > 0 && non_mated > 0) {
    out.update(histogram_figures_json(*histogram));
    add_histogram_figures(report, *histogram);
  }
  if (!options.out.empty()) {
    write_histogram(options.out, *histogram);
    out["output"] = options.out;
  }
  return finish_metrics(std::move(report), std::move(out), options.end, global);
}

}  // namespace

void add_metrics_histogram(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<MetricsHistogramFlags>();
  App* command =
      noun(app, "metrics", "Error rates of score files")
          ->add_subcommand("histogram",
                           "Scores of any number in bins, with bounds of what the bins hide: columns "
                           "mated (1 or 0), score; or histograms, to be added up");
  command
      ->add_option("files", options->files, "Score files, - for standard input, or histograms of equal bins")
      ->required();
  command->add_option("-o,--output", options->out, "Write the histogram to this CSV file");
  command->add_option("--range", options->range, "Of the bins, LOW HIGH; scores outside go to the outer bins")
      ->expected(2)
      ->capture_default_str();
  command
      ->add_option("--bins", options->bins, "Of equal width; those of the first histogram where there is one")
      ->check(in_range(1, 1 << 26))
      ->capture_default_str();
  add_report_options(*command, options->end);
  command->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return histogram_command(*options, global); };
  });
}

}  // namespace kyc::cli
