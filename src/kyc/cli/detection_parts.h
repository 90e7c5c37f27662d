// Internal to cli/: what the reports of detectors share.
#pragma once

#include <string>
#include <vector>

#include "kyc/cli/detection_page.h"

namespace kyc::cli {

std::vector<DetectionResult> results_of(const std::vector<DetectorRun>& runs);

// Of one system among several: "apcer" or "apcer[fr_liveness]"; with a part "apcer[replay]" or
// "apcer[fr_liveness,replay]".
std::string figure_key(const std::string& name,
                       const std::string& system,
                       bool several,
                       const std::string& part = {});

Table species_table(const std::vector<DetectionResult>& results);
Plot species_map(const DetectionResult& result);
std::vector<Block> curve_blocks(const std::vector<DetectorRun>& runs,
                                const std::vector<DetectionResult>& results);
void add_score_files(Report& report, const std::vector<DetectorRun>& runs);
RecordGroup subject_record(const std::vector<DetectorRun>& runs, const std::vector<DetectionResult>& results);
void add_rate_figures(Report& report, const DetectionResult& result, bool several);

}  // namespace kyc::cli
