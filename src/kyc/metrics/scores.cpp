#include "kyc/metrics/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kyc/core/error.h"

namespace kyc {

void check_scores(std::span<const double> scores, const std::string& what) {
  if (scores.empty())
    throw Error(ErrorCode::InvalidArgument, "expected at least one " + what + " score, got none");
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (std::isnan(scores[i]))
      throw Error(ErrorCode::InvalidArgument,
                  what + " score " + std::to_string(i) + " is not a number (NaN)");
}

void check_share(double value, const std::string& what) {
  if (!(value >= 0 && value <= 1))
    throw Error(ErrorCode::InvalidArgument,
                what + " is " + std::to_string(value) + ", expected a value in [0, 1]");
}

double next_above(double value) {
  return std::nextafter(value, std::numeric_limits<double>::infinity());
}

std::size_t count_at_least(std::span<const double> scores, double threshold) {
  return static_cast<std::size_t>(
      std::count_if(scores.begin(), scores.end(), [&](double score) { return score >= threshold; }));
}

std::vector<double> sorted_scores(std::span<const double> scores, const std::string& what) {
  check_scores(scores, what);
  std::vector<double> out(scores.begin(), scores.end());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kyc
