// What every `kyclops evaluate ...` on data sets shares: its options, the run record, and how it ends.
#pragma once

#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/dataset/sample.h"
#include "kyc/nn/manifest.h"
#include "kyc/report/assertion.h"
#include "kyc/report/report.h"

namespace kyc::cli {

struct EvaluationOptions {
  std::vector<std::string> data;  // folders
  std::string out;                // of the report
  std::vector<std::string> assertions;
};

// Declares --data, --out and --assert.
void add_evaluation_options(App& command, EvaluationOptions& options, bool many_sets = false);

// Before the work begins: what can be told to fail at the end.
// throws  Error{InvalidArgument}
void check_evaluation_options(const EvaluationOptions& options);

// Where the journal of a long run lies until the report is written: beside it.
std::filesystem::path journal_of(const EvaluationOptions& options);

// Program, command line, host and time.
RecordGroup program_record(const GlobalOptions& global);
// Folder, SHA-256 of its manifest (which holds those of all files), counts.
RecordGroup dataset_record(const Dataset& dataset);
// Name, SHA-256 and origin of every model; and the named thresholds with where they were set.
RecordGroup model_record(const ModelManifest& models, const std::vector<std::string>& names);

// SHA-256 over everything that a journal depends on.
std::string fingerprint_of(const std::vector<std::string>& parts);

struct DemandAnswers {
  std::vector<AssertionResult> results;
  bool all_hold = true;
};
// Answers every --assert; where there are any, a section of the report says so too.
DemandAnswers check_demands(Report& report, const std::vector<std::string>& assertions);

// Checks the assertions, writes the report into options.out (if given), and prints summary and answers, or
// with --json one object {protocol, summary, figures, assertions, report}. Returns kDone, or kAnswerIsNo if
// an assertion does not hold.
int finish_evaluation(Report report, const EvaluationOptions& options, const GlobalOptions& global);

}  // namespace kyc::cli
