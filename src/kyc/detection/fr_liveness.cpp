// Passive presentation-attack detection with fr_liveness (npm faceplugin-face-recognition-js): one face of
// one image, its surroundings included, 128 x 128, B, G, R, 0..255. Softmax of three outputs; output 0 is
// bona fide.
//
// The package itself feeds R, G, B. Measured here, that rejects 39 % of LFW's bona fide photos at the
// package's own threshold, B, G, R 5 %: see the model's entry in the manifest, which also says what these
// figures can not prove.

#include <algorithm>

#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr float kMargin = 2.7F;  // width of the crop over width of the face

// The part of the image under the box enlarged by kMargin about its centre. Cut at the edges of the image,
// not moved inside nor filled with black: of the ways tried on all our data, this one rejects the fewest bona
// fide faces.
Box surroundings(const Box& face, const Image& image) {
  const Point center = face.center();
  const float left = std::max(0.0F, center.x - kMargin * face.width / 2);
  const float top = std::max(0.0F, center.y - kMargin * face.height / 2);
  const float right = std::min(static_cast<float>(image.width), center.x + kMargin * face.width / 2);
  const float bottom = std::min(static_cast<float>(image.height), center.y + kMargin * face.height / 2);
  return {left, top, right - left, bottom - top};
}

class FrLiveness final : public AttackDetector {
 public:
  explicit FrLiveness(const ModelResources& resources)
      : entry_(resources.models.entry("fr_liveness")),
        session_(resources.models, entry_.name, resources.session) {}

  const ModelEntry& model() const override { return entry_; }

  double score(const Image& image, const FaceDetection& face) const override {
    Tensor logits =
        session_.run(tensor_from_image(image, surroundings(face.box, image), entry_.inputs.at(0)));
    softmax(logits.data);
    return 1.0 - static_cast<double>(logits.data.at(0));
  }

 private:
  ModelEntry entry_;
  Session session_;
};

const Registration<AttackDetector, FrLiveness> kFrLiveness{
    "fr_liveness", "presentation attacks (replay on a screen), one image"};

}  // namespace
}  // namespace kyc
