// Swap networks that the user brings: SimSwap, inswapper_128, FaceDancer, GHOST (SberSwap), BlendSwap, or any
// other that an entry of models/manifest.json describes. See docs/attacks.md.

#include "kyc/attack/attack.h"
#include "kyc/attack/network_cache.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

const std::vector<std::string> kSwapTasks{"face_swap"};

class NetworkSwapper final : public Forger {
 public:
  NetworkSwapper(std::shared_ptr<const PictureNetwork> network, const AttackSource& source)
      : network_(std::move(network)), source_(network_->source_of(source.image, *source.face)) {}

  ForgedFrame forge(const TargetFrame& target) override {
    const Image& image = target.frame->image;
    ForgedFrame out{image, {image.width, image.height, std::vector<std::uint8_t>(image.pixels.size() / 3)}};
    network_->change_face(out.image, out.mask, *target.face, source_);
    return out;
  }

 private:
  std::shared_ptr<const PictureNetwork> network_;
  PictureNetwork::Source source_;
};

class SwapOnnx final : public Attack {
 public:
  explicit SwapOnnx(const ModelResources& resources) : networks_(resources) {}

  AttackTraits traits() const override {
    AttackTraits traits;
    traits.imitates =
        "a face swap by a neural network (SimSwap, inswapper, FaceDancer, GHOST, BlendSwap ...)";
    return traits;
  }

  std::vector<AttackOption> options() const override {
    return {{"model", "inswapper_128", "the network, brought by the user: " + networks_.known(kSwapTasks)}};
  }

  std::vector<std::string> models_for(const OptionValues& values) const override {
    return networks_.entries_of(values.text("model"));
  }

  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& /*target*/,
                                const AttackOptions& options) const override {
    const OptionValues values("swap/onnx", this->options(), options.values);
    std::shared_ptr<const PictureNetwork> network = networks_.get(values.text("model"), kSwapTasks);
    if (network->takes_whole_pictures())
      throw Error(ErrorCode::InvalidArgument,
                  "swap/onnx: " + network->entry().name + " takes whole pictures, no faces");
    if (!sources[0].face)
      throw Error(ErrorCode::InvalidArgument, "swap/onnx: " + sources[0].name + ": no face found");
    return std::make_unique<NetworkSwapper>(std::move(network), sources[0]);
  }

 private:
  NetworkCache networks_;
};

const Registration<Attack, SwapOnnx> kSwapOnnx{"swap/onnx", "a swap network that the user brings"};

}  // namespace
}  // namespace kyc
