// The report of `kyclops evaluate recognition --data`: the protocols of eKYC-DF.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kyc/evaluation/comparisons.h"
#include "kyc/report/report.h"

namespace kyc::cli {

struct RecogniserRun {
  std::string system;
  std::vector<ComparisonRow> rows;  // of both protocols
  std::vector<NamedFixedThreshold> fixed;
};

// calibration  split whose bona fide comparisons set the thresholds
Report recognition_page(const std::vector<RecogniserRun>& runs, const std::string& calibration);

}  // namespace kyc::cli
