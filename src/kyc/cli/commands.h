// The commands of the program, one .cpp each: <noun>_<verb>.cpp, or <noun>.cpp for a noun with small verbs.
// An add_* function declares flags and leaves in `chosen` what main() shall run; the run function only wires
// library calls.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "kyc/cli/command_line.h"
#include "kyc/core/progress.h"

namespace kyc::cli {

enum ExitCode { kDone = 0, kAnswerIsNo = 1, kUsage = 2, kBadInput = 3, kUnavailable = 4, kBug = 70 };

// Flags that mean the same everywhere, before or after the command's own.
struct GlobalOptions {
  std::string models;  // folder of manifest.json
  int jobs = 0;        // threads; 0: as many as the cores this process may use
  bool json = false;   // stable machine output on stdout; logs and progress always go to stderr
  bool quiet = false;  // no progress bar
};

// The command that the user chose; returns an ExitCode.
struct Chosen {
  std::function<int()> run;
};

// `app` is the program; each function adds its noun to it (or finds the noun that another one added).
void add_face_analyze(App& app, const GlobalOptions& global, Chosen& chosen);
void add_face_compare(App& app, const GlobalOptions& global, Chosen& chosen);
void add_verify(App& app, const GlobalOptions& global, Chosen& chosen);
void add_attack_list(App& app, const GlobalOptions& global, Chosen& chosen);
void add_attack_measure(App& app, const GlobalOptions& global, Chosen& chosen);
void add_attack_run(App& app, const GlobalOptions& global, Chosen& chosen);
void add_quality(App& app, const GlobalOptions& global, Chosen& chosen);
void add_detect(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_recognition(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_detection(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_quality(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_demographics(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_morph(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_budget(App& app, const GlobalOptions& global, Chosen& chosen);
void add_report(App& app, const GlobalOptions& global, Chosen& chosen);
void add_evaluate_verification(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics_attacks(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics_histogram(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics_meaning(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics_more(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics_morph(App& app, const GlobalOptions& global, Chosen& chosen);
void add_metrics_trials(App& app, const GlobalOptions& global, Chosen& chosen);
void add_models(App& app, const GlobalOptions& global, Chosen& chosen);
void add_models_new(App& app, const GlobalOptions& global, Chosen& chosen);
void add_train_detector(App& app, const GlobalOptions& global, Chosen& chosen);
void add_train_light(App& app, const GlobalOptions& global, Chosen& chosen);
void add_methods(App& app, const GlobalOptions& global, Chosen& chosen);
void add_benchmark_face(App& app, const GlobalOptions& global, Chosen& chosen);
void add_benchmark_build(App& app, const GlobalOptions& global, Chosen& chosen);
void add_dataset_build(App& app, const GlobalOptions& global, Chosen& chosen);
void add_dataset(App& app, const GlobalOptions& global, Chosen& chosen);
void add_dataset_sheet(App& app, const GlobalOptions& global, Chosen& chosen);
void add_dataset_exchange(App& app, const GlobalOptions& global, Chosen& chosen);
void add_benchmark_metrics(App& app, const GlobalOptions& global, Chosen& chosen);
void add_backup(App& app, const GlobalOptions& global, Chosen& chosen);
void add_records(App& app, const GlobalOptions& global, Chosen& chosen);
void add_serve(App& app, const GlobalOptions& global, Chosen& chosen);
void add_document_read(App& app, const GlobalOptions& global, Chosen& chosen);
void add_demo(App& app, const GlobalOptions& global, Chosen& chosen);

// The sub-command `name` of `app`, made if it is not there yet.
App* noun(App& app, const std::string& name, const std::string& description);

// $KYC_MODELS, else share/kyclops/models beside the installed program, else the source tree's models/.
std::string default_models_folder();

int jobs_of(const GlobalOptions& global);

// Milliseconds since 1970, UTC.
std::int64_t now_ms();

// Exit code of an error, and {"code", "message"} as JSON text.
int report_error(const std::exception& error, const GlobalOptions& global);

// A bar with rate and time left on stderr if that is a terminal, nothing otherwise or with --quiet.
// what  "frames": the unit
Progress progress_bar(const std::string& title, const std::string& what, const GlobalOptions& global);

}  // namespace kyc::cli
