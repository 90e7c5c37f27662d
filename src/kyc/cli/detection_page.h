// The reports of `kyclops evaluate liveness` and `kyclops evaluate detection`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kyc/evaluation/detection_result.h"
#include "kyc/report/report.h"

namespace kyc::cli {

struct DetectorRun {
  std::vector<AttackScoreRow> rows;        // of the test samples, undisturbed
  std::vector<ScoredSample> all;           // calibration and test, for the cross-dataset matrix
  std::vector<AttackScoreRow> robustness;  // with conditions
  double threshold = 0;
  std::string threshold_origin;
  bool calibrated_on_test = false;  // there was nothing else to set the threshold on
  std::vector<std::pair<std::string, std::string>> record;
};

// ISO/IEC 30107-3: rates per species at the threshold; the worst species leads.
Report liveness_page(const std::vector<DetectorRun>& runs);

// Deepfake detection: per frame and per clip, in-dataset and across data sets, under disturbances.
// max_bpcer  at which the thresholds of the cross-dataset matrix are set
Report detection_page(const std::vector<DetectorRun>& runs,
                      const std::vector<std::string>& data_names,
                      double max_bpcer);

}  // namespace kyc::cli
