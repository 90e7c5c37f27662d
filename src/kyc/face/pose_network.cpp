#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "kyc/face/pose.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr float kPoseMargin = 0.25F;  // of the box's size, added on every side
constexpr float kBinWidth = 3;        // degrees
constexpr float kFirstBin = -99;

// What the network says on average of people who look into the camera (770 faces of LFW and their mirror
// images).
constexpr HeadPose kZero{1.1F, -8.4F, -2.1F};

// Mean angle over the network's bins, in radians.
double expected_angle(Tensor& bins) {
  softmax(bins.data);
  float index = 0;
  for (std::size_t i = 0; i < bins.data.size(); ++i) index += static_cast<float>(i) * bins.data[i];
  return (index * kBinWidth + kFirstBin) * std::numbers::pi / 180;
}

// The network learned the angles of 300W-LP: axes x to the image's right, y up, z to the camera, X(pitch)
// Y(yaw) Z(roll) with turns that are clockwise for who looks along the axis at the origin.
Rotation from_300w_lp(double yaw, double pitch, double roll) {
  const double cy = std::cos(yaw), sy = std::sin(yaw);
  const double cp = std::cos(pitch), sp = std::sin(pitch);
  const double cr = std::cos(roll), sr = std::sin(roll);
  // The same rotation in our axes (y and z point the other way): entries with one of y and z change sign.
  // clang-format off
  return {cy * cr,                  -cy * sr,                 sy,
          cp * sr - sp * sy * cr,   cp * cr + sp * sy * sr,   sp * cy,
          -sp * sr - cp * sy * cr,  -sp * cr + cp * sy * sr,  cp * cy};
  // clang-format on
}

Rotation transposed(const Rotation& r) {
  return {r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8]};
}

Rotation multiply(const Rotation& a, const Rotation& b) {
  Rotation out{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      for (std::size_t k = 0; k < 3; ++k) out[3 * row + column] += a[3 * row + k] * b[3 * k + column];
  return out;
}

}  // namespace

PoseNetwork::PoseNetwork(const ModelResources& resources)
    : input_(resources.models.entry("fr_pose").inputs.at(0)),
      session_(resources.models, "fr_pose", resources.session) {}

HeadPose PoseNetwork::estimate(const Image& image, const Box& box) const {
  const Box around{box.x - kPoseMargin * box.width,
                   box.y - kPoseMargin * box.height,
                   (1 + 2 * kPoseMargin) * box.width,
                   (1 + 2 * kPoseMargin) * box.height};
  const Tensor input = tensor_from_image(image, around, input_);
  std::vector<Tensor> outputs = session_.run(std::span(&input, 1));
  const Rotation rotation = from_300w_lp(
      expected_angle(outputs.at(0)), expected_angle(outputs.at(1)), expected_angle(outputs.at(2)));
  return pose_of(multiply(rotation, transposed(rotation_of(kZero))));
}

}  // namespace kyc
