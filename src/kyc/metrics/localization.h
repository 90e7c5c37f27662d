// Where a fake was changed: which pixels of a picture, which seconds of a clip.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kyc {

// Intersection over union of two masks of the same picture; not 0 = changed. Nothing if both are empty.
// throws  Error{InvalidArgument} for masks of different sizes
std::optional<double> mask_iou(std::span<const std::uint8_t> predicted, std::span<const std::uint8_t> truth);

// The same for scores per pixel, changed where score >= threshold.
std::optional<double> score_iou(std::span<const double> scores,
                                std::span<const std::uint8_t> truth,
                                double threshold);

// Area under the ROC curve over the pixels of one or more pictures together.
// throws  also if all pixels are of one kind, or on a NaN
double pixel_auc(std::span<const double> scores, std::span<const std::uint8_t> truth);

struct Segment {
  std::string clip;
  double start_s = 0;
  double end_s = 0;  // above start_s
};

struct ScoredSegment {
  Segment segment;
  double score = 0;  // higher = more surely changed
};

// Intersection over union in time; 0 for segments of different clips.
double segment_iou(const Segment& a, const Segment& b);

// Average precision at one overlap, as ActivityNet and ForgeryNet have it. Predictions by falling score,
// equal ones in the order given; each takes the still free true segment of its clip with the largest overlap,
// and is right if that overlap >= min_iou. Precision is made falling in recall before the area is taken.
// throws  Error{InvalidArgument} without true segments, for a segment that does not end after its start, or a
// NaN;
//         here and below
double temporal_average_precision(std::span<const ScoredSegment> predicted,
                                  std::span<const Segment> truth,
                                  double min_iou);

// Share of the true segments that one of the `per_clip` highest predictions of their clip overlaps (each
// prediction serves one true segment), averaged over overlaps 0.5, 0.55, ... 0.95: AR@per_clip.
double temporal_average_recall(std::span<const ScoredSegment> predicted,
                               std::span<const Segment> truth,
                               std::size_t per_clip);

}  // namespace kyc
