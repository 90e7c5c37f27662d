// A small SSD on 320 x 240: finds faces that are at least a fifteenth or so of the picture's height. For
// smaller ones see search.h.

#include <string>

#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/face/detector.h"
#include "kyc/face/overlap.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr float kFrDetectMinConfidence =
    0.3F;  // below, boxes are noise; who uses the detector sets a higher limit
constexpr float kFrDetectMaxIou = 0.4F;

// What the network is shown: the whole picture, stretched to its 4 : 3; one that this would distort by more
// than half lies at the upper left of a black 4 : 3. On pictures of 1 : 2.8 and 2.8 : 1, that finds the 6 to
// 7 % of the faces (of 122 out of LFW) that stretching loses; for usual shapes there is no difference.
Box shown(const Image& image, const ModelInput& input) {
  constexpr float kMostDistortion = 1.5F;
  const auto width = static_cast<float>(image.width);
  const auto height = static_cast<float>(image.height);
  const float shape = static_cast<float>(input.shape[3]) / static_cast<float>(input.shape[2]);
  if (width > kMostDistortion * shape * height) return {0, 0, width, width / shape};
  if (kMostDistortion * width < shape * height) return {0, 0, height * shape, height};
  return {0, 0, width, height};
}

class FrDetect final : public FaceDetector {
 public:
  explicit FrDetect(const ModelResources& resources)
      : input_(resources.models.entry("fr_detect").inputs.at(0)),
        session_(resources.models, "fr_detect", resources.session) {}

  std::vector<FaceDetection> detect(const Image& image) const override {
    const Box whole = shown(image, input_);
    const Tensor input = tensor_from_image(image, whole, input_);
    const std::vector<Tensor> outputs = session_.run(std::span(&input, 1));
    const Tensor& scores = outputs.at(0);  // [1, n, 2] no face, face
    const Tensor& boxes =
        outputs.at(1);  // [1, n, 4] left, upper, right, lower edge; fractions of what is shown
    std::vector<FaceDetection> found;
    for (std::size_t i = 0; i < scores.data.size() / 2; ++i) {
      const float confidence = scores.data[2 * i + 1];
      if (!(confidence >= kFrDetectMinConfidence)) continue;
      const float* b = &boxes.data[4 * i];
      const Box box{
          b[0] * whole.width, b[1] * whole.height, (b[2] - b[0]) * whole.width, (b[3] - b[1]) * whole.height};
      if (box.width > 0 && box.height > 0) found.push_back({box, confidence, std::nullopt});
    }
    return suppress_overlaps(std::move(found), kFrDetectMaxIou);
  }

 private:
  ModelInput input_;
  Session session_;
};

const Registration<FaceDetector, FrDetect> kFrDetect{"fr_detect", "small SSD on 320 x 240 (npm models)"};

}  // namespace
}  // namespace kyc
