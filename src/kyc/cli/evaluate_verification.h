// `kyclops evaluate verification` as a function, for the demo too.
#pragma once

#include <string>

#include "kyc/cli/commands.h"
#include "kyc/dataset/sample.h"
#include "kyc/report/report.h"
#include "kyc/verification/policy.h"

namespace kyc::cli {

struct VerificationEvaluation {
  VerificationPolicy policy;
  std::string split;    // empty: all
  int zero_effort = 3;  // documents of others that every bona fide clip is tried with
  std::string journal;  // file; empty: none
  std::string system;   // as the title names it; empty: as the policy is, default or changed
};

// Attacks the program's own verification with a data set.
Report evaluate_verification(const Dataset& dataset,
                             const VerificationEvaluation& options,
                             const GlobalOptions& global);

}  // namespace kyc::cli
