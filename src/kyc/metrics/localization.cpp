#include "kyc/metrics/localization.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "kyc/core/error.h"
#include "kyc/metrics/error_curve.h"

namespace kyc {
namespace {

constexpr int kOverlaps = 10;  // 0.5, 0.55, ... 0.95

void check_sizes(std::size_t predicted, std::size_t truth) {
  if (predicted != truth)
    throw Error(ErrorCode::InvalidArgument,
                "expected as many predicted as true pixels, got " + std::to_string(predicted) + " and " +
                    std::to_string(truth));
}

template <typename IsChanged>
std::optional<double> iou_of(std::span<const std::uint8_t> truth, const IsChanged& predicted) {
  std::size_t both = 0;
  std::size_t any = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool p = predicted(i);
    const bool t = truth[i] != 0;
    both += p && t ? 1 : 0;
    any += p || t ? 1 : 0;
  }
  if (any == 0) return std::nullopt;
  return static_cast<double>(both) / static_cast<double>(any);
}

void check_segment(const Segment& segment) {
  if (!(segment.start_s < segment.end_s))
    throw Error(ErrorCode::InvalidArgument,
                "clip '" + segment.clip + "': a segment does not end after its start");
}

using Indices = std::vector<std::size_t>;

// Predictions by falling score, and the true segments of each clip.
struct Ordered {
  Indices predictions;
  std::map<std::string, Indices> truth_of_clip;
};

Ordered ordered(std::span<const ScoredSegment> predicted, std::span<const Segment> truth) {
  if (truth.empty()) throw Error(ErrorCode::InvalidArgument, "expected at least one true segment, got none");
  Ordered out;
  for (const ScoredSegment& one : predicted) {
    check_segment(one.segment);
    if (std::isnan(one.score))
      throw Error(ErrorCode::InvalidArgument,
                  "clip '" + one.segment.clip + "': a score is not a number (NaN)");
  }
  for (std::size_t i = 0; i < truth.size(); ++i) {
    check_segment(truth[i]);
    out.truth_of_clip[truth[i].clip].push_back(i);
  }
  out.predictions.resize(predicted.size());
  std::iota(out.predictions.begin(), out.predictions.end(), 0U);
  std::stable_sort(out.predictions.begin(), out.predictions.end(), [&](std::size_t a, std::size_t b) {
    return predicted[a].score > predicted[b].score;
  });
  return out;
}

// Marks the free true segment with the largest overlap, if that is at least min_iou.
bool take_best(const Segment& segment,
               std::span<const Segment> truth,
               const Ordered& order,
               double min_iou,
               std::vector<bool>& taken) {
  const auto found = order.truth_of_clip.find(segment.clip);
  if (found == order.truth_of_clip.end()) return false;
  double largest = 0;
  std::size_t best = 0;
  for (const std::size_t i : found->second) {
    const double overlap = taken[i] ? 0 : segment_iou(segment, truth[i]);
    if (overlap <= largest) continue;
    largest = overlap;
    best = i;
  }
  if (largest == 0 || largest < min_iou) return false;
  taken[best] = true;
  return true;
}

}  // namespace

std::optional<double> mask_iou(std::span<const std::uint8_t> predicted, std::span<const std::uint8_t> truth) {
  check_sizes(predicted.size(), truth.size());
  return iou_of(truth, [&](std::size_t i) { return predicted[i] != 0; });
}

std::optional<double> score_iou(std::span<const double> scores,
                                std::span<const std::uint8_t> truth,
                                double threshold) {
  check_sizes(scores.size(), truth.size());
  return iou_of(truth, [&](std::size_t i) { return scores[i] >= threshold; });
}

double pixel_auc(std::span<const double> scores, std::span<const std::uint8_t> truth) {
  check_sizes(scores.size(), truth.size());
  std::vector<double> changed;
  std::vector<double> unchanged;
  for (std::size_t i = 0; i < scores.size(); ++i) (truth[i] != 0 ? changed : unchanged).push_back(scores[i]);
  if (changed.empty() || unchanged.empty())
    throw Error(ErrorCode::InvalidArgument, "expected changed and unchanged pixels, got one kind only");
  return auc(error_curve(changed, unchanged));
}

double segment_iou(const Segment& a, const Segment& b) {
  if (a.clip != b.clip) return 0;
  const double both = std::min(a.end_s, b.end_s) - std::max(a.start_s, b.start_s);
  if (both <= 0) return 0;
  return both / ((a.end_s - a.start_s) + (b.end_s - b.start_s) - both);
}

double temporal_average_precision(std::span<const ScoredSegment> predicted,
                                  std::span<const Segment> truth,
                                  double min_iou) {
  const Ordered order = ordered(predicted, truth);
  std::vector<bool> taken(truth.size(), false);
  std::vector<bool> right;
  std::vector<double> precision;
  double found = 0;
  for (const std::size_t p : order.predictions) {
    right.push_back(take_best(predicted[p].segment, truth, order, min_iou, taken));
    found += right.back() ? 1 : 0;
    precision.push_back(found / static_cast<double>(right.size()));
  }
  for (std::size_t i = precision.size(); i-- > 1;)
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double area = 0;
  for (std::size_t i = 0; i < precision.size(); ++i) area += right[i] ? precision[i] : 0;
  return area / static_cast<double>(truth.size());
}

double temporal_average_recall(std::span<const ScoredSegment> predicted,
                               std::span<const Segment> truth,
                               std::size_t per_clip) {
  const Ordered order = ordered(predicted, truth);
  double sum = 0;
  for (int k = 0; k < kOverlaps; ++k) {
    std::vector<bool> taken(truth.size(), false);
    std::map<std::string, std::size_t> used;
    double found = 0;
    for (const std::size_t p : order.predictions) {
      const Segment& segment = predicted[p].segment;
      if (++used[segment.clip] > per_clip) continue;
      found += take_best(segment, truth, order, (50 + 5 * k) / 100.0, taken) ? 1 : 0;
    }
    sum += found / static_cast<double>(truth.size());
  }
  return sum / kOverlaps;
}

}  // namespace kyc
