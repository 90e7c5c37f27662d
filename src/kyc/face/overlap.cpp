#include "kyc/face/overlap.h"

#include <algorithm>

namespace kyc {
namespace {

float intersection(const Box& a, const Box& b) {
  const float width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const float height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace

float covered(const Box& a, const Box& b) {
  const float smaller = std::min(a.area(), b.area());
  return smaller > 0 ? intersection(a, b) / smaller : 0;
}

std::vector<FaceDetection> suppress_overlaps(std::vector<FaceDetection> detections,
                                             float max_iou,
                                             float max_inside) {
  std::stable_sort(detections.begin(), detections.end(), [](const auto& a, const auto& b) {
    return a.confidence > b.confidence;
  });
  std::vector<FaceDetection> kept;
  for (const FaceDetection& candidate : detections) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const FaceDetection& other) {
      return iou(candidate.box, other.box) > max_iou ||
             intersection(candidate.box, other.box) > max_inside * candidate.box.area();
    });
    if (!known) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace kyc
