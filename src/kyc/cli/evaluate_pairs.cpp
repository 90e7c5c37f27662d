#include "kyc/cli/evaluate_pairs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "kyc/cli/metrics_page.h"
#include "kyc/cli/rates.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/recognition.h"
#include "kyc/evaluation/templates.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct RecognitionRun {
  PairList list;
  std::vector<AcquiredTemplate> templates;
  RecognitionResult result;
  std::string model_sha256;
  double templates_s = 0;
  double comparisons_s = 0;
};

double seconds_after(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

RecognitionRun run_named_pairs(const PairsCommand& options, const GlobalOptions& global) {
  RecognitionRun run;
  run.list = read_pairs(options.pairs, options.images);
  const ModelManifest models{global.models};
  const ModelResources resources{models, {}};
  AnalyzerOptions analysis;
  analysis.detector = options.detector;
  analysis.pose = false;
  analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  const Recognizer recognizer(resources, options.models.front());
  run.model_sha256 = sha256_hex_of_file(models.file_of(recognizer.model()));

  std::vector<std::filesystem::path> paths;
  for (const PersonImage& image : run.list.images)
    paths.push_back(std::filesystem::path(options.images) / relative_path(run.list, image));
  auto start = std::chrono::steady_clock::now();
  run.templates = acquire_templates(
      paths, analyzer, recognizer, jobs_of(global), progress_bar("templates", "images", global));
  run.templates_s = seconds_after(start);
  start = std::chrono::steady_clock::now();
  run.result = evaluate_recognition(run.list, run.templates, jobs_of(global));
  run.comparisons_s = seconds_after(start);
  return run;
}

Json accuracy_json(const std::optional<AccuracyOverFolds>& accuracy) {
  if (!accuracy) return nullptr;
  Json folds = Json::array();
  for (const FoldAccuracy& fold : accuracy->folds)
    folds.push_back({{"accuracy", fold.accuracy}, {"threshold", fold.threshold}});
  return {{"mean", accuracy->mean},
          {"std", accuracy->standard_deviation},
          {"standard_error", accuracy->standard_error},
          {"folds", folds}};
}

Json thresholds_json(const RecognitionResult& result) {
  Json out;
  for (const SetThreshold& threshold : result.thresholds)
    out["fmr_" + rate_text(threshold.max_fmr)] = {{"threshold", threshold.set.threshold},
                                                  {"fmr", threshold.set.fmr},
                                                  {"fmr_interval", interval_json(threshold.set.interval)},
                                                  {"false_matches", threshold.set.false_matches},
                                                  {"trials", result.non_mated_trials},
                                                  {"carried", threshold.set.carried},
                                                  {"tar", threshold.tar}};
  return out;
}

Json failed_images_json(const RecognitionRun& run) {
  Json out = Json::array();
  for (std::size_t i = 0; i < run.templates.size(); ++i)
    if (!run.templates[i])
      out.push_back({{"path", relative_path(run.list, run.list.images[i]).string()},
                     {"reason", to_string(run.templates[i].reason())}});
  return out;
}

Json pairs_json(const PairsCommand& options, const RecognitionRun& run) {
  const RecognitionResult& result = run.result;
  Json tar;
  Json points = Json::array();
  for (const ListedPoint& listed : result.listed) {
    tar[rate_text(listed.max_fmr)] = listed.tar;
    points.push_back({{"max_fmr", listed.max_fmr},
                      {"threshold", listed.point.threshold},
                      {"fmr", listed.point.fmr},
                      {"fnmr", listed.point.fnmr},
                      {"false_matches", listed.false_matches},
                      {"tar", listed.tar},
                      {"tar_interval", interval_json(listed.tar_interval)}});
  }
  return {
      {"pairs_file", options.pairs},
      {"images_folder", options.images},
      {"model", {{"name", options.models.front()}, {"sha256", run.model_sha256}}},
      {"detector", options.detector},
      {"persons", run.list.persons.size()},
      {"images", run.list.images.size()},
      {"pairs",
       {{"mated", result.mated_pairs}, {"non_mated", result.non_mated_pairs}, {"folds", run.list.folds}}},
      {"accuracy", accuracy_json(result.accuracy)},
      {"eer", result.eer.value},
      {"eer_threshold", result.eer.nearest.threshold},
      {"auc", result.auc},
      {"d_prime", result.d_prime ? Json(*result.d_prime) : Json(nullptr)},
      {"tar_at_fmr", tar},
      {"operating_points", points},
      {"thresholds", thresholds_json(result)},
      {"failures_to_acquire", result.failed_images},
      {"failed_pairs", {{"mated", result.failed_mated_pairs}, {"non_mated", result.failed_non_mated_pairs}}},
      {"failed_images", failed_images_json(run)},
      {"seconds", {{"templates", run.templates_s}, {"comparisons", run.comparisons_s}}}};
}

void print_folds(const PairsCommand& options, const RecognitionRun& run) {
  const RecognitionResult& result = run.result;
  std::printf("%s (sha256 %.12s...) on %s, faces by %s\n",
              options.models.front().c_str(),
              run.model_sha256.c_str(),
              options.pairs.c_str(),
              options.detector.c_str());
  std::printf("%zu persons, %zu images, %zu mated and %zu non-mated pairs in %d folds\n\n",
              run.list.persons.size(),
              run.list.images.size(),
              result.mated_pairs,
              result.non_mated_pairs,
              run.list.folds);
  if (result.accuracy)
    std::printf("accuracy             %.2f %% +- %.2f (standard deviation of the folds)\n",
                100 * result.accuracy->mean,
                100 * result.accuracy->standard_deviation);
  std::printf("EER                  %.2f %% at %.4f\n", 100 * result.eer.value, result.eer.nearest.threshold);
  for (const ListedPoint& listed : result.listed)
    std::printf(
        "TAR at FMR %s      %.2f %% [%.2f, %.2f] at %.4f (%llu of %zu listed non-mated pairs accepted)\n",
        rate_text(listed.max_fmr).c_str(),
        100 * listed.tar,
        100 * listed.tar_interval.low,
        100 * listed.tar_interval.high,
        listed.point.threshold,
        static_cast<unsigned long long>(listed.false_matches),
        result.non_mated_pairs);
  std::printf(
      "failures to acquire  %zu of %zu images (%zu mated and %zu non-mated pairs: counted as not "
      "accepted)\n\n",
      result.failed_images,
      run.list.images.size(),
      result.failed_mated_pairs,
      result.failed_non_mated_pairs);
  std::printf("Thresholds from all %llu non-mated pairs of these images:\n",
              static_cast<unsigned long long>(result.non_mated_trials));
  std::printf("%-10s %9s  %10s  %-24s %8s\n", "FMR", "threshold", "measured", "95 % interval", "TAR");
  for (const SetThreshold& threshold : result.thresholds)
    std::printf("%-10s %9.4f  %10.3g  [%.3g, %.3g]%*s %6.2f %%%s\n",
                rate_text(threshold.max_fmr).c_str(),
                threshold.set.threshold,
                threshold.set.fmr,
                threshold.set.interval.low,
                threshold.set.interval.high,
                2,
                "",
                100 * threshold.tar,
                threshold.set.carried ? "" : "  too few data for this rate");
  std::printf("\n%.1f s for the templates, %.1f s for the comparisons\n", run.templates_s, run.comparisons_s);
}

// Those of the listed pairs that were compared.
struct ListedScores {
  std::vector<double> mated;
  std::vector<double> non_mated;
};

ListedScores listed_scores(const RecognitionRun& run) {
  ListedScores out;
  for (std::size_t i = 0; i < run.list.pairs.size(); ++i)
    if (run.result.scores[i])
      (run.list.pairs[i].mated ? out.mated : out.non_mated).push_back(*run.result.scores[i]);
  return out;
}

void add_pairs_figures(Report& report, const RecognitionRun& run, const ErrorCurve& curve) {
  const RecognitionResult& result = run.result;
  const auto fewest = static_cast<std::uint64_t>(std::min(result.mated_pairs, result.non_mated_pairs));
  const auto add = [&](Figure figure) { report.figures.push_back(std::move(figure)); };
  if (result.accuracy)
    add(value_figure("accuracy",
                     "mean accuracy over the folds, standard deviation " +
                         percent_text(result.accuracy->standard_deviation),
                     result.accuracy->mean,
                     Support::of_trials(fewest, "pairs of the rarer kind")));
  add(value_figure("eer", "equal error rate", result.eer.value, support_at(curve, result.eer.nearest)));
  add(value_figure("auc", "area under ROC", result.auc, support_of(curve)));
  add(value_figure("d_prime", "distance of the means in deviations", result.d_prime, support_of(curve)));
  for (const ListedPoint& listed : result.listed) {
    Figure tar = value_figure("tar@fmr" + rate_text(listed.max_fmr),
                              "listed mated pairs accepted; failures to acquire count against",
                              listed.tar,
                              support_at(curve, listed.point, listed.max_fmr));
    tar.interval = listed.tar_interval;
    add(std::move(tar));
  }
  for (const SetThreshold& threshold : result.thresholds) {
    const std::string at = rate_text(threshold.max_fmr);
    const Support support =
        Support::stated(threshold.set.carried,
                        std::to_string(threshold.set.false_matches) + " false matches in " +
                            std::to_string(result.non_mated_trials) +
                            " trials; 30 are needed, and an interval within a factor of 2 of the rate");
    add(value_figure("threshold@fmr" + at,
                     "similarity threshold from all non-mated pairs of the images",
                     threshold.set.threshold,
                     support));
    Figure fmr = value_figure("fmr@threshold" + at, "measured there", threshold.set.fmr, support);
    fmr.interval = threshold.set.interval;
    add(std::move(fmr));
  }
  add(rate_figure("fta", "images without a template", result.failed_images, run.list.images.size()));
}

Table fold_table(const AccuracyOverFolds& accuracy) {
  Table out{"folds",
            "Folds",
            "The threshold of a fold is the most accurate one on all others.",
            {{"fold"}, {"accuracy", true}, {"threshold", true}},
            {}};
  for (std::size_t i = 0; i < accuracy.folds.size(); ++i)
    out.rows.push_back({text_cell(std::to_string(i + 1)),
                        number_cell(accuracy.folds[i].accuracy),
                        number_cell(accuracy.folds[i].threshold)});
  return out;
}

// Mated pairs that are least alike, non-mated ones that are most.
Section worst_pairs(const PairsCommand& options, const RecognitionRun& run) {
  Section out{"The worst pairs", {}, false};
  for (const bool mated : {false, true}) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < run.list.pairs.size(); ++i)
      if (run.list.pairs[i].mated == mated && run.result.scores[i]) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const double x = *run.result.scores[a];
      const double y = *run.result.scores[b];
      return mated ? x < y : x > y;
    });
    const auto path_of = [&](std::size_t image) { return relative_path(run.list, run.list.images[image]); };
    std::vector<SheetCandidate> candidates;
    for (const std::size_t i : order) {
      const ImagePair& pair = run.list.pairs[i];
      const std::filesystem::path probe = path_of(pair.probe);
      const std::filesystem::path reference = path_of(pair.reference);
      candidates.push_back({[files = std::vector{std::filesystem::path(options.images) / probe,
                                                 std::filesystem::path(options.images) / reference}] {
                              return frames_to_show(files);
                            },
                            probe.stem().string() + "\nwith " + reference.stem().string() + "\nsimilarity " +
                                number_text(*run.result.scores[i], 3)});
    }
    if (auto sheet = worst_errors(mated ? "unlike_selves" : "alike_others",
                                  mated ? "People least like themselves" : "Different people most alike",
                                  "Probe and reference.",
                                  candidates))
      out.blocks.emplace_back(std::move(*sheet));
  }
  return out;
}

Report pairs_report(const PairsCommand& options, const RecognitionRun& run, const GlobalOptions& global) {
  const std::string& model = options.models.front();
  const ListedScores scores = listed_scores(run);
  const ErrorCurve curve = error_curve(scores.mated, scores.non_mated);
  Report out;
  out.protocol = "recognition pairs";
  out.title = "A recogniser on a list of pairs";
  out.subtitle = model + " on " + options.pairs + ", faces by " + options.detector;
  add_pairs_figures(out, run, curve);
  out.summary.push_back({std::to_string(run.result.mated_pairs) + " mated and " +
                         std::to_string(run.result.non_mated_pairs) + " non-mated pairs of " +
                         std::to_string(run.list.persons.size()) + " persons."});
  add_sentence(out, "Accuracy over the folds", "accuracy");
  add_sentence(out, "Listed mated pairs accepted at FMR 1e-3", "tar@fmr1e-3");
  add_sentence(out, "Equal error rate", "eer");
  std::vector<NamedThreshold> thresholds;
  for (const SetThreshold& threshold : run.result.thresholds)
    if (threshold.set.carried)
      thresholds.push_back({"FMR " + rate_text(threshold.max_fmr), threshold.set.threshold});
  out.sections.push_back(curve_section({{model, curve}},
                                       {{"mated", scores.mated}, {"non-mated", scores.non_mated}},
                                       "similarity",
                                       thresholds));
  if (run.result.accuracy) out.sections.push_back({"Folds", {fold_table(*run.result.accuracy)}, true});
  if (Section worst = worst_pairs(options, run); !worst.blocks.empty())
    out.sections.push_back(std::move(worst));
  out.record = {
      program_record(global),
      {"Pairs",
       {{"file", options.pairs}, {"sha256", sha256_hex_of_file(options.pairs)}, {"images", options.images}}},
      model_record(ModelManifest{global.models}, {model, options.detector})};
  out.attachments.push_back({"scores/trials.csv", "the scores", "trials", score_file(run.list, run.result)});
  return out;
}

}  // namespace

int evaluate_pairs(const PairsCommand& command, const GlobalOptions& global) {
  check_evaluation_options(command.run);
  const RecognitionRun run = run_named_pairs(command, global);
  if (!command.scores.empty()) write_text_file(command.scores, score_file(run.list, run.result));
  if (!command.run.out.empty() || !command.run.assertions.empty())
    return finish_metrics(pairs_report(command, run, global), pairs_json(command, run), command.run, global);
  if (global.json)
    print_object(pairs_json(command, run), true);
  else
    print_folds(command, run);
  return kDone;
}

}  // namespace kyc::cli
