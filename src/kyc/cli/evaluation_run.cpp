#include "kyc/cli/evaluation_run.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include "kyc/core/files.h"
#include "kyc/report/assertion.h"
#include "kyc/report/format.h"
#include "kyc/report/write.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    std::string word = text.substr(at, end - at);
    if (out.empty()) word = std::filesystem::path(word).filename().string();
    if (word.find_first_of(" \t'\"<>|&;*?") != std::string::npos) word = "'" + word + "'";
    out += (out.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out;
}

std::string now_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &utc);
  return text;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const std::size_t at = line.find(": "); at != std::string::npos) return line.substr(at + 2);
  return "unknown";
}

Section assertion_section(const std::vector<AssertionResult>& results) {
  Table table{"assertions",
              "Demands of --assert",
              "",
              {{"demand", false}, {"answer", false}, {"because", false}},
              {},
              1};
  for (const AssertionResult& result : results)
    table.rows.push_back(
        {text_cell(result.text),
         text_cell(result.holds ? "holds" : "does not hold", result.holds ? Tone::Good : Tone::Bad),
         text_cell(result.explanation)});
  return {"Demands", {std::move(table)}, false};
}

Json answer_json(const Report& report, const std::vector<AssertionResult>& results, const std::string& out) {
  Json summary = Json::array();
  for (const Sentence& sentence : report.summary) summary.push_back(sentence.text);
  Json figures = Json::object();
  for (const Figure& figure : report.figures) {
    Json entry = {{"value", figure.value ? Json(*figure.value) : Json(nullptr)}};
    if (figure.interval) entry["interval"] = Json::array({figure.interval->low, figure.interval->high});
    if (figure.trials > 0) {
      entry["events"] = figure.events;
      entry["trials"] = figure.trials;
    }
    entry["carried"] = figure.carried();
    entry["support"] = figure.support.reason();
    figures[figure.key] = std::move(entry);
  }
  Json assertions = Json::array();
  for (const AssertionResult& result : results)
    assertions.push_back(
        {{"assertion", result.text}, {"holds", result.holds}, {"explanation", result.explanation}});
  return {{"protocol", report.protocol},
          {"summary", std::move(summary)},
          {"figures", std::move(figures)},
          {"assertions", std::move(assertions)},
          {"report", out.empty() ? Json(nullptr) : Json(out)}};
}

}  // namespace

void add_evaluation_options(App& command, EvaluationOptions& options, bool many_sets) {
  Option* data = command.add_option("--data",
                                    options.data,
                                    many_sets ? "Folders of data sets (each with manifest.jsonl)"
                                              : "Folder of a data set (with manifest.jsonl)");
  if (!many_sets) data->expected(1);
  command.add_option(
      "--out", options.out, "Folder for the report: index.html, report.json, score files, ...");
  command.add_option(
      "--assert",
      options.assertions,
      "Demand of a figure, 'iapar@fmr1e-3 <= 0.05': exit code 1 if it does not hold; repeatable");
}

void check_evaluation_options(const EvaluationOptions& options) {
  if (!options.out.empty()) check_report_folder(options.out);
  for (const std::string& text : options.assertions) check_assertion_syntax(text);
}

std::filesystem::path journal_of(const EvaluationOptions& options) {
  if (options.out.empty()) return {};
  std::filesystem::path folder = options.out;
  if (!folder.has_filename()) folder = folder.parent_path();
  return folder.string() + ".journal";
}

RecordGroup program_record(const GlobalOptions& global) {
  utsname host{};
  uname(&host);
  return {"Program",
          {{"program", std::string("kyclops ") + KYC_VERSION},
           {"command", command_line()},
           {"finished", now_text()},
           {"machine", std::string(host.sysname) + " " + host.machine + ", " + processor_name()},
           {"threads", std::to_string(jobs_of(global))}}};
}

RecordGroup dataset_record(const Dataset& dataset) {
  std::size_t attacks = 0;
  std::size_t missing = 0;
  for (const Sample& sample : dataset.samples) {
    if (sample.kind == SampleKind::Attack) ++attacks;
    if (sample.path.empty() || sample.failure) ++missing;
  }
  return {"Data set " + dataset.folder.string(),
          {{"manifest.jsonl, sha256", sha256_hex_of_file(dataset.folder / "manifest.jsonl")},
           {"samples",
            std::to_string(dataset.samples.size()) + " (" + std::to_string(dataset.samples.size() - attacks) +
                " bona fide, " + std::to_string(attacks) + " attacks)"},
           {"samples that were never made", std::to_string(missing)}}};
}

RecordGroup model_record(const ModelManifest& models, const std::vector<std::string>& names) {
  RecordGroup out{"Models", {}};
  for (const std::string& name : names) {
    const ModelEntry& entry = models.entry(name);
    out.entries.emplace_back(name, entry.origin + "; sha256 " + sha256_hex_of_file(models.file_of(entry)));
    for (const ModelThreshold& threshold : entry.thresholds)
      out.entries.emplace_back(
          name + ", threshold " + threshold.name,
          number_text(threshold.value, 6) + ": " + threshold.rate + "; " + threshold.data);
  }
  return out;
}

std::string fingerprint_of(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += std::to_string(part.size()) + ":" + part + ";";
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(all.data()), all.size()});
}

DemandAnswers check_demands(Report& report, const std::vector<std::string>& assertions) {
  DemandAnswers out;
  for (const std::string& text : assertions) {
    out.results.push_back(check_assertion(report, text));
    out.all_hold = out.all_hold && out.results.back().holds;
  }
  if (!out.results.empty()) report.sections.insert(report.sections.begin(), assertion_section(out.results));
  return out;
}

int finish_evaluation(Report report, const EvaluationOptions& options, const GlobalOptions& global) {
  add_carried_sentence(report);
  const auto [results, all_hold] = check_demands(report, options.assertions);
  if (!options.out.empty()) write_report(report, options.out);
  if (global.json) {
    std::printf("%s\n",
                answer_json(report, results, options.out)
                    .dump(-1, ' ', false, Json::error_handler_t::replace)
                    .c_str());
  } else {
    std::printf("%s\n\n", report.title.c_str());
    for (const Sentence& sentence : report.summary)
      std::printf("%s %s\n", sentence.tone == Tone::Doubt ? "!" : "-", sentence.text.c_str());
    for (const AssertionResult& result : results)
      std::printf("%s: %s (%s)\n",
                  result.holds ? "holds" : "DOES NOT HOLD",
                  result.text.c_str(),
                  result.explanation.c_str());
    if (!options.out.empty())
      std::printf("\nopen %s to see the report\n",
                  (std::filesystem::path(options.out) / "index.html").string().c_str());
  }
  return all_hold ? kDone : kAnswerIsNo;
}

}  // namespace kyc::cli
