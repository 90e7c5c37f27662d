// The report of `kyclops report compare`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kyc/report/report.h"

namespace kyc::cli {

struct ComparedRun {
  std::string name;
  std::filesystem::path folder;  // where its score files are
  Report report;
};

// Figures side by side, plots of the same kind on one, and paired differences against the first run where
// both made the same trials: of rates by drawing people anew, of AUC by DeLong. throws Error{InvalidArgument}
// for fewer than two runs
Report comparison_page(const std::vector<ComparedRun>& runs);

}  // namespace kyc::cli
