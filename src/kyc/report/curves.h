// Error curves and scores as plots.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kyc/metrics/error_curve.h"
#include "kyc/report/report.h"

namespace kyc {

// What the two rates of a curve are called: of comparison, or of attack detection.
struct RateNames {
  std::string high_errors = "FNMR";  // share of the high class that is missed
  std::string low_errors = "FMR";    // share of the low class that is taken for high
};
RateNames attack_rate_names();  // APCER and BPCER

struct NamedCurve {
  std::string name;
  ErrorCurve curve;
};

// Several systems on one plot. Axes: normal deviates, down to what the largest set of trials can show.
Plot det_plot(std::string id,
              std::string title,
              std::span<const NamedCurve> curves,
              const RateNames& names = {});
// x: share of the low class taken for high; y: share of the high class found.
Plot roc_plot(std::string id,
              std::string title,
              std::span<const NamedCurve> curves,
              const RateNames& names = {},
              bool log_x = false);

struct NamedScores {
  std::string name;
  std::vector<double> scores;  // infinite ones are counted in the outer bins
};
struct NamedThreshold {
  std::string name;
  double value = 0;
};
Plot histogram_plot(std::string id,
                    std::string title,
                    std::string score_name,
                    std::span<const NamedScores> sets,
                    std::span<const NamedThreshold> thresholds = {},
                    std::size_t bins = 50);

struct NamedCmc {
  std::string name;
  std::vector<double> shares;  // [r - 1]: of the searches whose rank is at most r
};
Plot cmc_plot(std::string id, std::string title, std::span<const NamedCmc> curves);

}  // namespace kyc
