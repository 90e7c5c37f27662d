// Restoration networks that the user brings: of faces (GFPGAN, DifFace ...) or of whole pictures (MAXIM ...),
// as an entry of models/manifest.json describes them. See docs/attacks.md.

#include <cmath>

#include "kyc/attack/network_cache.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

const std::vector<std::string> kRestorationTasks{"face_restoration", "image_restoration"};

class RestoreOnnx final : public Restorer {
 public:
  explicit RestoreOnnx(const ModelResources& resources) : networks_(resources) {}

  std::string imitates() const override {
    return "restoring the forged face by a neural network (GFPGAN, DifFace, MAXIM ...)";
  }

  std::vector<AttackOption> options() const override {
    return {{"model", "gfpgan", "the network, brought by the user: " + networks_.known(kRestorationTasks)},
            {"blend", "1", "share of the restored picture, 0 to 1"}};
  }

  std::vector<std::string> models_for(const OptionValues& values) const override {
    return networks_.entries_of(values.text("model"));
  }

  Image restore(Image image, const RestoreFrame& frame, const OptionValues& values) const override {
    const auto network = networks_.get(values.text("model"), kRestorationTasks);
    const auto share = static_cast<float>(values.number("blend", 0, 1));
    if (!network->takes_whole_pictures() && !frame.face) return image;
    Image restored = image;
    if (network->takes_whole_pictures()) {
      restored = network->change_whole(image);
    } else {
      Mask ignored{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size() / 3)};
      network->change_face(restored, ignored, *frame.face, {});
    }
    if (share >= 1) return restored;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      const auto before = static_cast<float>(image.pixels[i]);
      image.pixels[i] = static_cast<std::uint8_t>(
          std::lround(before + share * (static_cast<float>(restored.pixels[i]) - before)));
    }
    return image;
  }

 private:
  NetworkCache networks_;
};

const Registration<Restorer, RestoreOnnx> kRestoreOnnx{"restore/onnx",
                                                       "a restoration network that the user brings"};

}  // namespace
}  // namespace kyc
