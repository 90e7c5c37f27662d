// Operators of TensorFlow.js with weights or windows: convolutions, pools, matrix products.

#include <algorithm>

#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"
#include "kyc/nn/tfjs_graph.h"

namespace kyc {
namespace {

// Along height and width.
struct Window {
  std::int64_t size[2] = {1, 1};
  std::int64_t stride[2] = {1, 1};
  std::int64_t dilation[2] = {1, 1};
};

// Of [1, height, width, 1], as TensorFlow writes strides, dilations and sizes.
void read_pair(TfjsConversion& to, const TfjsNode& node, const std::string& key, std::int64_t (&out)[2]) {
  const std::vector<std::int64_t> list = to.list(node, key);
  if (list.empty()) return;
  if (list.size() != 4 || list[0] != 1 || list[3] != 1 || list[1] < 1 || list[2] < 1 || list[1] > 10'000 ||
      list[2] > 10'000)
    to.refuse(node, key + " of " + shape_text(list) + "; expected [1, height, width, 1]");
  out[0] = list[1];
  out[1] = list[2];
}

// The picture that a convolution or a pool reads. Needs rank 4 and channels last.
const TfjsValue& picture(TfjsConversion& to, const TfjsNode& node) {
  if (to.text(node, "data_format", "NHWC") != "NHWC")
    to.refuse(node, "only the data format NHWC is supported");
  const TfjsValue& value = to.input(node, 0);
  if (value.rank() != 4 || value.constant)
    to.fail(node, "expected a picture of rank 4, got shape " + shape_text(value.shape));
  return value;
}

// Writes pads and strides, and returns the shape that comes out (without its channels).
std::vector<std::int64_t> slide(TfjsConversion& to,
                                const TfjsNode& node,
                                const Window& window,
                                const TfjsValue& value,
                                onnx::NodeProto& made) {
  const std::string padding = to.text(node, "padding", "");
  const std::vector<std::int64_t> given = to.list(node, "explicit_paddings");
  const bool same = padding == "SAME";
  if (!same && padding != "VALID" && padding != "EXPLICIT")
    to.refuse(node, "padding '" + padding + "'; expected SAME, VALID or EXPLICIT");
  if (padding == "EXPLICIT" && given.size() != 8) to.fail(node, "expected eight explicit paddings");
  std::vector<std::int64_t> shape = value.shape;
  std::int64_t pads[2][2] = {{0, 0}, {0, 0}};  // height, width; before, after
  bool known = true;
  for (std::size_t i = 0; i < 2; ++i) {
    std::int64_t& size = shape[i + 1];
    const std::int64_t covered = (window.size[i] - 1) * window.dilation[i] + 1;
    if (padding == "EXPLICIT")
      for (std::size_t side = 0; side < 2; ++side) {
        pads[i][side] = given[2 * (i + 1) + side];
        if (pads[i][side] < 0 || pads[i][side] > 10'000)
          to.fail(node, "an explicit padding is out of bounds");
      }
    if (size < 0) {
      known = false;
      continue;
    }
    if (same) {
      const std::int64_t count = (size + window.stride[i] - 1) / window.stride[i];
      const std::int64_t missing = std::max<std::int64_t>((count - 1) * window.stride[i] + covered - size, 0);
      pads[i][0] = missing / 2;
      pads[i][1] = missing - missing / 2;
      size = count;
    } else {
      size = (size + pads[i][0] + pads[i][1] - covered) / window.stride[i] + 1;
    }
    if (size < 1) to.fail(node, "its window is larger than the picture of " + shape_text(value.shape));
  }
  if (padding == "EXPLICIT" && (given[0] != 0 || given[1] != 0 || given[6] != 0 || given[7] != 0))
    to.refuse(node, "explicit paddings of the batch or the channels");
  set_attribute(made, "kernel_shape", std::vector<std::int64_t>{window.size[0], window.size[1]});
  set_attribute(made, "strides", std::vector<std::int64_t>{window.stride[0], window.stride[1]});
  if (same && !known)
    set_attribute(made, "auto_pad", std::string("SAME_UPPER"));
  else
    set_attribute(made, "pads", std::vector<std::int64_t>{pads[0][0], pads[1][0], pads[0][1], pads[1][1]});
  return shape;
}

// What a fused node does after its product.
struct Fused {
  bool bias = false;
  std::string activation;  // "", "Relu", "Relu6", "Prelu"
};

Fused fused_of(TfjsConversion& to, const TfjsNode& node) {
  Fused out;
  const auto found = node.attributes.find("fused_ops");
  if (found == node.attributes.end()) return out;
  for (const std::string& op : found->second.texts) {
    if (op == "BiasAdd" && !out.bias && out.activation.empty())
      out.bias = true;
    else if ((op == "Relu" || op == "Relu6" || op == "Prelu") && out.activation.empty())
      out.activation = op;
    else
      to.refuse(node, "the fused operator " + op + " at this place is not supported");
  }
  to.expect_inputs(node, std::size_t{2} + (out.bias ? 1 : 0) + (out.activation == "Prelu" ? 1 : 0));
  return out;
}

// `before` -> what the node gives.
void write_activation(TfjsConversion& to,
                      const TfjsNode& node,
                      const Fused& fused,
                      const std::string& before,
                      const TfjsValue& out) {
  if (fused.activation == "Relu") {
    to.onnx().node("Relu", {before}, out.tensor);
  } else if (fused.activation == "Relu6") {
    to.onnx().node(
        "Clip",
        {before, to.onnx().constant("zero", Weights{{}, {0}}), to.onnx().constant("six", Weights{{}, {6}})},
        out.tensor);
  } else if (fused.activation == "Prelu") {
    const TfjsValue& slope = to.input(node, node.inputs.size() - 1);
    if (!slope.constant || slope.rank() > out.rank()) to.refuse(node, "only a constant slope is supported");
    to.onnx().node("PRelu", {before, to.tensor(slope, out.channels_first)}, out.tensor);
  }
}

// [height, width, in, out] -> [out, in, height, width]; with `depthwise`, [height, width, in, multiplier] ->
// [in * multiplier, 1, height, width].
Weights filters(const TfjsTensor& tensor, bool depthwise) {
  const auto kernel = static_cast<std::size_t>(tensor.shape[0] * tensor.shape[1]);
  const auto in = static_cast<std::size_t>(tensor.shape[2]);
  const auto out = static_cast<std::size_t>(tensor.shape[3]);
  Weights made;
  made.dims =
      depthwise
          ? std::vector<std::int64_t>{tensor.shape[2] * tensor.shape[3], 1, tensor.shape[0], tensor.shape[1]}
          : std::vector<std::int64_t>{tensor.shape[3], tensor.shape[2], tensor.shape[0], tensor.shape[1]};
  made.values.resize(tensor.floats.size());
  for (std::size_t k = 0; k < kernel; ++k)
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t o = 0; o < out; ++o)
        made.values[(depthwise ? i * out + o : o * in + i) * kernel + k] =
            tensor.floats[(k * in + i) * out + o];
  return made;
}

TfjsValue convolve(TfjsConversion& to, const TfjsNode& node, bool depthwise) {
  const TfjsValue& value = picture(to, node);
  const TfjsTensor& weights = to.float_constant(node, 1, 4);
  const Fused fused = fused_of(to, node);
  if (value.shape[3] != weights.shape[2] || weights.floats.empty())
    to.fail(node,
            "filters of shape " + shape_text(weights.shape) + " on a picture of " + shape_text(value.shape));
  Window window;
  window.size[0] = weights.shape[0];
  window.size[1] = weights.shape[1];
  read_pair(to, node, "strides", window.stride);
  read_pair(to, node, "dilations", window.dilation);

  TfjsValue out{to.name_of(node), {}, true, nullptr};
  std::vector<std::string> operands{to.tensor(value, true),
                                    to.onnx().constant(out.tensor + "_filters", filters(weights, depthwise))};
  const std::int64_t channels = depthwise ? weights.shape[2] * weights.shape[3] : weights.shape[3];
  if (fused.bias) {
    const TfjsTensor& bias = to.float_constant(node, 2, 1);
    if (bias.shape[0] != channels) to.fail(node, "a bias of " + shape_text(bias.shape));
    operands.push_back(to.onnx().constant(out.tensor + "_bias", Weights{bias.shape, bias.floats}));
  }
  const std::string product =
      fused.activation.empty() ? out.tensor : to.onnx().fresh_name(out.tensor + "_conv");
  auto& made = to.onnx().node("Conv", operands, product);
  out.shape = slide(to, node, window, value, made);
  out.shape[3] = channels;
  set_attribute(made, "dilations", std::vector<std::int64_t>{window.dilation[0], window.dilation[1]});
  set_attribute(made, "group", depthwise ? weights.shape[2] : std::int64_t{1});
  write_activation(to, node, fused, product, out);
  return out;
}

TfjsValue convolution(TfjsConversion& to, const TfjsNode& node) {
  return convolve(to, node, false);
}
TfjsValue depthwise_convolution(TfjsConversion& to, const TfjsNode& node) {
  return convolve(to, node, true);
}

TfjsValue pool(TfjsConversion& to, const TfjsNode& node, const char* type) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = picture(to, node);
  Window window;
  read_pair(to, node, "ksize", window.size);
  read_pair(to, node, "strides", window.stride);
  TfjsValue out{to.name_of(node), {}, true, nullptr};
  const std::string from = to.tensor(value, true);
  out.shape = slide(to, node, window, value, to.onnx().node(type, {from}, out.tensor));
  return out;
}

TfjsValue max_pool(TfjsConversion& to, const TfjsNode& node) {
  return pool(to, node, "MaxPool");
}
TfjsValue average_pool(TfjsConversion& to, const TfjsNode& node) {
  return pool(to, node, "AveragePool");  // neither here nor there does padding count in the average
}

TfjsValue matrix_product(TfjsConversion& to, const TfjsNode& node) {
  const Fused fused = fused_of(to, node);
  const TfjsValue& a = to.input(node, 0);
  const TfjsValue& b = to.input(node, 1);
  if (a.rank() != 2 || b.rank() != 2)
    to.refuse(node,
              "a product of " + shape_text(a.shape) + " and " + shape_text(b.shape) + "; expected matrices");
  const bool turn_a = to.flag(node, "transpose_a");
  const bool turn_b = to.flag(node, "transpose_b");
  const std::int64_t inner_a = a.shape[turn_a ? 0 : 1];
  const std::int64_t inner_b = b.shape[turn_b ? 1 : 0];
  if (inner_a >= 0 && inner_b >= 0 && inner_a != inner_b)
    to.fail(node, "a product of " + shape_text(a.shape) + " and " + shape_text(b.shape));
  TfjsValue out{to.name_of(node), {a.shape[turn_a ? 1 : 0], b.shape[turn_b ? 0 : 1]}, false, nullptr};
  std::vector<std::string> operands{to.tensor(a, false), to.tensor(b, false)};
  if (fused.bias) {
    const TfjsTensor& bias = to.float_constant(node, 2, 1);
    if (out.shape[1] >= 0 && bias.shape[0] != out.shape[1])
      to.fail(node, "a bias of " + shape_text(bias.shape));
    operands.push_back(to.onnx().constant(out.tensor + "_bias", Weights{bias.shape, bias.floats}));
  }
  const std::string product =
      fused.activation.empty() ? out.tensor : to.onnx().fresh_name(out.tensor + "_product");
  auto& made = to.onnx().node("Gemm", operands, product);
  set_attribute(made, "transA", std::int64_t{turn_a ? 1 : 0});
  set_attribute(made, "transB", std::int64_t{turn_b ? 1 : 0});
  write_activation(to, node, fused, product, out);
  return out;
}

}  // namespace

std::map<std::string, TfjsOperator> tfjs_layers() {
  return {{"Conv2D", convolution},
          {"_FusedConv2D", convolution},
          {"DepthwiseConv2dNative", depthwise_convolution},
          {"FusedDepthwiseConv2dNative", depthwise_convolution},
          {"MaxPool", max_pool},
          {"AvgPool", average_pool},
          {"MatMul", matrix_product},
          {"_FusedMatMul", matrix_product}};
}

}  // namespace kyc
