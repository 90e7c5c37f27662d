// The report of `kyclops evaluate verification`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kyc/evaluation/verification_result.h"
#include "kyc/image/image.h"
#include "kyc/report/report.h"

namespace kyc::cli {

// The pictures of an attempt for a contact sheet: document and selfie; empty if they can not be shown.
using AttemptPictures = std::function<std::vector<Image>(const DecisionTrial&)>;

struct VerificationPageOptions {
  std::string system;  // "the default verification"
  std::optional<TandemThresholds> thresholds;
  std::size_t worst = 12;    // attempts on each contact sheet
  AttemptPictures pictures;  // none: no sheets
};

// Summary, figures, sections and the score file; the run record is left to the caller.
Report verification_page(const std::vector<DecisionTrial>& trials, const VerificationPageOptions& options);

}  // namespace kyc::cli
