// Losses as operators of a graph, and quantisation.

#include <algorithm>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

enum class LossReduction { None, Mean, Sum };

struct LossModes {
  LossReduction reduction = LossReduction::Mean;
  std::int64_t ignored = -100;
};

LossModes read_loss(const NodeView& node) {
  LossModes out;
  const std::string reduction = node.text("reduction", "mean");
  if (reduction != "none" && reduction != "mean" && reduction != "sum")
    node.refuse("reduction '" + reduction + "'");
  if (reduction == "none") out.reduction = LossReduction::None;
  if (reduction == "sum") out.reduction = LossReduction::Sum;
  out.ignored = node.integer("ignore_index", -100);
  return out;
}

// Not LibTorch's own, which has no gradient for the weights of classes and knows few shapes.
at::Tensor negative_log_likelihood(const at::Tensor& log_probabilities,
                                   const Operands& in,
                                   const LossModes& modes) {
  if (log_probabilities.dim() < 2) fail("expected [n, classes, ...]");
  const at::Tensor target = in[1].to(at::kLong);
  const at::Tensor counted = at::ne(target, modes.ignored);
  const at::Tensor classes = at::where(counted, target, at::zeros_like(target));
  const at::Tensor picked = at::gather(log_probabilities, 1, classes.unsqueeze(1)).squeeze(1);
  at::Tensor weights = counted.to(log_probabilities.scalar_type());
  if (in.has(2))
    weights = at::mul(weights, in[2].index_select(0, classes.reshape({-1})).reshape(classes.sizes()));
  const at::Tensor loss = at::neg(at::mul(picked, weights));
  if (modes.reduction == LossReduction::None) return loss;
  const at::Tensor total = at::sum(loss);
  return modes.reduction == LossReduction::Sum ? total : at::div(total, at::sum(weights));
}

Kernel nll_loss(const NodeView& node) {
  node.expect_inputs(2, 3);
  const LossModes modes = read_loss(node);
  return [modes](const Operands& in) -> Results { return {negative_log_likelihood(in[0], in, modes)}; };
}

Kernel cross_entropy(const NodeView& node) {
  node.expect_inputs(2, 3);
  const LossModes modes = read_loss(node);
  return [modes](const Operands& in) -> Results {
    if (in[0].dim() < 2) fail("expected [n, classes, ...]");
    const at::Tensor log_probabilities = at::log_softmax(in[0], 1);
    return {negative_log_likelihood(log_probabilities, in, modes), log_probabilities};
  };
}

// Scale and zero point of one axis, or of all.
at::Tensor along(const at::Tensor& values, const at::Tensor& x, std::int64_t axis) {
  if (values.dim() == 0 || values.numel() == 1) return values.reshape({});
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[static_cast<std::size_t>(axis_of(axis, x.dim()))] = values.numel();
  return values.reshape(shape);
}

at::Tensor quantized(const at::Tensor& x,
                     const at::Tensor& scale,
                     const at::Tensor& zero,
                     at::ScalarType type) {
  const double low = type == at::kChar ? -128 : 0;
  const double high = type == at::kChar ? 127 : 255;
  return at::clamp(at::add(at::round(at::div(x, scale)), zero), low, high).to(type);
}

Kernel quantize(const NodeView& node) {
  node.expect_inputs(2, 3);
  const std::int64_t axis = node.integer("axis", 1);
  if (node.has("block_size") || node.has("output_dtype")) node.refuse("blocks");
  return [axis](const Operands& in) -> Results {
    const at::ScalarType type = in.has(2) ? in[2].scalar_type() : at::kByte;
    if (type != at::kByte && type != at::kChar) fail("expected a zero point of 8 bits");
    const at::Tensor zero =
        in.has(2) ? along(in[2], in[0], axis).to(in[0].scalar_type()) : at::zeros({}, in[0].options());
    return {quantized(in[0], along(in[1], in[0], axis), zero, type)};
  };
}

Kernel dequantize(const NodeView& node) {
  node.expect_inputs(2, 3);
  const std::int64_t axis = node.integer("axis", 1);
  if (node.has("block_size")) node.refuse("blocks");
  return [axis](const Operands& in) -> Results {
    at::Tensor x = in[0].to(in[1].scalar_type());
    if (in.has(2)) x = at::sub(x, along(in[2], in[0], axis).to(x.scalar_type()));
    return {at::mul(x, along(in[1], in[0], axis))};
  };
}

Kernel quantize_dynamically(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results {
    const at::Tensor low = at::clamp_max(at::min(in[0]), 0);
    const at::Tensor high = at::clamp_min(at::max(in[0]), 0);
    const at::Tensor scale = at::div(at::sub(high, low), 255);
    const at::Tensor zero = at::clamp(at::round(at::div(at::neg(low), scale)), 0, 255);
    return {quantized(in[0], scale, zero, at::kByte), scale, zero.to(at::kByte)};
  };
}

Kernel integer_matrix_product(const NodeView& node) {
  node.expect_inputs(2, 4);
  return [](const Operands& in) -> Results {
    // Double holds sums of products of bytes exactly.
    at::Tensor a = in[0].to(at::kDouble);
    at::Tensor b = in[1].to(at::kDouble);
    if (in.has(2)) {
      const at::Tensor zero = in[2].to(at::kDouble);
      a = at::sub(a, zero.dim() == 1 && zero.numel() > 1 ? zero.unsqueeze(1) : zero);
    }
    if (in.has(3)) b = at::sub(b, in[3].to(at::kDouble));
    return {at::matmul(a, b).to(at::kInt)};
  };
}

}  // namespace

OperatorTable loss_operators() {
  return {
      {"DequantizeLinear", {dequantize}},
      {"DynamicQuantizeLinear", {quantize_dynamically}},
      {"MatMulInteger", {integer_matrix_product}},
      {"NegativeLogLikelihoodLoss", {nll_loss}},
      {"QuantizeLinear", {quantize}},
      {"SoftmaxCrossEntropyLoss", {cross_entropy}},
  };
}

}  // namespace kyc
