// What neurons do to one number at a time, and the family of softmax.

#include <cmath>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

using Activation = at::Tensor (*)(const at::Tensor&);

template <Activation function>
Kernel activation(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {function(in[0])}; };
}

at::Tensor smooth_relu(const at::Tensor& x) {
  // log(1 + exp(x)) without overflow. LibTorch's own turns linear above a threshold.
  return at::logaddexp(x, at::zeros_like(x));
}
at::Tensor softsign(const at::Tensor& x) {
  return at::div(x, at::add(at::abs(x), 1));
}
at::Tensor mish(const at::Tensor& x) {
  return at::mul(x, at::tanh(smooth_relu(x)));
}
at::Tensor hard_swish(const at::Tensor& x) {
  return at::mul(x, at::clamp(at::add(at::div(x, 6), 0.5), 0, 1));
}

Kernel leaky_relu(const NodeView& node) {
  const double alpha = node.number("alpha", 0.01);
  return [alpha](const Operands& in) -> Results { return {at::leaky_relu(in[0], alpha)}; };
}

Kernel elu(const NodeView& node) {
  const double alpha = node.number("alpha", 1);
  return [alpha](const Operands& in) -> Results { return {at::elu(in[0], alpha)}; };
}

Kernel celu(const NodeView& node) {
  const double alpha = node.number("alpha", 1);
  if (alpha == 0) node.refuse("alpha 0");
  return [alpha](const Operands& in) -> Results { return {at::celu(in[0], alpha)}; };
}

Kernel selu(const NodeView& node) {
  // The defaults as ONNX's text has them, cut to float32.
  const double alpha = node.number("alpha", 1.67326319217681884765625);
  const double gamma = node.number("gamma", 1.05070102214813232421875);
  return [alpha, gamma](const Operands& in) -> Results { return {at::elu(in[0], alpha, gamma)}; };
}

Kernel gelu(const NodeView& node) {
  const std::string approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh") node.refuse("approximate '" + approximate + "'");
  return [approximate](const Operands& in) -> Results { return {at::gelu(in[0], approximate)}; };
}

Kernel hard_sigmoid(const NodeView& node) {
  const double alpha = node.number("alpha", 0.2);
  const double beta = node.number("beta", 0.5);
  return [alpha, beta](const Operands& in) -> Results {
    return {at::clamp(at::add(at::mul(in[0], alpha), beta), 0, 1)};
  };
}

Kernel thresholded_relu(const NodeView& node) {
  const double alpha = node.number("alpha", 1);
  return [alpha](const Operands& in) -> Results { return {at::threshold(in[0], alpha, 0)}; };
}

Kernel shrink(const NodeView& node) {
  const double bias = node.number("bias", 0);
  const double lambda = node.number("lambd", 0.5);
  return [bias, lambda](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const at::Tensor zero = at::zeros_like(x);
    return {at::where(
        at::lt(x, -lambda), at::add(x, bias), at::where(at::gt(x, lambda), at::sub(x, bias), zero))};
  };
}

// Before opset 13 softmax is of a matrix: all axes from `axis` on are one.
template <typename Function>
Kernel along_axis(const NodeView& node, Function function) {
  const bool matrix = node.opset() < 13;
  const std::int64_t axis = node.integer("axis", matrix ? 1 : -1);
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const std::int64_t begin = matrix && axis == x.dim() ? axis : axis_of(axis, x.dim());
    if (!matrix) return {function(x, begin)};
    std::int64_t rows = 1;
    for (std::int64_t i = 0; i < begin; ++i) rows *= x.size(i);
    if (x.numel() == 0) return {x};
    return {function(x.reshape({rows, -1}), 1).reshape(x.sizes())};
  };
}

Kernel softmax(const NodeView& node) {
  return along_axis(node, [](const at::Tensor& x, std::int64_t axis) { return at::softmax(x, axis); });
}

Kernel log_softmax(const NodeView& node) {
  return along_axis(node, [](const at::Tensor& x, std::int64_t axis) { return at::log_softmax(x, axis); });
}

Kernel hardmax(const NodeView& node) {
  return along_axis(node, [](const at::Tensor& x, std::int64_t axis) {
    return at::zeros_like(x).scatter(axis, at::argmax(x, axis, true), 1);
  });
}

}  // namespace

OperatorTable activation_operators() {
  return {
      {"Celu", {celu}},
      {"Elu", {elu}},
      {"Gelu", {gelu}},
      {"HardSigmoid", {hard_sigmoid}},
      {"HardSwish", {activation<hard_swish>}},
      {"Hardmax", {hardmax}},
      {"LeakyRelu", {leaky_relu}},
      {"LogSoftmax", {log_softmax}},
      {"Mish", {activation<mish>}},
      {"Relu", {activation<at::relu>}},
      {"Selu", {selu}},
      {"Shrink", {shrink}},
      {"Sigmoid", {activation<at::sigmoid>}},
      {"Softmax", {softmax}},
      {"Softplus", {activation<smooth_relu>}},
      {"Softsign", {activation<softsign>}},
      {"Tanh", {activation<at::tanh>}},
      {"ThresholdedRelu", {thresholded_relu}},
  };
}

}  // namespace kyc
