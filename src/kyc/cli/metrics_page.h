// How every `kyclops metrics ...` ends: the object of its figures, and, with --out, the same report that
// `kyclops evaluate` writes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "kyc/cli/evaluation_run.h"
#include "kyc/metrics/error_curve.h"
#include "kyc/report/curves.h"

namespace kyc::cli {

// Declares --out and --assert.
void add_report_options(App& command, EvaluationOptions& options);

// A subcommand of `kyclops metrics` that reads one score file and ends in a report, and its options: Flags
// has a `file` and an `end`.
template <class Flags>
std::pair<App*, std::shared_ptr<Flags>> add_metrics_command(App& metrics,
                                                            const std::string& name,
                                                            const std::string& description,
                                                            int (*run)(const Flags&, const GlobalOptions&),
                                                            const GlobalOptions& global,
                                                            Chosen& chosen) {
  const auto options = std::make_shared<Flags>();
  App* command = metrics.add_subcommand(name, description);
  command->add_option("file", options->file, "Score file (CSV)")->required();
  add_report_options(*command, options->end);
  command->callback([options, &global, &chosen, run] {
    chosen.run = [options, &global, run] { return run(*options, global); };
  });
  return {command, options};
}

// A report of score files, without figures yet. protocol  "metrics verification"
Report metrics_report(const std::string& protocol,
                      const std::string& title,
                      const std::vector<std::string>& files,
                      const GlobalOptions& global);

// Lays the score file beside the report, so that `kyclops report compare` can pair the trials of two runs;
// not where it is large.
void attach_scores(Report& report, const std::string& file);

// "fmr100", "fmr1000": at 1 / rate. rate  a power of ten
std::string one_in_text(double rate);

// Of two classes: DET, ROC and scores with thresholds.
Section curve_section(const std::vector<NamedCurve>& curves,
                      const std::vector<NamedScores>& scores,
                      const std::string& score_name,
                      const std::vector<NamedThreshold>& thresholds,
                      const RateNames& names = {});

// A headline about one figure of the report: "AUC: 0.93 [0.91, 0.95]", with a caution where it is not
// carried.
void add_sentence(Report& report, const std::string& what, const std::string& key);

// Puts the names of the figures that the data can not carry into the object ("not_carried"), checks the
// demands, writes the report, and prints. Returns kDone, or kAnswerIsNo if a demand does not hold.
int finish_metrics(Report report,
                   nlohmann::ordered_json object,
                   const EvaluationOptions& options,
                   const GlobalOptions& global);

}  // namespace kyc::cli
