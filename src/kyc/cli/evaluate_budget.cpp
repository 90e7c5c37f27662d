// kyclops evaluate budget: accuracy when every comparison must be done in time.

#include <algorithm>
#include <chrono>
#include <memory>

#include "kyc/cli/evaluation_run.h"
#include "kyc/core/error.h"
#include "kyc/core/text.h"
#include "kyc/evaluation/acquisition.h"
#include "kyc/evaluation/budget.h"
#include "kyc/evaluation/pairs.h"
#include "kyc/image/codec.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

struct EvaluateBudgetFlags {
  EvaluationOptions run;
  std::string pairs;
  std::string images;
  std::vector<std::string> models{"fr_feature"};
  std::string threshold = "fmr_1e-3";
  std::vector<double> budgets{100, 500, 1000};
  int max_pairs = 200;
};

std::optional<FaceTemplate> template_of(const std::filesystem::path& path,
                                        const FaceAnalyzer& analyzer,
                                        const Recognizer& recognizer) {
  try {
    const Image image = read_image(path);
    const std::vector<FaceDetection> found = analyzer.detect(image);
    if (found.empty()) return std::nullopt;
    return recognizer.extract(
        image, analyzer.describe(image, found[subject_of(found, image.width, image.height)]).points);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::Corrupt || error.code() == ErrorCode::Unsupported) return std::nullopt;
    throw;
  }
}

// One after another on one thread: times of comparisons that share a machine say little.
std::vector<TimedComparison> measure_budget(const PairList& list,
                                            const std::string& model,
                                            const ModelManifest& models,
                                            const EvaluateBudgetFlags& options,
                                            const GlobalOptions& global) {
  AnalyzerOptions analysis;
  analysis.pose = analysis.eyes = false;
  const FaceAnalyzer analyzer({models, {}}, analysis);
  const Recognizer recognizer({models, {}}, model);
  const auto path = [&](std::size_t image) {
    return std::filesystem::path(options.images) / relative_path(list, list.images[image]);
  };
  const std::size_t count = options.max_pairs == 0
                                ? list.pairs.size()
                                : std::min(list.pairs.size(), static_cast<std::size_t>(options.max_pairs));
  const Progress progress = progress_bar("comparisons of " + model, "pairs", global);
  if (!list.pairs.empty())
    (void)template_of(path(list.pairs.front().probe), analyzer, recognizer);  // the first run is slower
  std::vector<TimedComparison> out;
  for (std::size_t i = 0; i < count; ++i) {
    const ImagePair& pair = list.pairs[i * list.pairs.size() / count];
    TimedComparison comparison{
        path(pair.probe).string(), path(pair.reference).string(), pair.mated, std::nullopt, 0};
    const auto start = std::chrono::steady_clock::now();
    const auto probe = template_of(comparison.probe, analyzer, recognizer);
    const auto reference = template_of(comparison.reference, analyzer, recognizer);
    if (probe && reference) comparison.score = compare(*probe, *reference);
    comparison.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    out.push_back(std::move(comparison));
    if (progress) progress(i + 1, count);
  }
  return out;
}

Series cumulative(const std::string& name, const std::vector<TimedComparison>& comparisons) {
  std::vector<double> seconds;
  for (const TimedComparison& comparison : comparisons) seconds.push_back(comparison.seconds);
  std::sort(seconds.begin(), seconds.end());
  Series out{name, {}, true, false};
  for (std::size_t i = 0; i < seconds.size(); ++i)
    out.points.push_back(
        {1000 * seconds[i], static_cast<double>(i + 1) / static_cast<double>(seconds.size()), std::nullopt});
  return out;
}

int run_evaluate_budget(const EvaluateBudgetFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.run);
  const ModelManifest models(global.models);
  const PairList list = read_pairs(options.pairs, options.images);
  Report report;
  report.protocol = "budget";
  report.title = "Accuracy under a limit of time";
  report.subtitle = options.pairs +
                    "; a comparison is the decoding of two pictures, finding the face, two templates and "
                    "their similarity, on one thread; one that takes longer than the budget is not accepted.";
  Table table{"budget",
              "Accuracy under each budget",
              "Accepted at the recogniser's threshold " + options.threshold + ".",
              {{"recogniser", false},
               {"budget, ms", true},
               {"in time", true},
               {"accuracy", true},
               {"mated accepted", true},
               {"non-mated accepted", true}},
              {},
              2};
  LinePlot times;
  double slowest = 1;
  std::string csv = "recogniser,probe,reference,mated,score,seconds\n";
  for (const std::string& model : options.models) {
    const double limit = threshold(models.entry(model), options.threshold).value;
    const std::vector<TimedComparison> comparisons = measure_budget(list, model, models, options, global);
    for (const double budget : options.budgets) {
      const BudgetResult result = under_budget(comparisons, limit, budget / 1000);
      const std::uint64_t wrong = result.mated - result.accepted_mated + result.accepted_non_mated;
      table.rows.push_back({text_cell(model),
                            number_cell(budget),
                            rate_cell(result.within, comparisons.size()),
                            percent_cell(result.accuracy, Support::of_rate(wrong, comparisons.size())),
                            rate_cell(result.accepted_mated, result.mated),
                            rate_cell(result.accepted_non_mated, result.non_mated)});
      const std::string part =
          "[" + (options.models.size() > 1 ? model + "," : "") + number_text(budget) + "ms]";
      report.figures.push_back(share_figure("accuracy" + part,
                                            "share of comparisons decided rightly within the budget",
                                            comparisons.size() - wrong,
                                            comparisons.size()));
      report.figures.push_back(share_figure(
          "in_time" + part, "comparisons that kept to the budget", result.within, comparisons.size()));
      report.summary.push_back({model + " within " + number_text(budget) + " ms: " +
                                    percent_text(result.accuracy) + " of comparisons are decided rightly; " +
                                    count_text(result.within, comparisons.size()) + " are in time.",
                                Tone::Plain});
    }
    times.series.push_back(cumulative(model, comparisons));
    slowest = std::max(slowest, times.series.back().points.back().x);
    for (const TimedComparison& c : comparisons)
      csv += csv_field(model) + "," + csv_field(c.probe) + "," + csv_field(c.reference) +
             (c.mated ? ",1," : ",0,") + exact_text(c.score) + "," + exact_text(c.seconds) + "\n";
  }
  report.summary.push_back({"Times are of this machine and whatever else it did meanwhile.", Tone::Doubt});
  times.x = {"milliseconds per comparison", AxisScale::Linear, false, 0, slowest * 1.05};
  times.y = {"share of comparisons done", AxisScale::Linear, true, 0, 1};
  report.sections.push_back(
      {"Time and accuracy",
       {std::move(table),
        Plot{"times",
             "Time per comparison",
             "Share of the comparisons that are done within a time; further left is faster.",
             times}},
       false});
  report.attachments.push_back({"scores/timed.csv", "every comparison with its time", "", csv});
  report.record = {program_record(global), model_record(models, options.models)};
  return finish_evaluation(std::move(report), options.run, global);
}

}  // namespace

void add_evaluate_budget(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command = noun(app, "evaluate", "Measure a system on data")
                     ->add_subcommand("budget", "Accuracy when every comparison must be done in time");
  command->fallthrough();
  auto options = std::make_shared<EvaluateBudgetFlags>();
  command->add_option("--pairs", options->pairs, "List of pairs in the format of LFW's pairs.txt")
      ->required();
  command->add_option("--images", options->images, "Folder with one folder of images per person")->required();
  command->add_option("--out", options->run.out, "Folder for the report");
  command->add_option("--assert", options->run.assertions, "Demand, 'accuracy[100ms] >= 0.95'; repeatable");
  command->add_option("--model", options->models, "Recogniser; repeatable")->capture_default_str();
  command->add_option("--threshold", options->threshold, "Name of the recognisers' threshold")
      ->capture_default_str();
  command->add_option("--budget", options->budgets, "Milliseconds per comparison; repeatable")
      ->capture_default_str();
  command->add_option("--max-pairs", options->max_pairs, "Pairs, evenly over the list; 0: all")
      ->check(in_range(0, 100000000))
      ->capture_default_str();
  command->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_evaluate_budget(*options, global); };
  });
}

}  // namespace kyc::cli
