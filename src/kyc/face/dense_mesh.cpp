#include "kyc/face/dense_mesh.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr int kMeshSide = 192;  // pixels of the crop

Point middle(Point a, Point b) {
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

// The square around `points` in a frame turned with `direction` (left to right eye), `margin` times as large
// as the longer side of what they cover.
template <typename Points, typename At>
Similarity square_around(const Points& points, const At& at, Point left_eye, Point right_eye, float margin) {
  const float dx = right_eye.x - left_eye.x;
  const float dy = right_eye.y - left_eye.y;
  const float length = std::hypot(dx, dy);
  const float c = length > 0 ? dx / length : 1;
  const float s = length > 0 ? dy / length : 0;
  float left = INFINITY;
  float right = -INFINITY;
  float top = INFINITY;
  float bottom = -INFINITY;
  for (const auto& point : points) {
    const Point p = at(point);
    const float u = c * p.x + s * p.y;
    const float v = -s * p.x + c * p.y;
    left = std::min(left, u);
    right = std::max(right, u);
    top = std::min(top, v);
    bottom = std::max(bottom, v);
  }
  const float side = margin * std::max(right - left, bottom - top);
  if (!(side > 0) || !std::isfinite(side))
    throw Error(ErrorCode::InvalidArgument, "dense mesh: all landmarks coincide");
  const float scale = kMeshSide / side;
  const float half = static_cast<float>(kMeshSide) / 2;
  return {scale * c, -scale * s, half - scale * (left + right) / 2, half - scale * (top + bottom) / 2};
}

}  // namespace

DenseMeshNetwork::DenseMeshNetwork(const ModelResources& resources)
    : input_(resources.models.entry("facemesh").inputs.at(0)),
      session_(resources.models, "facemesh", resources.session) {}

Similarity dense_crop(const DensePoints& points) {
  constexpr float kMargin = 1.4F;
  const auto at = [](const Point3& p) { return Point{p.x, p.y}; };
  return square_around(points, at, at(points[33]), at(points[263]), kMargin);
}

Similarity dense_crop(const Landmarks68& landmarks) {
  constexpr float kMargin = 1.4F;
  constexpr float kForehead =
      0.3F;  // the mesh reaches over the brows by this much of the way from chin to brows
  const Point left_eye = middle(landmarks[36], landmarks[39]);
  const Point right_eye = middle(landmarks[42], landmarks[45]);
  const Point brows = middle(landmarks[19], landmarks[24]);
  const Point chin = landmarks[8];
  std::array<Point, 70> points{};
  std::copy(landmarks.begin(), landmarks.end(), points.begin());
  for (std::size_t i = 0; i < 2; ++i) {
    const Point brow = landmarks[i == 0 ? 19 : 24];
    points[68 + i] = {brow.x + kForehead * (brows.x - chin.x), brow.y + kForehead * (brows.y - chin.y)};
  }
  return square_around(
      points, [](Point p) { return p; }, left_eye, right_eye, kMargin);
}

DenseMesh DenseMeshNetwork::locate(const Image& image, const Similarity& to_crop) const {
  const Image crop = warp(image, to_crop, kMeshSide, kMeshSide);
  const Tensor input = tensor_from_image(crop, input_);
  const std::vector<Tensor> outputs = session_.run(std::span(&input, 1));
  DenseMesh out;
  assert(outputs.size() >= 2 && outputs[0].data.size() == 3 * kDensePoints && outputs[1].data.size() == 1);
  const Similarity back = inverse(to_crop);
  const float scale = std::hypot(back.a, back.b);
  const std::vector<float>& values = outputs[0].data;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const Point p = back(Point{values[3 * i], values[3 * i + 1]});
    out.points[i] = {p.x, p.y, scale * values[3 * i + 2]};
  }
  out.confidence = outputs[1].data[0];
  return out;
}

DenseMesh DenseMeshNetwork::locate(const Image& image, const Landmarks68& landmarks) const {
  return locate(image, dense_crop(landmarks));
}

DenseMesh DenseMeshNetwork::locate(const Image& image, const DensePoints& before) const {
  return locate(image, dense_crop(before));
}

}  // namespace kyc
