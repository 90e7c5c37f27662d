#include "kyc/verification/frame_quality.h"

#include <algorithm>
#include <cmath>

#include "kyc/image/statistics.h"

namespace kyc {

double frame_quality(const Image& image, const Face& face) {
  // A head turned by 45 degrees in sum is worth nothing; recognition falls off well before.
  const double turned = std::abs(face.pose.yaw) + std::abs(face.pose.pitch);
  const double frontal = std::clamp(1.0 - turned / 45.0, 0.02, 1.0);
  const double sharp = sharpness(image, face.detection.box);
  const double sharp_enough = sharp / (sharp + 100.0);  // half at 100: a soft webcam frame
  const double large_enough = std::min(1.0, inter_eye_distance(face.points) / 60.0);
  const double luma = mean_luma(image, face.detection.box);
  const double lit = std::clamp(1.0 - (std::abs(luma - 125.0) - 60.0) / 65.0, 0.02, 1.0);
  const double open = 0.4 + 0.6 * std::min(face.eyes.image_left, face.eyes.image_right);
  return frontal * sharp_enough * large_enough * lit * open * static_cast<double>(face.detection.confidence);
}

}  // namespace kyc
