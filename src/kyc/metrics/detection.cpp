#include "kyc/metrics/detection.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::string folder_name(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t slash = path.find_last_of('/', end);
  return path.substr(slash == std::string::npos ? 0 : slash + 1,
                     end == std::string::npos ? end : end - (slash == std::string::npos ? 0 : slash + 1) + 1);
}

template <typename Scored>
ErrorCurve curve_of(std::span<const Scored> trials) {
  std::vector<double> attack;
  std::vector<double> bona_fide;
  for (const Scored& trial : trials) (trial.attack ? attack : bona_fide).push_back(trial.score);
  if (attack.empty() || bona_fide.empty())
    throw Error(ErrorCode::InvalidArgument,
                std::string("expected attacks and bona fide samples, got no ") +
                    (attack.empty() ? "attacks" : "bona fide samples"));
  return error_curve(attack, bona_fide);
}

}  // namespace

std::vector<ClipScore> clip_scores(std::span<const FrameScore> frames, ClipGrouping grouping) {
  std::vector<ClipScore> out;
  std::map<std::string, std::size_t> index;
  for (const FrameScore& frame : frames) {
    if (!std::isfinite(frame.score))
      throw Error(
          ErrorCode::InvalidArgument,
          frame.clip + ": the mean of a clip needs finite scores, got " + std::to_string(frame.score));
    const std::string name = grouping == ClipGrouping::ByPath ? frame.clip : folder_name(frame.clip);
    const auto [found, is_new] = index.try_emplace(name, out.size());
    if (is_new) out.push_back({name, frame.attack, 0, 0});
    ClipScore& clip = out[found->second];
    if (grouping == ClipGrouping::ByPath && clip.attack != frame.attack)
      throw Error(ErrorCode::InvalidArgument,
                  frame.clip + ": some frames are marked attack, others bona fide");
    clip.score += frame.score;
    ++clip.frames;
  }
  for (ClipScore& clip : out) clip.score /= static_cast<double>(clip.frames);
  return out;
}

ErrorCurve attack_curve(std::span<const FrameScore> frames) {
  return curve_of(frames);
}

ErrorCurve attack_curve(std::span<const ClipScore> clips) {
  return curve_of(clips);
}

double average_precision(const ErrorCurve& curve) {
  double sum = 0;
  // From the highest threshold down; at the last point nothing is accepted.
  for (std::size_t i = curve.size() - 1; i-- > 0;) {
    const auto found = static_cast<double>(curve.mated - curve.false_non_matches[i]);
    const auto gained = static_cast<double>(curve.false_non_matches[i + 1] - curve.false_non_matches[i]);
    if (gained > 0) sum += gained * found / (found + static_cast<double>(curve.false_matches[i]));
  }
  return sum / static_cast<double>(curve.mated);
}

double accuracy_at(const ErrorCurve& curve, double threshold) {
  if (std::isnan(threshold)) throw Error(ErrorCode::InvalidArgument, "the threshold is not a number (NaN)");
  // Any threshold decides as the next score at or above it does.
  const auto next = std::lower_bound(curve.thresholds.begin(), curve.thresholds.end(), threshold);
  const auto i =
      static_cast<std::size_t>(std::min(next, curve.thresholds.end() - 1) - curve.thresholds.begin());
  return 1 - static_cast<double>(curve.false_matches[i] + curve.false_non_matches[i]) /
                 static_cast<double>(curve.mated + curve.non_mated);
}

double deepfakebench_eer(const ErrorCurve& curve) {
  // Highest threshold first, as scikit-learn's roc_curve. It looks for straight lines before it adds the
  // point (0, 0).
  std::vector<std::size_t> points;
  for (std::size_t i = curve.size() - 1; i-- > 0;) points.push_back(i);
  const auto bends = [&](std::size_t k, const std::vector<std::uint64_t>& counts) {
    return counts[points[k]] - counts[points[k - 1]] != counts[points[k + 1]] - counts[points[k]];
  };
  double best = std::abs(curve.fnmr(curve.size() - 1) - curve.fmr(curve.size() - 1));
  double eer = curve.fmr(curve.size() - 1);
  for (std::size_t k = 0; k < points.size(); ++k) {
    const bool inside = k > 0 && k + 1 < points.size();
    if (inside && !bends(k, curve.false_matches) && !bends(k, curve.false_non_matches)) continue;
    const double gap = std::abs(curve.fnmr(points[k]) - curve.fmr(points[k]));
    if (gap >= best) continue;
    best = gap;
    eer = curve.fmr(points[k]);
  }
  return eer;
}

}  // namespace kyc
