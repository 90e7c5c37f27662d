#include "kyc/face/eyes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

// A square around an eye, 1.6 times as wide as its corners are apart.
// first  index of the eye's first point: 36 or 42
Box eye_box(const Landmarks68& landmarks, std::size_t first) {
  constexpr float kPadding = 1.6F;
  constexpr float kSmallest = 1;  // pixel: where the landmarks have collapsed
  const Point& a = landmarks[first];
  const Point& b = landmarks[first + 3];
  Point center;
  for (const std::size_t lid : {first + 1, first + 2, first + 4, first + 5})
    center = {center.x + landmarks[lid].x / 4, center.y + landmarks[lid].y / 4};
  const float side = std::max(kSmallest, kPadding * std::hypot(b.x - a.x, b.y - a.y));
  return {center.x - side / 2, center.y - side / 2, side, side};
}

}  // namespace

EyeNetwork::EyeNetwork(const ModelResources& resources)
    : input_(resources.models.entry("fr_eye").inputs.at(0)),
      session_(resources.models, "fr_eye", resources.session) {}

EyeState EyeNetwork::estimate(const Image& image, const Landmarks68& landmarks) const {
  const auto open = [&](std::size_t first) {
    Tensor output = session_.run(tensor_from_image(image, eye_box(landmarks, first), input_));
    softmax(output.data);
    return output.data.at(1);  // value 0: closed
  };
  return {open(36), open(42)};
}

}  // namespace kyc
