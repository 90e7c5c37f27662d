#include <algorithm>
#include <cmath>
#include <numbers>

#include "kyc/face/pose.h"

namespace kyc {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

}  // namespace

// rotation = Y(yaw) X(pitch) Z(roll): the nose, which points along -z, moves to
// (sin yaw cos pitch, -sin pitch, -cos yaw cos pitch).
HeadPose pose_of(const Rotation& r) {
  const double nose_x = -r[2];
  const double nose_y = -r[5];
  const double nose_z = -r[8];
  return {static_cast<float>(std::atan2(nose_x, -nose_z) * kDegrees),
          static_cast<float>(std::asin(std::clamp(-nose_y, -1.0, 1.0)) * kDegrees),
          static_cast<float>(std::atan2(r[3], r[4]) * kDegrees)};
}

Rotation rotation_of(const HeadPose& pose) {
  const double cy = std::cos(pose.yaw / kDegrees), sy = std::sin(pose.yaw / kDegrees);
  const double cp = std::cos(pose.pitch / kDegrees), sp = std::sin(pose.pitch / kDegrees);
  const double cr = std::cos(pose.roll / kDegrees), sr = std::sin(pose.roll / kDegrees);
  // clang-format off
  return {cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, -sy * cp,
          cp * sr,                cp * cr,                 sp,
          sy * cr - cy * sp * sr, -sy * sr - cy * sp * cr, cy * cp};
  // clang-format on
}

Rotation product(const Rotation& a, const Rotation& b) {
  Rotation out{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      for (std::size_t i = 0; i < 3; ++i) out[row * 3 + column] += a[row * 3 + i] * b[i * 3 + column];
  return out;
}

}  // namespace kyc
