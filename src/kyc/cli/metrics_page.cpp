#include "kyc/cli/metrics_page.h"

#include <cmath>
#include <cstdio>
#include <set>

#include <nlohmann/json.hpp>

#include "kyc/cli/rates.h"
#include "kyc/core/files.h"
#include "kyc/report/assertion.h"
#include "kyc/report/format.h"
#include "kyc/report/write.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostAttachedBytes = 64ULL << 20;

}  // namespace

void add_report_options(App& command, EvaluationOptions& options) {
  command.add_option(
      "--out", options.out, "Folder for the report: index.html, report.json, report.csv, report.tex");
  command.add_option("--assert",
                     options.assertions,
                     "Demand of a figure, 'auc >= 0.99': exit code 1 if it does not hold; repeatable");
}

Report metrics_report(const std::string& protocol,
                      const std::string& title,
                      const std::vector<std::string>& files,
                      const GlobalOptions& global) {
  Report out;
  out.protocol = protocol;
  out.title = title;
  RecordGroup scores{"Score files", {}};
  for (const std::string& file : files) {
    if (file.empty()) continue;
    out.subtitle += (out.subtitle.empty() ? "From the scores in " : ", ") + file;
    scores.entries.emplace_back(file, file == "-" ? "standard input" : "sha256 " + sha256_hex_of_file(file));
  }
  out.record = {program_record(global), std::move(scores)};
  return out;
}

void attach_scores(Report& report, const std::string& file) {
  std::error_code failure;
  const std::uintmax_t bytes = std::filesystem::file_size(file, failure);
  if (failure || bytes > kMostAttachedBytes) {
    report.record.back().entries.emplace_back("copy beside the report",
                                              "none: " + file + " is larger than 64 MiB");
    return;
  }
  report.attachments.push_back(
      {"scores/trials.csv", "the scores", "trials", read_text_file(file, kMostAttachedBytes)});
}

std::string one_in_text(double rate) {
  return std::to_string(std::lround(1 / rate));
}

Section curve_section(const std::vector<NamedCurve>& curves,
                      const std::vector<NamedScores>& scores,
                      const std::string& score_name,
                      const std::vector<NamedThreshold>& thresholds,
                      const RateNames& names) {
  Section out{"Curves", {}, false};
  if (!curves.empty()) {
    out.blocks.emplace_back(det_plot("det", "DET", curves, names));
    out.blocks.emplace_back(roc_plot("roc", "ROC", curves, names));
  }
  if (!scores.empty())
    out.blocks.emplace_back(histogram_plot("scores", "Scores", score_name, scores, thresholds, 40));
  return out;
}

void add_sentence(Report& report, const std::string& what, const std::string& key) {
  const Figure* figure = find_figure(report, key);
  if (figure == nullptr || !figure->value) return;
  std::string text = what + ": " + number_text(*figure->value);
  if (figure->trials > 0) text += " (" + count_text(figure->events, figure->trials) + ")";
  if (figure->interval)
    text += ", 95 % interval " + number_text(figure->interval->low) + " to " +
            number_text(figure->interval->high);
  if (!figure->carried()) text += "; too few data to carry it: " + figure->support.reason();
  report.summary.push_back({text + ".", figure->carried() ? Tone::Plain : Tone::Doubt});
}

int finish_metrics(Report report,
                   Json object,
                   const EvaluationOptions& options,
                   const GlobalOptions& global) {
  Json weak = Json::array();
  std::set<std::string> marked;
  for (const Figure& figure : report.figures)
    if (figure.value && !figure.carried()) {
      weak.push_back(figure.key);
      marked.insert(figure.key);
    }
  object["not_carried"] = weak;
  report.sections.insert(report.sections.begin(), {"Figures", {table_of_figures(report)}, false});
  const DemandAnswers answers = check_demands(report, options.assertions);
  add_carried_sentence(report);
  if (!options.assertions.empty()) object["assertions"] = Json::array();
  for (const AssertionResult& result : answers.results)
    object["assertions"].push_back(
        {{"assertion", result.text}, {"holds", result.holds}, {"explanation", result.explanation}});
  if (!options.out.empty()) {
    write_report(report, options.out);
    object["report"] = options.out;
  }
  print_object(object, global.json, marked);
  if (!global.json) {
    for (const AssertionResult& result : answers.results)
      std::printf("%s: %s (%s)\n",
                  result.holds ? "holds" : "DOES NOT HOLD",
                  result.text.c_str(),
                  result.explanation.c_str());
    if (!options.out.empty())
      std::printf("open %s to see the report\n",
                  (std::filesystem::path(options.out) / "index.html").string().c_str());
  }
  return answers.all_hold ? kDone : kAnswerIsNo;
}

}  // namespace kyc::cli
