#include "kyc/nn/architectures/network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

using Numbers = std::vector<std::int64_t>;

std::size_t product(const Numbers& dims) {
  std::size_t out = 1;
  for (const std::int64_t dim : dims) out *= static_cast<std::size_t>(dim);
  return out;
}

}  // namespace

Network::Network(const std::string& architecture, std::int64_t side, std::uint64_t seed)
    : architecture_(architecture),
      image_{"image", 3, side},
      onnx_("kyclops: " + architecture),
      random_(seed) {
  onnx_.input(image_.tensor, {-1, image_.channels, side, side});
}

double Network::uniform() {
  return static_cast<double>(random_() >> 11) * 0x1p-53;
}

std::string Network::drawn_normal(const std::string& name, const Numbers& dims, double deviation) {
  Weights weights{dims, {}};
  weights.values.resize(product(dims));
  for (std::size_t i = 0; i < weights.values.size(); i += 2) {  // Box and Muller 1958: two at a time
    const double radius = deviation * std::sqrt(-2 * std::log(1 - uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    weights.values[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < weights.values.size()) weights.values[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return onnx_.constant(name, weights);
}

std::string Network::drawn_uniform(const std::string& name, const Numbers& dims, double limit) {
  Weights weights{dims, {}};
  weights.values.resize(product(dims));
  for (float& value : weights.values) value = static_cast<float>(limit * (2 * uniform() - 1));
  return onnx_.constant(name, weights);
}

std::string Network::filled(const std::string& name, std::int64_t count, float value) {
  return onnx_.constant(name, Weights{{count}, std::vector<float>(static_cast<std::size_t>(count), value)});
}

Layer Network::convolution_of(const std::string& name,
                              const Layer& from,
                              std::int64_t channels,
                              const ConvolutionShape& shape,
                              double deviation) {
  const std::int64_t reach = shape.dilation * (shape.kernel - 1) + 1;
  const std::int64_t pad = shape.pad >= 0 ? shape.pad : reach / 2;
  const std::int64_t room = from.side + 2 * pad - reach;
  if (room < 0)
    throw Error(ErrorCode::InvalidArgument,
                architecture_ + ": an input of " + std::to_string(image_.side) +
                    " pixels is too small: nothing is left of it at '" + name + "'");
  std::vector<std::string> inputs{
      from.tensor,
      drawn_normal(
          name + ".weight", {channels, from.channels / shape.groups, shape.kernel, shape.kernel}, deviation)};
  if (shape.bias) inputs.push_back(filled(name + ".bias", channels, 0));
  auto& node = onnx_.node("Conv", inputs, name);
  set_attribute(node, "kernel_shape", Numbers{shape.kernel, shape.kernel});
  set_attribute(node, "strides", Numbers{shape.stride, shape.stride});
  set_attribute(node, "pads", Numbers{pad, pad, pad, pad});
  set_attribute(node, "dilations", Numbers{shape.dilation, shape.dilation});
  set_attribute(node, "group", shape.groups);
  return {name, channels, room / shape.stride + 1};
}

Layer Network::convolution(const std::string& name,
                           const Layer& from,
                           std::int64_t channels,
                           const ConvolutionShape& shape) {
  const std::int64_t fan_out = channels / shape.groups * shape.kernel * shape.kernel;
  return convolution_of(name, from, channels, shape, std::sqrt(2 / static_cast<double>(fan_out)));
}

Layer Network::normalise(const std::string& name, const Layer& from, const Normalisation& how) {
  auto& node = onnx_.node("BatchNormalization",
                          {from.tensor,
                           filled(name + ".weight", from.channels, 1),
                           filled(name + ".bias", from.channels, 0),
                           filled(name + ".running_mean", from.channels, 0),
                           filled(name + ".running_var", from.channels, 1)},
                          name);
  set_float_attribute(node, "epsilon", how.epsilon);
  set_float_attribute(node, "momentum", how.momentum);
  return {name, from.channels, from.side};
}

Layer Network::unary(const char* type, const Layer& from) {
  Layer out = from;
  out.tensor = onnx_.fresh_name(from.tensor + "." + type);
  onnx_.node(type, {from.tensor}, out.tensor);
  return out;
}

Layer Network::binary(const char* type, const Layer& a, const Layer& b) {
  Layer out = a;
  out.tensor = onnx_.fresh_name(a.tensor + "." + type);
  onnx_.node(type, {a.tensor, b.tensor}, out.tensor);
  return out;
}

Layer Network::leaky_relu(const Layer& from, float slope) {
  Layer out = from;
  out.tensor = onnx_.fresh_name(from.tensor + ".LeakyRelu");
  set_float_attribute(onnx_.node("LeakyRelu", {from.tensor}, out.tensor), "alpha", slope);
  return out;
}

Layer Network::max_pool(const Layer& from, std::int64_t window, std::int64_t stride, std::int64_t pad) {
  const std::int64_t room = from.side + 2 * pad - window;
  Layer out{onnx_.fresh_name(from.tensor + ".MaxPool"), from.channels, room / stride + 1};
  if (room < 0)
    throw Error(ErrorCode::InvalidArgument,
                architecture_ + ": an input of " + std::to_string(image_.side) +
                    " pixels is too small: nothing is left of it at '" + out.tensor + "'");
  auto& node = onnx_.node("MaxPool", {from.tensor}, out.tensor);
  set_attribute(node, "kernel_shape", Numbers{window, window});
  set_attribute(node, "strides", Numbers{stride, stride});
  set_attribute(node, "pads", Numbers{pad, pad, pad, pad});
  return out;
}

Layer Network::mean_pixel(const Layer& from) {
  const std::string mean = onnx_.fresh_name(from.tensor + ".GlobalAveragePool");
  onnx_.node("GlobalAveragePool", {from.tensor}, mean);
  return {mean, from.channels, 1};
}

Layer Network::global_mean(const Layer& from) {
  return flatten(mean_pixel(from));
}

Layer Network::global_max(const Layer& from) {
  Layer out{onnx_.fresh_name(from.tensor + ".GlobalMaxPool"), from.channels, 1};
  onnx_.node("GlobalMaxPool", {from.tensor}, out.tensor);
  return flatten(out);
}

Layer Network::flatten(const Layer& from) {
  Layer out{onnx_.fresh_name(from.tensor + ".Flatten"), from.channels * from.side * from.side, 0};
  set_attribute(onnx_.node("Flatten", {from.tensor}, out.tensor), "axis", std::int64_t{1});
  return out;
}

Layer Network::concatenate(std::span<const Layer> parts) {
  Layer out{onnx_.fresh_name(parts.front().tensor + ".Concat"), 0, parts.front().side};
  std::vector<std::string> inputs;
  for (const Layer& part : parts) {
    out.channels += part.channels;
    inputs.push_back(part.tensor);
  }
  set_attribute(onnx_.node("Concat", inputs, out.tensor), "axis", std::int64_t{1});
  return out;
}

Layer Network::squeeze_excite(const std::string& name, const Layer& from, std::int64_t squeezed) {
  Layer mean{onnx_.fresh_name(name + ".mean"), from.channels, 1};
  onnx_.node("GlobalAveragePool", {from.tensor}, mean.tensor);
  const ConvolutionShape point{.kernel = 1, .bias = true};
  const Layer few = swish(convolution(name + ".reduce", mean, squeezed, point));
  const Layer gate = sigmoid(convolution_of(
      name + ".expand", few, from.channels, point, std::sqrt(1 / static_cast<double>(squeezed))));
  return multiply(from, gate);
}

Layer Network::dropout(const Layer& from, float ratio) {
  Layer out = from;
  out.tensor = onnx_.fresh_name(from.tensor + ".Dropout");
  onnx_.node(
      "Dropout", {from.tensor, onnx_.constant(out.tensor + ".ratio", Weights{{}, {ratio}})}, out.tensor);
  return out;
}

Layer Network::linear(const std::string& name, const Layer& from, std::int64_t outputs) {
  const double limit = 1 / std::sqrt(static_cast<double>(from.channels));
  auto& node = onnx_.node("Gemm",
                          {from.tensor,
                           drawn_uniform(name + ".weight", {outputs, from.channels}, limit),
                           drawn_uniform(name + ".bias", {outputs}, limit)},
                          name);
  set_attribute(node, "transB", std::int64_t{1});
  return {name, outputs, 0};
}

std::string Network::widened(const std::string& stored, const std::string& name) {
  const std::string out = onnx_.fresh_name(name);
  set_attribute(onnx_.node("Cast", {stored}, out), "to", std::int64_t{onnx::TensorProto::FLOAT});
  return out;
}

std::string Network::constant(const std::string& name, const Weights& weights) {
  constexpr float kMostSteps = 127;
  if (copies_ == Copies::Trained) return onnx_.constant(name, weights);
  if (copies_ == Copies::SixteenBits || weights.dims.size() != 4)
    return widened(onnx_.half_constant(name + ".half", weights), name);
  const auto outputs = static_cast<std::size_t>(weights.dims[0]);
  const std::size_t each = weights.values.size() / std::max<std::size_t>(1, outputs);
  Weights steps{{weights.dims[0], 1, 1, 1}, {}};
  std::vector<std::int8_t> counts;
  for (std::size_t o = 0; o < outputs; ++o) {
    const auto* values = weights.values.data() + o * each;
    float most = 0;
    for (std::size_t i = 0; i < each; ++i) most = std::max(most, std::abs(values[i]));
    // Half a step more than needed, so that the rounding of the step to 16 bits makes no 128.
    steps.values.push_back(std::max(most / (kMostSteps - 0.5F), std::numeric_limits<float>::min()));
    for (std::size_t i = 0; i < each; ++i)
      counts.push_back(static_cast<std::int8_t>(std::lrint(values[i] / steps.values.back())));
  }
  const std::string wide =
      widened(onnx_.byte_constant(name + ".counts", weights.dims, counts), name + ".wide");
  const std::string step = widened(onnx_.half_constant(name + ".step.half", steps), name + ".step");
  const std::string out = onnx_.fresh_name(name);
  onnx_.node("Mul", {wide, step}, out);
  return out;
}

Layer Network::cut(const Layer& from,
                   const Numbers& starts,
                   const Numbers& ends,
                   const Numbers& axes,
                   const Numbers& steps) {
  Layer out = from;
  out.tensor = onnx_.fresh_name(from.tensor + ".Slice");
  onnx_.node("Slice",
             {from.tensor,
              onnx_.constant(out.tensor + ".starts", starts),
              onnx_.constant(out.tensor + ".ends", ends),
              onnx_.constant(out.tensor + ".axes", axes),
              onnx_.constant(out.tensor + ".steps", steps)},
             out.tensor);
  return out;
}

Layer Network::enlarged_middle(const Layer& from, double share) {
  const auto rim = static_cast<std::int64_t>(std::lround(static_cast<double>(from.side) * (1 - share) / 2));
  const std::int64_t side = from.side - 2 * rim;
  Layer out = cut(from, {rim, rim}, {rim + side, rim + side}, {2, 3}, {1, 1});
  const std::string middle = out.tensor;
  out.tensor = onnx_.fresh_name(middle + ".Resize");
  // The size is rounded down: a hair more than the quotient, lest a pixel be lost.
  const float factor = (static_cast<float>(from.side) + 1e-3F) / static_cast<float>(side);
  auto& node =
      onnx_.node("Resize",
                 {middle, "", onnx_.constant(out.tensor + ".scales", Weights{{4}, {1, 1, factor, factor}})},
                 out.tensor);
  set_attribute(node, "mode", std::string("linear"));
  set_attribute(node, "coordinate_transformation_mode", std::string("half_pixel"));
  return out;
}

Layer Network::mirrored(const Layer& from) {
  return cut(from, {-1}, {std::numeric_limits<std::int64_t>::min()}, {3}, {-1});
}

Layer Network::stacked(std::span<const Layer> parts) {
  Layer out = parts.front();
  out.tensor = onnx_.fresh_name(out.tensor + ".Concat");
  std::vector<std::string> inputs;
  for (const Layer& part : parts) inputs.push_back(part.tensor);
  set_attribute(onnx_.node("Concat", inputs, out.tensor), "axis", std::int64_t{0});
  return out;
}

std::vector<Layer> Network::unstacked(const Layer& from, std::size_t parts) {
  std::vector<Layer> out(parts, from);
  for (Layer& part : out) part.tensor = onnx_.fresh_name(from.tensor + ".Split");
  auto& node = onnx_.node("Split", {from.tensor}, out.front().tensor);  // without sizes: equal parts
  for (std::size_t i = 1; i < parts; ++i) node.add_output(out[i].tensor);
  set_attribute(node, "axis", std::int64_t{0});
  return out;
}

Layer Network::logarithm(const Layer& from, float summand) {
  Layer out = from;
  const std::string sum = onnx_.fresh_name(from.tensor + ".Add");
  onnx_.node("Add", {from.tensor, onnx_.constant(sum + ".least", Weights{{}, {summand}})}, sum);
  out.tensor = onnx_.fresh_name(sum + ".Log");
  onnx_.node("Log", {sum}, out.tensor);
  return out;
}

Layer Network::copied_node(const onnx::NodeProto& node,
                           const std::vector<std::string>& inputs,
                           const Layer& like) {
  const std::string out = onnx_.fresh_name(node.output(0));
  auto& made = onnx_.node(node.op_type(), inputs, out);
  *made.mutable_attribute() = node.attribute();
  return {out, like.channels, like.side};
}

Layer Network::copied_convolution(const std::string& name,
                                  const Layer& from,
                                  const onnx::NodeProto& node,
                                  const Convolution& convolution) {
  const auto or_else = [&](const char* key, const Numbers& standard) {
    Numbers given = attributes(node, key);
    return given.size() == standard.size() ? given : standard;
  };
  if (has_attribute(node, "auto_pad") && attributes(node, "pads").empty())
    throw Error(ErrorCode::Unsupported, name + ": padding that depends on the picture's size");
  const std::int64_t height = convolution.weights.dims[2];
  const std::int64_t width = convolution.weights.dims[3];
  const Numbers strides = or_else("strides", {1, 1});
  const Numbers pads = or_else("pads", {0, 0, 0, 0});
  const Numbers dilations = or_else("dilations", {1, 1});
  if (from.channels != convolution.inputs())
    throw Error(ErrorCode::Unsupported, name + ": a convolution on something else than pictures");
  const std::string out = onnx_.fresh_name(name);
  auto& made = onnx_.node("Conv",
                          {from.tensor,
                           constant(out + ".weight", convolution.weights),
                           constant(out + ".bias", {{convolution.outputs()}, convolution.bias})},
                          out);
  set_attribute(made, "kernel_shape", Numbers{height, width});
  set_attribute(made, "strides", strides);
  set_attribute(made, "pads", pads);
  set_attribute(made, "dilations", dilations);
  set_attribute(made, "group", convolution.groups);
  const std::int64_t room = from.side + pads[0] + pads[2] - (dilations[0] * (height - 1) + 1);
  if (room < 0)
    throw Error(ErrorCode::InvalidArgument,
                architecture_ + ": an input of " + std::to_string(image_.side) +
                    " pixels is too small: nothing is left of it at '" + name + "'");
  return {out, convolution.outputs(), room / strides[0] + 1};
}

Layer Network::clip(const Layer& from, float least, float most) {
  Layer out = from;
  out.tensor = onnx_.fresh_name(from.tensor + ".Clip");
  onnx_.node("Clip",
             {from.tensor,
              onnx_.constant(out.tensor + ".least", Weights{{}, {least}}),
              onnx_.constant(out.tensor + ".most", Weights{{}, {most}})},
             out.tensor);
  return out;
}

std::vector<std::uint8_t> Network::finish(const Layer& logits) {
  onnx_.node("Identity", {logits.tensor}, "logits");
  onnx_.output("logits", {-1, logits.channels});
  return onnx_.bytes();
}

}  // namespace kyc
