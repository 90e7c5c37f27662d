// YuNet (ShiqiYu/libfacedetection): fully convolutional, gives five points; finds faces from about ten pixels
// up. The file is the user's to bring.

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/face/detector.h"
#include "kyc/face/overlap.h"
#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr std::array kStrides{8, 16, 32};
constexpr int kLongestSide = 640;  // pixels; larger pictures are shrunk: the cost of a picture is bounded
constexpr float kYunetMinConfidence =
    0.3F;  // below, boxes are noise; who uses the detector sets a higher limit
constexpr float kYunetMaxIou = 0.4F;

// The image as the network sees it, and how to get back.
struct Scaled {
  Image image;
  float factor_x = 1;  // image pixels per network pixel
  float factor_y = 1;
};

Scaled scaled(const Image& image) {
  const int longest = std::max(image.width, image.height);
  if (longest <= kLongestSide) return {image, 1, 1};
  const double factor = static_cast<double>(kLongestSide) / longest;
  const int width = std::max(1, static_cast<int>(std::lround(image.width * factor)));
  const int height = std::max(1, static_cast<int>(std::lround(image.height * factor)));
  return {resize(image, width, height, Interpolation::Area),
          static_cast<float>(image.width) / static_cast<float>(width),
          static_cast<float>(image.height) / static_cast<float>(height)};
}

int multiple_of_32(int side) {
  return (side + 31) / 32 * 32;
}

class YuNet final : public FaceDetector {
 public:
  explicit YuNet(const ModelResources& resources)
      : input_(resources.models.entry("yunet").inputs.at(0)),
        session_(resources.models, "yunet", resources.session) {
    for (const char* kind : {"cls", "obj", "bbox", "kps"})
      for (const int stride : kStrides) order_.push_back(index_of(kind + ("_" + std::to_string(stride))));
  }

  std::vector<FaceDetection> detect(const Image& image) const override {
    const Scaled small = scaled(image);
    ModelInput input = input_;
    input.shape = {1, 3, multiple_of_32(small.image.height), multiple_of_32(small.image.width)};
    // The padding to multiples of 32 is black, below and to the right.
    const Box padded{0, 0, static_cast<float>(input.shape[3]), static_cast<float>(input.shape[2])};
    const Tensor tensor = tensor_from_image(small.image, padded, input);
    const std::vector<Tensor> outputs = session_.run(std::span(&tensor, 1));
    std::vector<FaceDetection> found;
    for (std::size_t level = 0; level < kStrides.size(); ++level) decode(outputs, level, input, found);
    for (FaceDetection& face : found) {
      face.box = {face.box.x * small.factor_x,
                  face.box.y * small.factor_y,
                  face.box.width * small.factor_x,
                  face.box.height * small.factor_y};
      for (Point& p : *face.points) p = {p.x * small.factor_x, p.y * small.factor_y};
    }
    return suppress_overlaps(std::move(found), kYunetMaxIou);
  }

 private:
  std::size_t index_of(const std::string& name) const {
    const auto& outputs = session_.outputs();
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i].name == name) return i;
    throw Error(ErrorCode::Corrupt, "yunet: the model has no output '" + name + "'");
  }

  // Anchor-free: every cell of a level says how far the centre of its box and its points are from the cell's
  // corner.
  void decode(const std::vector<Tensor>& outputs,
              std::size_t level,
              const ModelInput& input,
              std::vector<FaceDetection>& found) const {
    const auto stride = static_cast<float>(kStrides[level]);
    const Tensor& cls = outputs[order_[level]];
    const Tensor& obj = outputs[order_[3 + level]];
    const Tensor& bbox = outputs[order_[6 + level]];
    const Tensor& kps = outputs[order_[9 + level]];
    const auto columns = static_cast<std::size_t>(input.shape[3] / kStrides[level]);
    for (std::size_t i = 0; i < cls.data.size(); ++i) {
      const float product = std::clamp(cls.data[i], 0.0F, 1.0F) * std::clamp(obj.data[i], 0.0F, 1.0F);
      const float confidence = std::sqrt(product);
      if (!(confidence >= kYunetMinConfidence)) continue;
      const auto column = static_cast<float>(i % columns);
      const auto whole_rows = i / columns;
      const auto row = static_cast<float>(whole_rows);
      const float* b = &bbox.data[4 * i];
      const float width = std::exp(b[2]) * stride;
      const float height = std::exp(b[3]) * stride;
      FaceDetection face;
      face.box = {(column + b[0]) * stride - width / 2, (row + b[1]) * stride - height / 2, width, height};
      face.confidence = confidence;
      face.points.emplace();
      for (std::size_t k = 0; k < 5; ++k)
        (*face.points)[k] = {(column + kps.data[10 * i + 2 * k]) * stride,
                             (row + kps.data[10 * i + 2 * k + 1]) * stride};
      found.push_back(face);
    }
  }

  ModelInput input_;
  Session session_;
  std::vector<std::size_t> order_;  // of the outputs: cls, obj, bbox, kps, each at strides 8, 16, 32
};

const Registration<FaceDetector, YuNet> kYuNet{"yunet", "YuNet, with five points (file brought by the user)"};

}  // namespace
}  // namespace kyc
