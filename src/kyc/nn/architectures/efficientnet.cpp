// EfficientNet-B4 (M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
// ICML 2019) and EfficientNetV2 (the same, "EfficientNetV2: Smaller Models and Faster Training", ICML 2021):
// S, and B0 to B4. Padding is the same on both sides, as in torchvision, not TensorFlow's.

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/nn/architectures/families.h"

namespace kyc {
namespace {

constexpr Normalisation kEfficientnetNormalisation{.epsilon = 1e-3F, .momentum = 0.99F};

struct Stage {
  bool fused = false;  // one convolution expands and looks around; without squeeze-and-excitation
  std::int64_t expansion = 1;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;  // of the first block
  std::int64_t channels = 0;
  int blocks = 0;
};

Layer normalised_swish(Network& network, const std::string& name, const Layer& from) {
  return network.swish(network.normalise(name + ".bn", from, kEfficientnetNormalisation));
}

Layer fused_block(Network& network, const std::string& name, const Layer& from, const Stage& stage) {
  const ConvolutionShape shape{.kernel = stage.kernel, .stride = stage.stride};
  if (stage.expansion == 1)
    return normalised_swish(
        network, name + ".conv", network.convolution(name + ".conv", from, stage.channels, shape));
  const Layer wide =
      normalised_swish(network,
                       name + ".expand",
                       network.convolution(name + ".expand", from, from.channels * stage.expansion, shape));
  return network.normalise(name + ".project.bn",
                           network.convolution(name + ".project", wide, stage.channels, {.kernel = 1}),
                           kEfficientnetNormalisation);
}

Layer inverted_block(Network& network, const std::string& name, const Layer& from, const Stage& stage) {
  Layer at = from;
  if (stage.expansion != 1)
    at = normalised_swish(
        network,
        name + ".expand",
        network.convolution(name + ".expand", at, from.channels * stage.expansion, {.kernel = 1}));
  at = network.convolution(name + ".depthwise",
                           at,
                           at.channels,
                           {.kernel = stage.kernel, .stride = stage.stride, .groups = at.channels});
  at = normalised_swish(network, name + ".depthwise", at);
  at = network.squeeze_excite(name + ".se", at, std::max<std::int64_t>(1, from.channels / 4));
  at = network.convolution(name + ".project", at, stage.channels, {.kernel = 1});
  return network.normalise(name + ".project.bn", at, kEfficientnetNormalisation);
}

struct EfficientnetPlan {
  std::int64_t stem = 0;
  std::vector<Stage> stages;
  std::int64_t head = 0;
  float dropout = 0;
};

Layer efficientnet(Network& network, const Layer& image, std::int64_t outputs, const EfficientnetPlan& plan) {
  Layer at = normalised_swish(
      network, "stem", network.convolution("stem", image, plan.stem, {.kernel = 3, .stride = 2}));
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    for (int b = 0; b < plan.stages[s].blocks; ++b) {
      Stage stage = plan.stages[s];
      if (b > 0) stage.stride = 1;
      const std::string name = "stage" + std::to_string(s + 1) + "." + std::to_string(b);
      const Layer from = at;
      at = stage.fused ? fused_block(network, name, from, stage) : inverted_block(network, name, from, stage);
      if (stage.stride == 1 && from.channels == at.channels) at = network.add(at, from);
    }
  at = normalised_swish(network, "head", network.convolution("head", at, plan.head, {.kernel = 1}));
  return network.linear("fc", network.dropout(network.global_mean(at), plan.dropout), outputs);
}

// To the nearest multiple of 8 (halves up), but not below 90 % of it: EfficientNet's round_filters.
std::int64_t scaled_channels(std::int64_t channels, double width) {
  const double wanted = static_cast<double>(channels) * width;
  auto out = std::max<std::int64_t>(8, static_cast<std::int64_t>(wanted + 4) / 8 * 8);
  if (static_cast<double>(out) < 0.9 * wanted) out += 8;
  return out;
}

// Compound scaling: channels by `width`, blocks of a stage by `depth`, rounded up.
EfficientnetPlan scaled(EfficientnetPlan plan, double width, double depth, float dropout) {
  plan.stem = scaled_channels(plan.stem, width);
  plan.head = scaled_channels(plan.head, width);
  plan.dropout = dropout;
  for (Stage& stage : plan.stages) {
    stage.channels = scaled_channels(stage.channels, width);
    stage.blocks = static_cast<int>(std::ceil(stage.blocks * depth));
  }
  return plan;
}

}  // namespace

Layer efficientnet_b4(Network& network, const Layer& image, std::int64_t outputs) {
  const EfficientnetPlan b0{.stem = 32,
                            .stages = {{false, 1, 3, 1, 16, 1},
                                       {false, 6, 3, 2, 24, 2},
                                       {false, 6, 5, 2, 40, 2},
                                       {false, 6, 3, 2, 80, 3},
                                       {false, 6, 5, 1, 112, 3},
                                       {false, 6, 5, 2, 192, 4},
                                       {false, 6, 3, 1, 320, 1}},
                            .head = 1280};
  return efficientnet(network, image, outputs, scaled(b0, 1.4, 1.8, 0.4F));
}

Layer efficientnet_v2_s(Network& network, const Layer& image, std::int64_t outputs) {
  const EfficientnetPlan plan{.stem = 24,
                              .stages = {{true, 1, 3, 1, 24, 2},
                                         {true, 4, 3, 2, 48, 4},
                                         {true, 4, 3, 2, 64, 4},
                                         {false, 4, 3, 2, 128, 6},
                                         {false, 6, 3, 1, 160, 9},
                                         {false, 6, 3, 2, 256, 15}},
                              .head = 1280,
                              .dropout = 0.2F};
  return efficientnet(network, image, outputs, plan);
}

Layer efficientnet_v2_b(Network& network, const Layer& image, std::int64_t outputs, int b) {
  struct Scale {
    double width;
    double depth;
    float dropout;
  };
  constexpr std::array<Scale, 5> kScales{
      {{1.0, 1.0, 0.2F}, {1.0, 1.1, 0.2F}, {1.1, 1.2, 0.3F}, {1.2, 1.4, 0.3F}, {1.4, 1.8, 0.4F}}};
  const EfficientnetPlan b0{.stem = 32,
                            .stages = {{true, 1, 3, 1, 16, 1},
                                       {true, 4, 3, 2, 32, 2},
                                       {true, 4, 3, 2, 48, 2},
                                       {false, 4, 3, 2, 96, 3},
                                       {false, 6, 3, 1, 112, 5},
                                       {false, 6, 3, 2, 192, 8}},
                            .head = 1280};
  const Scale& scale = kScales.at(static_cast<std::size_t>(b));
  return efficientnet(network, image, outputs, scaled(b0, scale.width, scale.depth, scale.dropout));
}

}  // namespace kyc
