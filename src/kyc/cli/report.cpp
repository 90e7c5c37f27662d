// kyclops report check | compare: finished reports against demands, and against each other.

#include <map>
#include <memory>
#include <set>

#include "kyc/cli/evaluation_run.h"
#include "kyc/cli/report_compare.h"
#include "kyc/core/error.h"
#include "kyc/report/json.h"

namespace kyc::cli {
namespace {

struct ReportFlags {
  std::vector<std::string> runs;
  EvaluationOptions end;
};

int check(const ReportFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  // Nothing is written: the report is there already.
  return finish_evaluation(read_report(options.runs.front()), {{}, "", options.end.assertions}, global);
}

int compare_reports(const ReportFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.end);
  std::vector<ComparedRun> runs;
  std::set<std::string> names;
  for (const std::string& folder : options.runs) {
    std::filesystem::path path = folder;
    if (!path.has_filename()) path = path.parent_path();
    std::string name = path.filename().string();
    if (!names.insert(name).second) name = folder;
    runs.push_back({name, path, read_report(path)});
  }
  Report report = comparison_page(runs);
  report.record.insert(report.record.begin(), program_record(global));
  return finish_evaluation(std::move(report), options.end, global);
}

}  // namespace

void add_report(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* report = noun(app, "report", "Read finished reports");
  {
    App* command =
        report->add_subcommand("check", "Does a finished report meet demands? For CI: exit code 1 if not");
    command->fallthrough();
    auto options = std::make_shared<ReportFlags>();
    command->add_option("run", options->runs, "Folder of a report")->required()->expected(1);
    command->add_option("--assert", options->end.assertions, "Demand, 'iapar <= 0.05'; repeatable")
        ->required();
    command->callback(
        [options, &global, &chosen] { chosen.run = [options, &global] { return check(*options, global); }; });
  }
  App* command = report->add_subcommand(
      "compare", "Several runs side by side, with differences where the trials are the same");
  command->fallthrough();
  auto options = std::make_shared<ReportFlags>();
  command->add_option("runs", options->runs, "Folders of reports; differences are against the first one")
      ->required()
      ->expected(2, 20);
  command->add_option("--out", options->end.out, "Folder for the report");
  command->add_option(
      "--assert", options->end.assertions, "Demand, 'difference[iapar_pooled,NAME] <= 0'; repeatable");
  command->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return compare_reports(*options, global); };
  });
}

}  // namespace kyc::cli
