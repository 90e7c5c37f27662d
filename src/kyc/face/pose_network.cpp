#include <array>
#include <span>

#include "kyc/face/pose.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr float kMargin = 0.25F;  // of the box's size, added on every side
constexpr float kBinWidth = 3;    // degrees
constexpr float kFirstBin = -99;

// Mean angle over the network's bins, in degrees.
float expected_angle(Tensor& bins) {
  softmax(bins.data);
  float index = 0;
  for (std::size_t i = 0; i < bins.data.size(); ++i) index += static_cast<float>(i) * bins.data[i];
  return index * kBinWidth + kFirstBin;
}

}  // namespace

PoseNetwork::PoseNetwork(const ModelResources& resources)
    : input_(resources.models.entry("fr_pose").inputs.at(0)),
      session_(resources.models, "fr_pose", resources.session) {}

HeadPose PoseNetwork::estimate(const Image& image, const Box& box) const {
  const Box around{box.x - kMargin * box.width,
                   box.y - kMargin * box.height,
                   (1 + 2 * kMargin) * box.width,
                   (1 + 2 * kMargin) * box.height};
  const Tensor input = tensor_from_image(image, around, input_);
  std::vector<Tensor> outputs = session_.run(std::span(&input, 1));
  return {expected_angle(outputs.at(0)), expected_angle(outputs.at(1)), expected_angle(outputs.at(2))};
}

}  // namespace kyc
