#include "kyc/face/landmarks.h"

#include <cassert>

#include "kyc/nn/image_input.h"

namespace kyc {

LandmarkNetwork::LandmarkNetwork(const ModelResources& resources)
    : input_(resources.models.entry("fr_landmark").inputs.at(0)),
      session_(resources.models, "fr_landmark", resources.session) {}

Landmarks68 LandmarkNetwork::locate(const Image& image, const Box& box) const {
  const Tensor output =
      session_.run(tensor_from_image(image, box, input_));  // [1, 136], fractions of the box
  Landmarks68 landmarks;
  assert(output.data.size() == 2 * landmarks.size());
  for (std::size_t i = 0; i < landmarks.size(); ++i)
    landmarks[i] = {box.x + output.data[2 * i] * box.width, box.y + output.data[2 * i + 1] * box.height};
  return landmarks;
}

}  // namespace kyc
