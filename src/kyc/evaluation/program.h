// An external program under test: it reads requests on stdin and writes scores on stdout. Whatever it does,
// the run goes on.
//
// Request:  ID TAB PATH [TAB PATH] LF      ID counts from 0; stdin is closed after the last one
// Answer:   ID TAB SCORE LF                in any order; SCORE is a decimal number
//           ID TAB VERDICT [TAB SCORE] LF  of identity checks: accepted, rejected or review
//           ID TAB - [TAB REASON] LF       no answer, and why
//
// The program is run by /bin/sh in a process group of its own. Its stderr is kept up to 4 KiB. It is killed,
// with its whole group, when it has answered nothing for `answer_limit_s`, at `total_limit_s`, or when it
// writes what no honest program would (a line of more than 4 KiB, more than 1,000 lines that are no answers).
// If it ends before everything is answered, the first unanswered request is counted as its failure, and it is
// started again with the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/evaluation/external.h"

namespace kyc {

struct ProgramRun {
  std::vector<ExternalAnswer> answers;  // one per request
  int starts = 0;
  int crashes = 0;              // ends with a signal or an exit code, or before everything was answered
  int kills = 0;                // by a limit
  std::uint64_t bad_lines = 0;  // that were no answers, or a second answer
  std::string stderr_tail;      // of the last start
};

// requests  each the paths of one request
// throws    Error{InvalidArgument} for a path with a tab or a line break, or without requests;
//           Error{Unavailable} if no process can be started
ProgramRun run_program(const std::string& command,
                       const std::vector<std::vector<std::filesystem::path>>& requests,
                       const ExternalLimits& limits = {},
                       const Progress& progress = {},
                       AnswerKind kind = AnswerKind::Score);

}  // namespace kyc
