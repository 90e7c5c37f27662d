// A system under test that is not part of this program: an external program (program.h) or an HTTP endpoint
// (http_endpoint.h). It is asked about files, and answers with a score or with a verdict. docs/evaluation.md
// has the protocols.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kyc/core/outcome.h"
#include "kyc/core/progress.h"

namespace kyc {

enum class AnswerKind {
  Score,    // a number
  Decision  // accepted, rejected or review; a number may come with it
};

struct ExternalReply {
  std::string verdict;          // of decisions: "accepted", "rejected", "review"
  std::optional<double> score;  // finite
  double seconds = 0;           // from question to answer; 0: not known
};

struct ExternalFailure {
  std::string reason;  // for people: "no answer: too dark", "the program crashed (signal 11)"
};

using ExternalAnswer = Outcome<ExternalReply, ExternalFailure>;

struct ExternalLimits {
  double answer_limit_s = 60;
  double total_limit_s = 24 * 3600;
  int restarts = 20;  // of programs, after crashes and kills; then everything unanswered is a failure
};

bool is_verdict(const std::string& text);

// "program:COMMAND" or "http://...": asked by ExternalSystem
bool is_external(const std::string& spec);

// Questions are lists of files, each list as long as `parts`.
class ExternalSystem {
 public:
  // spec    "program:COMMAND" or "http://HOST[:PORT][/PATH]"
  // parts   what the files of a question are: {"file"}, {"probe", "reference"}, {"document", "selfie"}
  // jobs    requests to an endpoint at a time
  // throws  Error{InvalidArgument} for another spec or a URL that is none; Error{Unsupported} for https
  ExternalSystem(std::string spec,
                 AnswerKind kind,
                 std::vector<std::string> parts,
                 const ExternalLimits& limits = {},
                 int jobs = 1);

  const std::string& name() const { return spec_; }

  // One answer per question. Whatever the system does, the run goes on.
  // throws  Error{Unavailable} if no process can be started, Error{NotFound} for a file that is not there
  std::vector<ExternalAnswer> ask(const std::vector<std::vector<std::filesystem::path>>& questions,
                                  const Progress& progress = {});

  // What happened so far, for the run record: starts and crashes, or requests and failures by reason.
  std::vector<std::pair<std::string, std::string>> record() const;

 private:
  std::string spec_;
  AnswerKind kind_;
  std::vector<std::string> parts_;
  ExternalLimits limits_;
  int jobs_;
  std::uint64_t asked_ = 0;
  std::vector<std::pair<std::string, std::uint64_t>> failures_;  // by reason
  int starts_ = 0;
  int crashes_ = 0;
  int kills_ = 0;
  std::uint64_t bad_lines_ = 0;
  std::string stderr_tail_;
};

}  // namespace kyc
