#include "kyc/nn/dlib_resnet.h"

#include "kyc/core/error.h"
#include "kyc/nn/onnx_builder.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"

namespace kyc {
namespace {

constexpr std::int64_t kSide = 150;  // pixels of the input
constexpr std::int64_t kDescriptor = 128;

struct Picture {
  std::string tensor;
  std::int64_t channels = 0;
  std::int64_t side = 0;
};

class DlibResnet {
 public:
  DlibResnet(const TfjsWeights& weights, const std::string& name)
      : weights_(weights), name_(name), onnx_("kyclops: dlib_resnet34") {}

  std::vector<std::uint8_t> build() {
    onnx_.input("image", {-1, 3, kSide, kSide});
    Picture at = relu(convolution("conv32_down", {"image", 3, kSide}, 32, 7, 2, 0));
    at = pool("MaxPool", at, 3);
    for (const char* block : {"conv32_1", "conv32_2", "conv32_3"}) at = residual(block, at);
    at = residual_down("conv64_down", at, 64);
    for (const char* block : {"conv64_1", "conv64_2", "conv64_3"}) at = residual(block, at);
    at = residual_down("conv128_down", at, 128);
    for (const char* block : {"conv128_1", "conv128_2"}) at = residual(block, at);
    at = residual_down("conv256_down", at, 256);
    for (const char* block : {"conv256_1", "conv256_2"}) at = residual(block, at);
    at = residual_down("conv256_down_out", at, 256);
    onnx_.node("GlobalAveragePool", {at.tensor}, "mean");
    set_attribute(onnx_.node("Flatten", {"mean"}, "features"), "axis", std::int64_t{1});
    const TfjsTensor& fc = weights("fc", {at.channels, kDescriptor});
    onnx_.node("MatMul", {"features", onnx_.constant("fc", Weights{fc.shape, fc.floats})}, "descriptor");
    onnx_.output("descriptor", {-1, kDescriptor});
    return onnx_.bytes();
  }

 private:
  const TfjsTensor& weights(const std::string& tensor, const std::vector<std::int64_t>& shape) const {
    const auto found = weights_.find(tensor);
    if (found == weights_.end() || found->second.is_integer)
      throw Error(ErrorCode::Corrupt, name_ + ": the weights '" + tensor + "' are missing");
    if (found->second.shape != shape)
      throw Error(ErrorCode::Corrupt,
                  name_ + ": the weights '" + tensor + "': expected shape " + shape_text(shape) + ", got " +
                      shape_text(found->second.shape));
    return found->second;
  }

  // scale * (filters * x + bias) + offset, in one convolution.
  Picture convolution(const std::string& layer,
                      const Picture& from,
                      std::int64_t channels,
                      std::int64_t kernel,
                      std::int64_t stride,
                      std::int64_t pad) {
    const TfjsTensor& filters = weights(layer + "/conv/filters", {kernel, kernel, from.channels, channels});
    const TfjsTensor& bias = weights(layer + "/conv/bias", {channels});
    const TfjsTensor& scale = weights(layer + "/scale/weights", {channels});
    const TfjsTensor& offset = weights(layer + "/scale/biases", {channels});
    Weights made{{channels, from.channels, kernel, kernel}, {}};
    Weights made_bias{{channels}, {}};
    const auto out = static_cast<std::size_t>(channels);
    const auto row = static_cast<std::size_t>(from.channels);
    const auto area = static_cast<std::size_t>(kernel * kernel);
    for (std::size_t o = 0; o < out; ++o) {
      for (std::size_t i = 0; i < row; ++i)
        for (std::size_t k = 0; k < area; ++k)
          made.values.push_back(scale.floats[o] * filters.floats[(k * row + i) * out + o]);
      made_bias.values.push_back(scale.floats[o] * bias.floats[o] + offset.floats[o]);
    }
    auto& node = onnx_.node(
        "Conv",
        {from.tensor, onnx_.constant(layer + "_filters", made), onnx_.constant(layer + "_bias", made_bias)},
        layer);
    set_attribute(node, "strides", std::vector<std::int64_t>{stride, stride});
    set_attribute(node, "pads", std::vector<std::int64_t>{pad, pad, pad, pad});
    return {layer, channels, (from.side + 2 * pad - kernel) / stride + 1};
  }

  Picture relu(const Picture& from) {
    Picture out = from;
    out.tensor = onnx_.fresh_name(from.tensor + "_relu");
    onnx_.node("Relu", {from.tensor}, out.tensor);
    return out;
  }

  Picture pool(const char* type, const Picture& from, std::int64_t window) {
    Picture out{onnx_.fresh_name(from.tensor + "_pooled"), from.channels, (from.side - window) / 2 + 1};
    auto& node = onnx_.node(type, {from.tensor}, out.tensor);
    set_attribute(node, "kernel_shape", std::vector<std::int64_t>{window, window});
    set_attribute(node, "strides", std::vector<std::int64_t>{2, 2});
    return out;
  }

  Picture padded(const Picture& from, std::int64_t channels, std::int64_t side) {
    if (from.channels == channels && from.side == side) return from;
    Picture out{onnx_.fresh_name(from.tensor + "_padded"), channels, side};
    const std::vector<std::int64_t> pads{
        0, 0, 0, 0, 0, channels - from.channels, side - from.side, side - from.side};
    onnx_.node("Pad", {from.tensor, onnx_.constant(out.tensor + "_pads", pads)}, out.tensor);
    return out;
  }

  Picture sum(const std::string& block, const Picture& a, const Picture& b) {
    Picture out = a;
    out.tensor = onnx_.fresh_name(block + "_sum");
    onnx_.node("Add", {a.tensor, b.tensor}, out.tensor);
    return relu(out);
  }

  Picture residual(const std::string& block, const Picture& from) {
    const Picture inner = relu(convolution(block + "/conv1", from, from.channels, 3, 1, 1));
    return sum(block, convolution(block + "/conv2", inner, from.channels, 3, 1, 1), from);
  }

  Picture residual_down(const std::string& block, const Picture& from, std::int64_t channels) {
    const Picture inner = relu(convolution(block + "/conv1", from, channels, 3, 2, 0));
    const Picture outer = convolution(block + "/conv2", inner, channels, 3, 1, 1);
    const Picture halved = pool("AveragePool", from, 2);
    return sum(block, padded(outer, channels, halved.side), padded(halved, channels, halved.side));
  }

  const TfjsWeights& weights_;
  const std::string& name_;
  OnnxBuilder onnx_;
};

}  // namespace

std::vector<std::uint8_t> dlib_resnet34(const TfjsWeights& weights, const std::string& name) {
  return DlibResnet(weights, name).build();
}

}  // namespace kyc
