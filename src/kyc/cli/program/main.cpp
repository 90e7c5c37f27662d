// kyclops: reads the command line, runs one command, and turns errors into exit codes.

#include "kyc/cli/challenge.h"
#include "kyc/cli/commands.h"

namespace kyc::cli {
namespace {

int run(int argc, char** argv) {
  App app{"How well does a remote identity check stand up to deepfakes?", "kyclops"};
  app.set_version_flag("--version", KYC_VERSION);
  app.require_subcommand(1);
  app.fallthrough();

  GlobalOptions global;
  global.models = default_models_folder();
  app.add_option("--models", global.models, "Folder of manifest.json and the model files")
      ->capture_default_str();
  app.add_option("--jobs", global.jobs, "Threads; 0: one per core")->check(kNonNegativeNumber);
  app.add_flag("--json", global.json, "Machine-readable output on stdout");
  app.add_flag("--quiet", global.quiet, "No progress bar");

  Chosen chosen;
  add_demo(app, global, chosen);
  add_verify(app, global, chosen);
  add_challenge(app, global, chosen);
  add_challenge_perform(app, global, chosen);
  add_serve(app, global, chosen);
  add_records(app, global, chosen);
  add_backup(app, global, chosen);
  add_face_analyze(app, global, chosen);
  add_face_compare(app, global, chosen);
  add_attack_list(app, global, chosen);
  add_attack_measure(app, global, chosen);
  add_attack_run(app, global, chosen);
  add_document_read(app, global, chosen);
  add_quality(app, global, chosen);
  add_detect(app, global, chosen);
  add_evaluate_recognition(app, global, chosen);
  add_evaluate_detection(app, global, chosen);
  add_evaluate_verification(app, global, chosen);
  add_dataset_build(app, global, chosen);
  add_dataset(app, global, chosen);
  add_dataset_sheet(app, global, chosen);
  add_dataset_exchange(app, global, chosen);
  add_evaluate_quality(app, global, chosen);
  add_evaluate_demographics(app, global, chosen);
  add_evaluate_morph(app, global, chosen);
  add_evaluate_budget(app, global, chosen);
  add_report(app, global, chosen);
  add_metrics(app, global, chosen);
  add_metrics_attacks(app, global, chosen);
  add_metrics_more(app, global, chosen);
  add_metrics_morph(app, global, chosen);
  add_metrics_trials(app, global, chosen);
  add_metrics_meaning(app, global, chosen);
  add_metrics_histogram(app, global, chosen);
  add_models(app, global, chosen);
  add_models_new(app, global, chosen);
  add_train_detector(app, global, chosen);
  add_train_light(app, global, chosen);
  add_methods(app, global, chosen);
  add_benchmark_face(app, global, chosen);
  add_benchmark_build(app, global, chosen);
  add_benchmark_metrics(app, global, chosen);

  if (const std::optional<bool> printed = app.parse(argc, argv)) return *printed ? kDone : kUsage;
  try {
    return chosen.run();
  } catch (const std::exception& error) {
    return report_error(error, global);
  }
}

}  // namespace
}  // namespace kyc::cli

int main(int argc, char** argv) {
  return kyc::cli::run(argc, argv);
}
