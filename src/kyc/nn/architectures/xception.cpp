// Xception (F. Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017, figure
// 5), in the form that FaceForensics++ and DeepfakeBench use: the first two convolutions without padding, the
// others with.

#include "kyc/nn/architectures/families.h"

namespace kyc {
namespace {

Layer separable(Network& network, const std::string& name, const Layer& from, std::int64_t channels) {
  const Layer depthwise =
      network.convolution(name + ".depthwise", from, from.channels, {.kernel = 3, .groups = from.channels});
  return network.convolution(name + ".pointwise", depthwise, channels, {.kernel = 1});
}

struct BlockShape {
  std::int64_t channels = 0;
  int convolutions = 2;
  std::int64_t stride = 1;
  bool first_relu = true;
  bool grow_first = true;  // the first convolution changes the number of channels; else the last
};

Layer block(Network& network, const std::string& name, const Layer& from, const BlockShape& shape) {
  Layer at = from;
  for (int i = 1; i <= shape.convolutions; ++i) {
    const std::string here = name + ".sep" + std::to_string(i);
    const bool grown = shape.grow_first || i == shape.convolutions;
    if (i > 1 || shape.first_relu) at = network.relu(at);
    at = separable(network, here, at, grown ? shape.channels : from.channels);
    at = network.normalise(here + ".bn", at);
  }
  if (shape.stride > 1) at = network.max_pool(at, 3, shape.stride, 1);
  if (shape.channels == from.channels && shape.stride == 1) return network.add(at, from);
  const Layer skip =
      network.convolution(name + ".skip", from, shape.channels, {.kernel = 1, .stride = shape.stride});
  return network.add(at, network.normalise(name + ".skip_bn", skip));
}

}  // namespace

Layer xception(Network& network, const Layer& image, std::int64_t outputs) {
  Layer at = network.convolution("conv1", image, 32, {.kernel = 3, .stride = 2, .pad = 0});
  at = network.relu(network.normalise("bn1", at));
  at = network.convolution("conv2", at, 64, {.kernel = 3, .pad = 0});
  at = network.relu(network.normalise("bn2", at));
  at = block(network, "block1", at, {.channels = 128, .stride = 2, .first_relu = false});
  at = block(network, "block2", at, {.channels = 256, .stride = 2});
  at = block(network, "block3", at, {.channels = 728, .stride = 2});
  for (int i = 4; i <= 11; ++i)
    at = block(network, "block" + std::to_string(i), at, {.channels = 728, .convolutions = 3});
  at = block(network, "block12", at, {.channels = 1024, .stride = 2, .grow_first = false});
  at = network.relu(network.normalise("bn3", separable(network, "conv3", at, 1536)));
  at = network.relu(network.normalise("bn4", separable(network, "conv4", at, 2048)));
  return network.linear("fc", network.global_mean(at), outputs);
}

}  // namespace kyc
