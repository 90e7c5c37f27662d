// kyclops evaluate recognition: recognisers measured on a list of image pairs, or on a data set with forged
// clips.

#include <algorithm>
#include <map>
#include <memory>

#include "kyc/cli/commands.h"
#include "kyc/cli/evaluate_pairs.h"
#include "kyc/cli/evaluation_run.h"
#include "kyc/cli/rates.h"
#include "kyc/cli/recognition_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/comparisons.h"
#include "kyc/evaluation/templates.h"
#include "kyc/report/format.h"
#include "kyc/report/sheet.h"

namespace kyc::cli {
namespace {

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
};

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
  return evaluate_pairs(
      {options.pairs, options.images, options.models, options.detector, options.scores, options.run}, global);
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
    if (!options->pairs.empty() && (options->models.size() != 1 || is_external(options->models.front()) ||
                                    options->models.front().starts_with("onnx:")))
      throw UsageError(
          "--pairs takes one recogniser of `kyclops models list`; several of them, and programs, endpoints "
          "and "
          "files of yours: --data");
    chosen.run = [options, &global] { return evaluate_and_print(*options, global); };
  });
}

}  // namespace kyc::cli
