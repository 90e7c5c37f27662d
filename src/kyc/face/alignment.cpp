#include "kyc/face/alignment.h"

#include <cmath>
#include <initializer_list>

#include "kyc/image/transform.h"

namespace kyc {
namespace {

// ArcFace's (insightface) reference points for 112 x 112, which count pixel centres as whole numbers: hence
// the half.
constexpr float kHalf = 0.5F;
constexpr FivePoints kReference{{{38.2946F + kHalf, 51.6963F + kHalf},
                                 {73.5318F + kHalf, 51.5014F + kHalf},
                                 {56.0252F + kHalf, 71.7366F + kHalf},
                                 {41.5493F + kHalf, 92.3655F + kHalf},
                                 {70.7299F + kHalf, 92.2041F + kHalf}}};

Point mean_of(const Landmarks68& landmarks, std::initializer_list<std::size_t> indices) {
  Point sum;
  for (const std::size_t i : indices) sum = {sum.x + landmarks[i].x, sum.y + landmarks[i].y};
  const auto count = static_cast<float>(indices.size());
  return {sum.x / count, sum.y / count};
}

}  // namespace

FivePoints five_points(const Landmarks68& landmarks) {
  return {mean_of(landmarks, {37, 38, 40, 41}),
          mean_of(landmarks, {43, 44, 46, 47}),
          landmarks[30],
          mean_of(landmarks, {48, 60}),
          mean_of(landmarks, {54, 64})};
}

float inter_eye_distance(const FivePoints& points) {
  return std::hypot(points[1].x - points[0].x, points[1].y - points[0].y);
}

Similarity aligned_from_image(const FivePoints& points) {
  return fit_similarity(points, kReference);
}

Image align_face(const Image& image, const FivePoints& points) {
  return warp(image, aligned_from_image(points), kAlignedSize, kAlignedSize);
}

}  // namespace kyc
