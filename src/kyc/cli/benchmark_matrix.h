// kyclops benchmark metrics: the matrix of all comparisons, reduced to counts as it is made.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kyc/cli/commands.h"
#include "kyc/core/ranks.h"

namespace kyc::cli {

struct MatrixBenchmark {
  int templates = 20'000;
  int dimension = 512;
  int bins = 1 << 14;
  int repeats = 3;  // of everything; the least time counts
};

// Beside the same product without counting, and beside what the registers alone can multiply and add.
nlohmann::ordered_json matrix_alone(const MatrixBenchmark& options, int jobs);

// On the first rank alone, and shared by all of them, in turns; the counts must be equal. Every rank calls
// it, the first one's answer counts.
nlohmann::ordered_json matrix_of_ranks(const MatrixBenchmark& options,
                                       const Ranks& ranks,
                                       const GlobalOptions& global);

}  // namespace kyc::cli
