// ResNet-18 (K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016).

#include "kyc/nn/architectures/families.h"

namespace kyc {
namespace {

Layer basic_block(Network& network,
                  const std::string& name,
                  const Layer& from,
                  std::int64_t channels,
                  std::int64_t stride) {
  Layer at = network.convolution(name + ".conv1", from, channels, {.kernel = 3, .stride = stride});
  at = network.relu(network.normalise(name + ".bn1", at));
  at = network.normalise(name + ".bn2", network.convolution(name + ".conv2", at, channels));
  if (stride == 1 && from.channels == channels) return network.relu(network.add(at, from));
  const Layer skip = network.convolution(name + ".skip", from, channels, {.kernel = 1, .stride = stride});
  return network.relu(network.add(at, network.normalise(name + ".skip_bn", skip)));
}

}  // namespace

Layer resnet_18(Network& network, const Layer& image, std::int64_t outputs) {
  Layer at = network.convolution("conv1", image, 64, {.kernel = 7, .stride = 2});
  at = network.max_pool(network.relu(network.normalise("bn1", at)), 3, 2, 1);
  std::int64_t channels = 64;
  for (int stage = 1; stage <= 4; ++stage, channels *= 2) {
    const std::string name = "layer" + std::to_string(stage);
    at = basic_block(network, name + ".0", at, channels, stage == 1 ? 1 : 2);
    at = basic_block(network, name + ".1", at, channels, 1);
  }
  return network.linear("fc", network.global_mean(at), outputs);
}

}  // namespace kyc
