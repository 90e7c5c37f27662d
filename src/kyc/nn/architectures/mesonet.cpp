// Meso-4 and MesoInception-4 (D. Afchar et al., "MesoNet: a Compact Facial Video Forgery Detection Network",
// WIFS 2018). Their output is the probability of an unaltered face in the paper; here, the logit of an
// attack.

#include <array>

#include "kyc/nn/architectures/families.h"

namespace kyc {
namespace {

// Keras' standard values, with which the published weights were trained.
constexpr Normalisation kMesonetNormalisation{.epsilon = 1e-3F, .momentum = 0.99F};

Layer step(Network& network,
           const std::string& name,
           const Layer& from,
           std::int64_t channels,
           std::int64_t kernel,
           std::int64_t pool) {
  Layer at = network.relu(network.convolution(name, from, channels, {.kernel = kernel, .bias = true}));
  at = network.normalise(name + ".bn", at, kMesonetNormalisation);
  return network.max_pool(at, pool, pool);
}

// Four branches of `channels` each: one point convolution, and three of them with a 3 x 3 one behind that
// looks 1, 2 and 3 pixels far.
Layer inception(Network& network,
                const std::string& name,
                const Layer& from,
                const std::array<std::int64_t, 4>& channels) {
  std::vector<Layer> branches;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string branch = name + ".branch" + std::to_string(i + 1);
    Layer at =
        network.relu(network.convolution(branch + ".point", from, channels[i], {.kernel = 1, .bias = true}));
    if (i > 0)
      at = network.relu(
          network.convolution(branch + ".around",
                              at,
                              channels[i],
                              {.kernel = 3, .dilation = static_cast<std::int64_t>(i), .bias = true}));
    branches.push_back(at);
  }
  const Layer all = network.concatenate(branches);
  return network.max_pool(network.normalise(name + ".bn", all, kMesonetNormalisation), 2, 2);
}

Layer classifier(Network& network, const Layer& from, std::int64_t outputs) {
  const Layer features = network.linear("fc1", network.dropout(network.flatten(from), 0.5F), 16);
  return network.linear("fc2", network.dropout(network.leaky_relu(features, 0.1F), 0.5F), outputs);
}

}  // namespace

Layer mesonet_4(Network& network, const Layer& image, std::int64_t outputs) {
  Layer at = step(network, "conv1", image, 8, 3, 2);
  at = step(network, "conv2", at, 8, 5, 2);
  at = step(network, "conv3", at, 16, 5, 2);
  at = step(network, "conv4", at, 16, 5, 4);
  return classifier(network, at, outputs);
}

Layer mesoinception_4(Network& network, const Layer& image, std::int64_t outputs) {
  Layer at = inception(network, "inception1", image, {1, 4, 4, 2});
  at = inception(network, "inception2", at, {2, 4, 4, 2});
  at = step(network, "conv3", at, 16, 5, 2);
  at = step(network, "conv4", at, 16, 5, 4);
  return classifier(network, at, outputs);
}

}  // namespace kyc
