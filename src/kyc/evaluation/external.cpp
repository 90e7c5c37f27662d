#include "kyc/evaluation/external.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/evaluation/http_endpoint.h"
#include "kyc/evaluation/program.h"

namespace kyc {
namespace {

constexpr std::string_view kProgram = "program:";

bool is_program(const std::string& spec) {
  return spec.starts_with(kProgram);
}

std::vector<ExternalAnswer> ask_endpoint(const HttpEndpoint& endpoint,
                                         const std::vector<std::string>& parts,
                                         const std::vector<std::vector<std::filesystem::path>>& questions,
                                         AnswerKind kind,
                                         const ExternalLimits& limits,
                                         int jobs,
                                         const Progress& progress) {
  std::vector<std::optional<ExternalAnswer>> answers(questions.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(questions.size(), jobs, [&](std::size_t i, int) {
    std::vector<NamedFile> files;
    for (std::size_t k = 0; k < parts.size(); ++k) files.push_back({parts[k], questions[i][k]});
    ExternalAnswer answer = ask_http(endpoint, files, kind, limits.answer_limit_s);
    const std::lock_guard lock(mutex);
    answers[i].emplace(std::move(answer));
    if (progress) progress(++done, questions.size());
  });
  std::vector<ExternalAnswer> out;
  out.reserve(answers.size());
  for (auto& answer : answers) out.push_back(std::move(*answer));
  return out;
}

}  // namespace

bool is_verdict(const std::string& text) {
  return text == "accepted" || text == "rejected" || text == "review";
}

bool is_external(const std::string& spec) {
  return is_program(spec) || spec.starts_with("http://") || spec.starts_with("https://");
}

ExternalSystem::ExternalSystem(
    std::string spec, AnswerKind kind, std::vector<std::string> parts, const ExternalLimits& limits, int jobs)
    : spec_(std::move(spec)), kind_(kind), parts_(std::move(parts)), limits_(limits), jobs_(jobs) {
  if (!is_external(spec_))
    throw Error(ErrorCode::InvalidArgument,
                "'" + spec_ + "': expected program:COMMAND or http://HOST[:PORT][/PATH]");
  if (!is_program(spec_)) (void)parse_http_url(spec_);
}

std::vector<ExternalAnswer> ExternalSystem::ask(
    const std::vector<std::vector<std::filesystem::path>>& questions, const Progress& progress) {
  if (questions.empty()) return {};
  for (const auto& question : questions)
    if (question.size() != parts_.size())
      throw Error(ErrorCode::InvalidArgument,
                  "external system: expected " + std::to_string(parts_.size()) + " files a question, got " +
                      std::to_string(question.size()));
  std::vector<ExternalAnswer> out;
  if (is_program(spec_)) {
    ProgramRun run = run_program(spec_.substr(kProgram.size()), questions, limits_, progress, kind_);
    starts_ += run.starts;
    crashes_ += run.crashes;
    kills_ += run.kills;
    bad_lines_ += run.bad_lines;
    stderr_tail_ = run.stderr_tail;
    out = std::move(run.answers);
  } else {
    out = ask_endpoint(parse_http_url(spec_), parts_, questions, kind_, limits_, jobs_, progress);
  }
  asked_ += questions.size();
  for (const ExternalAnswer& answer : out) {
    if (answer) continue;
    const auto known = std::find_if(failures_.begin(), failures_.end(), [&](const auto& entry) {
      return entry.first == answer.reason().reason;
    });
    if (known != failures_.end())
      ++known->second;
    else if (failures_.size() < 20)
      failures_.emplace_back(answer.reason().reason, 1);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> ExternalSystem::record() const {
  std::vector<std::pair<std::string, std::string>> out{{"system", spec_}};
  if (asked_ == 0) return out;
  out.emplace_back("questions", std::to_string(asked_));
  if (is_program(spec_)) {
    out.emplace_back("starts, crashes, kills, lines that were no answers",
                     std::to_string(starts_) + ", " + std::to_string(crashes_) + ", " +
                         std::to_string(kills_) + ", " + std::to_string(bad_lines_));
    out.emplace_back("end of its stderr", stderr_tail_);
  }
  for (const auto& [reason, count] : failures_)
    out.emplace_back("unanswered", std::to_string(count) + ": " + reason);
  return out;
}

}  // namespace kyc
