// kyclops evaluate verification: who gets past the whole identity check, and what stops the others.

#include "kyc/cli/evaluate_verification.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/detector_effect.h"
#include "kyc/cli/evaluation_run.h"
#include "kyc/cli/verification_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/run_verification.h"
#include "kyc/image/codec.h"
#include "kyc/report/format.h"
#include "kyc/verification/decide.h"

namespace kyc::cli {
namespace {

struct VerificationOptions {
  EvaluationOptions run;
  std::string decisions;
  std::string policy;
  std::string split;
  int zero_effort = 3;
  std::string system;
  double answer_limit_s = 60;
};

// Document and middle frame of the selfie; nothing where a file can not be read any more.
std::vector<Image> pictures_of(const VerificationEngine& engine,
                               const Dataset& dataset,
                               const DecisionTrial& trial) {
  const auto file = [&](const std::string& id) -> std::filesystem::path {
    for (const Sample& sample : dataset.samples)
      if (sample.id == id) return dataset.file_of(sample);
    return {};
  };
  try {
    constexpr std::string_view kFrame = "#frame";
    const bool frame = trial.reference.ends_with(kFrame);
    const auto document =
        file(frame ? trial.reference.substr(0, trial.reference.size() - kFrame.size()) : trial.reference);
    std::vector<Image> selfie = frames_of(file(trial.probe), 1);
    if (selfie.empty()) return {};
    return {frame ? document_frame(engine, document) : read_image(document), std::move(selfie.front())};
  } catch (const Error&) {
    return {};
  }
}

RecordGroup option_record(const AttemptOptions& attempts,
                          const AttemptPlan& plan,
                          const std::optional<VerificationPolicy>& policy) {
  RecordGroup out{
      "Attempts",
      {{"split", attempts.split.empty() ? "all" : attempts.split},
       {"documents of others per bona fide clip",
        std::to_string(attempts.zero_effort) + ", chosen with seed " + std::to_string(attempts.seed)},
       {"attempts", std::to_string(plan.attempts.size())},
       {"documents", std::to_string(plan.references.size())},
       {"clips without any document of their person", std::to_string(plan.without_reference)},
       {"document of a person",
        "their first picture; without one, the most frontal of 7 frames of another recording (\"#frame\")"}}};
  if (policy) out.entries.emplace_back("policy", policy_to_json(*policy));
  return out;
}

// An identity check that is not this program's: a program or an endpoint.
int run_external(const VerificationOptions& options, const GlobalOptions& global) {
  ExternalLimits limits;
  limits.answer_limit_s = options.answer_limit_s;
  ExternalSystem system(
      options.system, AnswerKind::Decision, {"document", "selfie"}, limits, jobs_of(global));
  const Dataset dataset = read_dataset(options.run.data.front());
  const ModelManifest models(global.models);
  const VerificationEngine engine(models, {});
  const MediaIndex index(dataset);
  const AttemptOptions attempts{.split = options.split, .zero_effort = options.zero_effort, .seed = 1};
  const AttemptPlan plan = plan_attempts(dataset, index, attempts);
  if (plan.attempts.empty())
    throw Error(ErrorCode::InvalidArgument,
                dataset.folder.string() +
                    ": expected clips of people of whom there is a picture or another recording, got none" +
                    (options.split.empty() ? "" : " in split '" + options.split + "'"));
  const std::vector<DecisionTrial> trials =
      ask_verification(system, engine, dataset, plan, progress_bar("attempts", "attempts", global));
  if (std::all_of(trials.begin(), trials.end(), [](const DecisionTrial& t) { return t.verdict.empty(); }))
    throw Error(
        ErrorCode::Unavailable,
        options.system + ": no attempt was answered; the first failed because " + trials.front().failure);
  VerificationPageOptions page;
  page.system = "the identity check " + options.system;
  page.pictures = [&](const DecisionTrial& trial) { return pictures_of(engine, dataset, trial); };
  Report report = verification_page(trials, page);
  report.subtitle =
      "Data set " + dataset.folder.string() + ", asked with document and selfie of every attempt.";
  report.record = {program_record(global),
                   dataset_record(dataset),
                   {"Identity check", system.record()},
                   option_record(attempts, plan, std::nullopt)};
  return finish_evaluation(std::move(report), options.run, global);
}

int run(const VerificationOptions& options, const GlobalOptions& global) {
  check_evaluation_options(options.run);
  if (!options.decisions.empty()) {
    Report report = verification_page(read_decisions(options.decisions),
                                      {.system = "the identity check", .thresholds = {}, .pictures = {}});
    report.subtitle = "From the decisions in " + options.decisions;
    report.record = {
        program_record(global),
        {"Decisions", {{"file", options.decisions}, {"sha256", sha256_hex_of_file(options.decisions)}}}};
    return finish_evaluation(std::move(report), options.run, global);
  }
  if (options.run.data.empty())
    throw Error(ErrorCode::InvalidArgument,
                "evaluate verification: expected --data FOLDER or --decisions FILE");
  if (!options.system.empty()) return run_external(options, global);
  VerificationEvaluation evaluation;
  if (!options.policy.empty())
    evaluation.policy = policy_from_json(read_text_file(options.policy, 1 << 20), options.policy);
  evaluation.split = options.split;
  evaluation.zero_effort = options.zero_effort;
  evaluation.journal = journal_of(options.run).string();
  const Dataset dataset = read_dataset(options.run.data.front());
  const int code = finish_evaluation(evaluate_verification(dataset, evaluation, global), options.run, global);
  if (!evaluation.journal.empty()) std::filesystem::remove(evaluation.journal);
  return code;
}

// Everything that the answers depend on.
std::string models_text(const VerificationEngine& engine) {
  std::string out = engine.recogniser().sha256;
  for (const AttackDetectorInfo* detector : {&engine.attack_detector(), engine.deepfake_detector()})
    if (detector != nullptr)
      for (const DetectorModel& model : detector->models) out += "," + model.name + "=" + model.sha256;
  return out;
}

// Those that the manifest knows.
std::vector<std::string> model_names(const VerificationEngine& engine, const ModelManifest& models) {
  std::vector<std::string> out{engine.policy().detector, engine.recogniser().name};
  for (const AttackDetectorInfo* detector : {&engine.attack_detector(), engine.deepfake_detector()})
    if (detector != nullptr)
      for (const DetectorModel& model : detector->models) out.push_back(model.name);
  std::erase_if(out, [&](const std::string& name) {
    return std::none_of(models.entries().begin(), models.entries().end(), [&](const ModelEntry& entry) {
      return entry.name == name;
    });
  });
  return out;
}

}  // namespace

namespace {

// "min_duration_s 0.8 instead of 1, ...": empty for the default policy.
std::string policy_changes(const VerificationPolicy& policy) {
  const auto changed = nlohmann::json::parse(policy_to_json(policy));
  const auto usual = nlohmann::json::parse(policy_to_json(VerificationPolicy{}));
  std::string out;
  for (const auto& [key, value] : changed.items())
    if (value != usual.at(key))
      out += (out.empty() ? "" : ", ") + key + " " + value.dump() + " instead of " + usual.at(key).dump();
  return out;
}

}  // namespace

Report evaluate_verification(const Dataset& dataset,
                             const VerificationEvaluation& options,
                             const GlobalOptions& global) {
  const ModelManifest models(global.models);
  const VerificationEngine engine(models, options.policy);
  const MediaIndex index(dataset);
  const AttemptOptions attempts{.split = options.split, .zero_effort = options.zero_effort, .seed = 1};
  const AttemptPlan plan = plan_attempts(dataset, index, attempts);
  if (plan.attempts.empty())
    throw Error(ErrorCode::InvalidArgument,
                dataset.folder.string() +
                    ": expected clips of people of whom there is a picture or another recording, got none" +
                    (options.split.empty() ? "" : " in split '" + options.split + "'"));
  const VerificationThresholds thresholds = thresholds_of(engine);
  Journal journal(options.journal,
                  fingerprint_of({"verification",
                                  KYC_VERSION,
                                  dataset.folder.string(),
                                  sha256_hex_of_file(dataset.folder / "manifest.jsonl"),
                                  policy_to_json(options.policy),
                                  models_text(engine),
                                  options.split,
                                  std::to_string(options.zero_effort)}));
  const std::vector<DecisionTrial> trials = run_verification(
      engine, dataset, plan, journal, jobs_of(global), progress_bar("attempts", "clips", global));

  VerificationPageOptions page;
  const std::string changes = policy_changes(options.policy);
  page.system = !options.system.empty() ? options.system
                : changes.empty()       ? "the default verification"
                                        : "the verification under a changed policy";
  page.thresholds = TandemThresholds{thresholds.same_person.value, thresholds.attack.value};
  page.pictures = [&](const DecisionTrial& trial) { return pictures_of(engine, dataset, trial); };
  Report out = verification_page(trials, page);
  if (!thresholds.deepfake_detector.empty())
    if (auto effect = detector_effect(trials, thresholds.deepfake_detector)) {
      out.summary.push_back(std::move(effect->sentence));
      out.sections.insert(out.sections.begin() + (out.sections.empty() ? 0 : 1), std::move(effect->section));
      out.figures.insert(out.figures.end(), effect->figures.begin(), effect->figures.end());
    }
  out.subtitle = "Data set " + dataset.folder.string() + ". Same person from similarity " +
                 number_text(thresholds.same_person.value) + " on (" + thresholds.recogniser + ", " +
                 thresholds.same_person.rate + ", set on " + thresholds.same_person.data +
                 "); attack from score " + number_text(thresholds.attack.value) + " on (" +
                 thresholds.attack_detector + ")" +
                 (thresholds.deepfake ? "; forged from score " + number_text(thresholds.deepfake->value) +
                                            " on (" + thresholds.deepfake_detector + ")"
                                      : std::string()) +
                 "." + (changes.empty() ? "" : " Changed from the default policy: " + changes + ".");
  out.record = {program_record(global),
                dataset_record(dataset),
                model_record(models, model_names(engine, models)),
                option_record(attempts, plan, options.policy)};
  return out;
}

void add_evaluate_verification(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command = noun(app, "evaluate", "Measure a system on data")
                     ->add_subcommand("verification",
                                      "Who gets past the whole identity check, and what stops the others");
  command->fallthrough();
  auto options = std::make_shared<VerificationOptions>();
  add_evaluation_options(*command, options->run);
  command->add_option("--decisions",
                      options->decisions,
                      "Measure these decisions (CSV, see docs/evaluation.md) instead of running over --data");
  Option* system = command->add_option(
      "--system",
      options->system,
      "Test another identity check: program:COMMAND or http://HOST:PORT/PATH (docs/evaluation.md)");
  command
      ->add_option("--answer-limit",
                   options->answer_limit_s,
                   "With --system: seconds without an answer after which it is given up")
      ->check(kPositiveNumber)
      ->capture_default_str();
  Option* policy = command->add_option(
      "--policy", options->policy, "JSON file with other limits; see docs/verification.md");
  policy->excludes(system);
  command->add_option("--split", options->split, "Only samples of this split");
  command
      ->add_option("--zero-effort",
                   options->zero_effort,
                   "Documents of other people that every bona fide clip is tried with")
      ->check(in_range(0, 1000000))
      ->capture_default_str();
  command->footer("Interrupted runs go on where they were. Exit code 1: a demand of --assert does not hold.");
  command->callback(
      [options, &global, &chosen] { chosen.run = [options, &global] { return run(*options, global); }; });
}

}  // namespace kyc::cli
