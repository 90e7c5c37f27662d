// kyclops evaluate recognition: recognisers measured on a list of image pairs, or on a data set with forged
// clips.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/evaluation_run.h"
#include "kyc/cli/rates.h"
#include "kyc/cli/recognition_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/comparisons.h"
#include "kyc/evaluation/recognition.h"
#include "kyc/evaluation/templates.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct EvaluateRecognitionFlags {
  std::string pairs;
  std::string images;
  std::vector<std::string> models{"fr_feature"};
  std::string detector = "fr_detect";
  std::string scores;
  EvaluationOptions run;
  std::string comparisons;
  std::string calibrate = "val";
  int frames = 8;
  int max_non_mated = 50;
  double answer_limit_s = 60;

  const std::string& model() const { return models.front(); }
};

struct RecognitionRun {
  PairList list;
  std::vector<AcquiredTemplate> templates;
  RecognitionResult result;
  std::string model_sha256;
  double templates_s = 0;
  double comparisons_s = 0;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

RecognitionRun evaluate(const EvaluateRecognitionFlags& options, const GlobalOptions& global) {
  RecognitionRun run;
  run.list = read_pairs(options.pairs, options.images);
  const ModelManifest models{global.models};
  const ModelResources resources{models, {}};
  AnalyzerOptions analysis;
  analysis.detector = options.detector;
  analysis.pose = false;
  analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  const Recognizer recognizer(resources, options.model());
  run.model_sha256 = sha256_hex_of_file(models.file_of(recognizer.model()));

  std::vector<std::filesystem::path> paths;
  for (const PersonImage& image : run.list.images)
    paths.push_back(std::filesystem::path(options.images) / relative_path(run.list, image));
  auto start = std::chrono::steady_clock::now();
  run.templates = acquire_templates(
      paths, analyzer, recognizer, jobs_of(global), progress_bar("templates", "images", global));
  run.templates_s = seconds_since(start);
  start = std::chrono::steady_clock::now();
  run.result = evaluate_recognition(run.list, run.templates, jobs_of(global));
  run.comparisons_s = seconds_since(start);
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

Json report_json(const EvaluateRecognitionFlags& options, const RecognitionRun& run) {
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
      {"model", {{"name", options.model()}, {"sha256", run.model_sha256}}},
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

void print_folds(const EvaluateRecognitionFlags& options, const RecognitionRun& run) {
  const RecognitionResult& result = run.result;
  std::printf("%s (sha256 %.12s...) on %s, faces by %s\n",
              options.model().c_str(),
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

struct WorstKind {
  ComparisonKind kind;
  const char* id;
  const char* title;
};
constexpr WorstKind kWorst[] = {
    {ComparisonKind::Attack, "alike_attacks", "Forged clips most like their victim"},
    {ComparisonKind::NonMated, "alike_others", "Different people most alike"},
    {ComparisonKind::Mated, "unlike_selves", "People least like themselves"}};

// What each recogniser takes most for what it is not: probe and reference.
Section worst_comparisons(const std::vector<RecogniserRun>& runs, const Dataset& dataset) {
  constexpr std::size_t kShownRecognisers = 4;
  Section out{"The worst comparisons", {}, false};
  std::map<std::string, std::filesystem::path> files;
  for (const Sample& sample : dataset.samples)
    if (!sample.path.empty()) files.emplace(sample.id, dataset.file_of(sample));
  for (std::size_t r = 0; r < std::min(kShownRecognisers, runs.size()); ++r)
    for (const WorstKind& worst : kWorst) {
      std::vector<const ComparisonRow*> rows;
      for (const ComparisonRow& row : runs[r].rows)
        if (row.kind == worst.kind && row.score) rows.push_back(&row);
      std::stable_sort(rows.begin(), rows.end(), [&](const ComparisonRow* a, const ComparisonRow* b) {
        return worst.kind == ComparisonKind::Mated ? *a->score < *b->score : *a->score > *b->score;
      });
      std::vector<SheetCandidate> candidates;
      for (const ComparisonRow* row : rows)
        candidates.push_back(
            {[shown = std::vector{files[row->labels.sample], files[row->reference]}] {
               return frames_to_show(shown);
             },
             row->protocol + " " + (row->labels.attack ? row->labels.species : row->labels.sample) +
                 "\nwith " + row->reference + "\nsimilarity " + number_text(*row->score, 3)});
      if (auto sheet = worst_errors(std::string(worst.id) + "_" + file_word(runs[r].system),
                                    std::string(worst.title) + ", " + runs[r].system,
                                    "A frame of the probe and of the reference.",
                                    candidates))
        out.blocks.emplace_back(std::move(*sheet));
    }
  return out;
}

// The protocols of eKYC-DF on a data set.
int evaluate_set(const EvaluateRecognitionFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.run);
  std::vector<RecogniserRun> runs;
  std::vector<RecordGroup> record{program_record(global)};
  const ModelManifest models{global.models};
  std::string subtitle;
  Section worst;
  if (!options.comparisons.empty()) {
    std::map<std::string, std::vector<ComparisonRow>> by_system;
    for (ComparisonRow& row : read_comparisons(options.comparisons))
      by_system[row.system].push_back(std::move(row));
    for (auto& [system, rows] : by_system) runs.push_back({system, std::move(rows), {}});
    subtitle = "From the comparisons in " + options.comparisons;
    record.push_back({"Comparisons",
                      {{"file", options.comparisons}, {"sha256", sha256_hex_of_file(options.comparisons)}}});
  } else {
    const Dataset dataset = read_dataset(options.run.data.front());
    const MediaIndex index(dataset);
    const auto plan = plan_comparisons(dataset, index, static_cast<std::size_t>(options.max_non_mated));
    if (plan.empty())
      throw Error(ErrorCode::InvalidArgument,
                  dataset.folder.string() + ": no two bona fide samples to compare");
    std::vector<std::string> parts{"templates",
                                   KYC_VERSION,
                                   sha256_hex_of_file(dataset.folder / "manifest.jsonl"),
                                   std::to_string(options.frames)};
    for (const std::string& model : options.models)
      parts.push_back(is_external(model) ? model : recogniser_sha256(models, model));
    Journal journal(journal_of(options.run), fingerprint_of(parts));
    const ModelResources resources{models, {}};
    RecordGroup subjects{"Recognisers", {}};
    std::vector<std::string> built_in;
    for (const std::string& model : options.models) {
      if (is_external(model)) {
        ExternalLimits limits;
        limits.answer_limit_s = options.answer_limit_s;
        ExternalSystem system(model, AnswerKind::Score, {"probe", "reference"}, limits, jobs_of(global));
        runs.push_back(
            {model,
             ask_comparisons(
                 system, dataset, plan, journal, progress_bar("answers of " + model, "comparisons", global)),
             {}});
        for (const auto& [key, value] : system.record())
          subjects.entries.emplace_back(model + ", " + key, value);
        continue;
      }
      RecogniserRun run{model,
                        run_comparisons(resources,
                                        model,
                                        dataset,
                                        plan,
                                        {options.frames, jobs_of(global)},
                                        journal,
                                        progress_bar("templates of " + model, "samples", global)),
                        {}};
      if (model.starts_with("onnx:")) {
        subjects.entries.emplace_back(model, "sha256 " + recogniser_sha256(models, model));
        runs.push_back(std::move(run));
        continue;
      }
      built_in.push_back(model);
      for (const ModelThreshold& threshold : models.entry(model).thresholds)
        for (const double fmr : {1e-2, 1e-3})
          if (threshold.name == "fmr_" + rate_text(fmr))
            run.fixed.push_back(
                {fmr, threshold.value, "the recogniser's own: " + threshold.rate + "; " + threshold.data});
      runs.push_back(std::move(run));
    }
    journal.remove();
    subtitle = "Data set " + dataset.folder.string() + ", templates averaged over " +
               std::to_string(options.frames) + " frames of a clip";
    record.push_back(dataset_record(dataset));
    record.push_back(model_record(models, built_in));
    if (!subjects.entries.empty()) record.push_back(std::move(subjects));
    worst = worst_comparisons(runs, dataset);
  }
  Report report = recognition_page(runs, options.calibrate);
  if (!worst.blocks.empty()) report.sections.insert(report.sections.end() - 1, std::move(worst));
  report.subtitle = subtitle;
  report.record = record;
  return finish_evaluation(std::move(report), options.run, global);
}

int evaluate_and_print(const EvaluateRecognitionFlags& options, const GlobalOptions& global) {
  if (!options.run.data.empty() || !options.comparisons.empty()) return evaluate_set(options, global);
  const RecognitionRun run = evaluate(options, global);
  if (!options.scores.empty()) write_text_file(options.scores, score_file(run.list, run.result));
  if (global.json)
    print_object(report_json(options, run), true);
  else
    print_folds(options, run);
  return kDone;
}

}  // namespace

void add_evaluate_recognition(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command =
      noun(app, "evaluate", "Measure a system on data")
          ->add_subcommand("recognition",
                           "How well recognisers tell people apart, and forged clips from their victims");
  command->fallthrough();
  auto options = std::make_shared<EvaluateRecognitionFlags>();
  add_evaluation_options(*command, options->run);
  command->add_option("--pairs", options->pairs, "List of pairs in the format of LFW's pairs.txt");
  command->add_option("--images", options->images, "Folder with one folder of images per person");
  command->add_option("--comparisons",
                      options->comparisons,
                      "Measure these comparisons (CSV) instead of running over --data");
  command
      ->add_option("--calibrate",
                   options->calibrate,
                   "With --data: split whose bona fide comparisons set the thresholds")
      ->capture_default_str();
  command
      ->add_option(
          "--frames", options->frames, "With --data: frames of every clip whose templates are averaged")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--max-non-mated",
                   options->max_non_mated,
                   "With --data: comparisons of every bona fide clip with other people; 0: all")
      ->check(in_range(0, 100000000))
      ->capture_default_str();
  command
      ->add_option("--model",
                   options->models,
                   "Recogniser, as in `kyclops models list`; with --data several, and onnx:FILE.json, "
                   "program:COMMAND, http://HOST:PORT/PATH (docs/evaluation.md)")
      ->capture_default_str();
  command
      ->add_option("--answer-limit",
                   options->answer_limit_s,
                   "Seconds without an answer after which a program or endpoint is given up")
      ->check(kPositiveNumber)
      ->capture_default_str();
  command->add_option("--detector", options->detector, "Face detector")->capture_default_str();
  command->add_option("--scores", options->scores, "Write the score of every listed pair to this CSV file");
  command->callback([options, &global, &chosen] {
    if (options->run.data.empty() && options->comparisons.empty() &&
        (options->pairs.empty() || options->images.empty()))
      throw UsageError("expected --data FOLDER, --comparisons FILE, or --pairs FILE and --images FOLDER");
    if (!options->pairs.empty() && (!options->run.out.empty() || !options->run.assertions.empty()))
      throw UsageError(
          "--pairs prints its figures (--json for programs) and writes no report: --out and --assert are for "
          "--data and --comparisons");
    chosen.run = [options, &global] { return evaluate_and_print(*options, global); };
  });
}

}  // namespace kyc::cli
