#include "kyc/face/iris.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr int kIrisSide = 64;  // pixels of the crop
constexpr float kIrisMargin =
    2.3F;  // side of the crop over the distance of the eye's corners, as MediaPipe crops
constexpr std::size_t kFirst = 71;  // 71 points of the lids and brows come before the five of the iris

// Image -> crop, with the eye's corners level and the eye in the middle.
Similarity eye_crop(const Point3& left, const Point3& right) {
  const float dx = right.x - left.x;
  const float dy = right.y - left.y;
  const float width = std::hypot(dx, dy);
  if (!(width > 0)) throw Error(ErrorCode::InvalidArgument, "iris: the corners of an eye coincide");
  const float scale = kIrisSide / (kIrisMargin * width);
  const float a = scale * dx / width;
  const float b = -scale * dy / width;
  const float x = (left.x + right.x) / 2;
  const float y = (left.y + right.y) / 2;
  constexpr float kHalf = static_cast<float>(kIrisSide) / 2;
  return {a, b, kHalf - (a * x - b * y), kHalf - (b * x + a * y)};
}

}  // namespace

IrisNetwork::IrisNetwork(const ModelResources& resources)
    : input_(resources.models.entry("iris").inputs.at(0)),
      session_(resources.models, "iris", resources.session) {}

Irises IrisNetwork::locate(const Image& image, const DensePoints& points) const {
  // The network knows the eye on the image's right; the other is shown to it mirrored.
  const auto one = [&](const Point3& left, const Point3& right, bool mirrored) {
    const Similarity to_crop = eye_crop(left, right);
    Image crop = warp(image, to_crop, kIrisSide, kIrisSide);
    if (mirrored) crop = mirror(crop);
    const Tensor output = session_.run(tensor_from_image(crop, input_));
    assert(output.data.size() == 3 * (kFirst + 5));
    const Similarity back = inverse(to_crop);
    const auto at = [&](std::size_t i) {
      const float x = output.data[3 * (kFirst + i)];
      const float y = output.data[3 * (kFirst + i) + 1];
      return back(Point{mirrored ? static_cast<float>(kIrisSide) - x : x, y});
    };
    Iris out{at(0), 0};
    for (std::size_t i = 1; i < 5; ++i)
      out.radius += std::hypot(at(i).x - out.center.x, at(i).y - out.center.y) / 4;
    return out;
  };
  return {one(points[33], points[133], true), one(points[362], points[263], false)};
}

}  // namespace kyc
