// A small network for training on a CPU. The first two layers keep every pixel: what gives a forged picture
// away (seams, lost or repeated fine structure) is a few pixels wide, and a stride would average it away. No
// layer sees the whole face, and the mean over the picture decides: every place of every picture is an
// example of its own, so a thousand pictures are enough to learn from.

#include "kyc/nn/architectures/families.h"

namespace kyc {

Layer convnet(Network& network, const Layer& image, std::int64_t outputs) {
  struct Step {
    std::int64_t channels;
    std::int64_t stride;
  };
  constexpr Step kSteps[] = {{16, 1}, {24, 2}, {32, 1}, {48, 2}, {64, 1}, {96, 2}, {128, 1}};
  Layer at = image;
  for (std::size_t i = 0; i < std::size(kSteps); ++i) {
    const std::string number = std::to_string(i + 1);
    at = network.convolution(
        "conv" + number, at, kSteps[i].channels, {.kernel = 3, .stride = kSteps[i].stride});
    at = network.relu(network.normalise("bn" + number, at));
  }
  return network.linear("fc", network.dropout(network.global_mean(at), 0.2F), outputs);
}

}  // namespace kyc
