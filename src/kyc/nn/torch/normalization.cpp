// Normalisations, and Dropout, which like BatchNormalization does something else in training.

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

// As ONNX has it where the file asks for training: the running variance moves to the variance of the batch
// with divisor n (LibTorch: n - 1).
Results batch_normalization_in_training(const Operands& in, double epsilon, double momentum) {
  const at::Tensor& x = in[0];
  if (x.dim() < 2) fail("expected [n, channels, ...]");
  std::vector<std::int64_t> axes{0};
  for (std::int64_t i = 2; i < x.dim(); ++i) axes.push_back(i);
  const at::Tensor mean = at::mean(x, axes, false);
  const at::Tensor variance = at::var(x, axes, /*unbiased=*/false, /*keepdim=*/false);
  const at::Tensor none;
  const at::Tensor y = at::batch_norm(x, in[1], in[2], none, none, true, 0, epsilon, true);
  return {y,
          at::add(at::mul(in[3], momentum), at::mul(mean, 1 - momentum)),
          at::add(at::mul(in[4], momentum), at::mul(variance, 1 - momentum))};
}

Kernel batch_normalization(const NodeView& node) {
  node.expect_inputs(5, 5);
  const double epsilon = node.number("epsilon", 1e-5);
  const double momentum = node.number("momentum", 0.9);
  const bool asks_for_training = node.opset() >= 14 && node.integer("training_mode", 0) != 0;
  if (node.opset() < 9 && node.integer("spatial", 1) == 0) node.refuse("spatial 0");
  const std::size_t outputs = node.outputs();
  if (asks_for_training)
    return [=](const Operands& in) { return batch_normalization_in_training(in, epsilon, momentum); };
  return [=](const Operands& in) -> Results {
    // LibTorch's has no gradient for the statistics, which may be computed by the graph.
    if (!in.training() && (in[3].requires_grad() || in[4].requires_grad())) {
      const auto spread = [&](const at::Tensor& values) { return per_channel(values, in[0].dim()); };
      const at::Tensor factor = at::mul(in[1], at::rsqrt(at::add(in[4], epsilon)));
      return {at::add(at::mul(at::sub(in[0], spread(in[3])), spread(factor)), spread(in[2]))};
    }
    // In training, LibTorch moves the running statistics (operands 3 and 4) in place.
    Results out{at::batch_norm(
        in[0], in[1], in[2], in[3], in[4], in.training(), in.training() ? 1 - momentum : 0, epsilon, true)};
    if (outputs > 1) {
      out.push_back(in[3]);
      out.push_back(in[4]);
    }
    return out;
  };
}

Kernel instance_normalization(const NodeView& node) {
  node.expect_inputs(3, 3);
  const double epsilon = node.number("epsilon", 1e-5);
  return [epsilon](const Operands& in) -> Results {
    const at::Tensor none;
    return {at::instance_norm(in[0], in[1], in[2], none, none, true, 0, epsilon, true)};
  };
}

Kernel layer_normalization(const NodeView& node) {
  node.expect_inputs(2, 3);
  const double epsilon = node.number("epsilon", 1e-5);
  const std::int64_t axis = node.integer("axis", -1);
  const bool statistics = node.has_output(1) || node.has_output(2);
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const std::int64_t first = axis_of(axis, x.dim());
    std::vector<std::int64_t> axes;
    for (std::int64_t i = first; i < x.dim(); ++i) axes.push_back(i);
    const at::Tensor bias = in.has(2) ? in[2] : at::Tensor();
    const auto shape = x.sizes().slice(static_cast<std::size_t>(first));
    if (!statistics && in[1].sizes() == shape && (!bias.defined() || bias.sizes() == shape))
      return {at::layer_norm(x, shape, in[1], bias, epsilon)};
    const at::Tensor mean = at::mean(x, axes, true);
    const at::Tensor centred = at::sub(x, mean);
    const at::Tensor inverse = at::rsqrt(at::add(at::mean(at::mul(centred, centred), axes, true), epsilon));
    at::Tensor y = at::mul(at::mul(centred, inverse), in[1]);
    if (bias.defined()) y = at::add(y, bias);
    return {y, mean, inverse};
  };
}

Kernel group_normalization(const NodeView& node) {
  node.expect_inputs(3, 3);
  const double epsilon = node.number("epsilon", 1e-5);
  const std::int64_t groups = node.integer("num_groups", 0);
  if (groups < 1) node.corrupt("num_groups " + std::to_string(groups));
  const bool per_group = node.opset() < 21;  // scale and bias
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    if (x.dim() < 2 || x.size(1) % groups != 0) fail("channels that do not divide into the groups");
    const auto spread = [&](const at::Tensor& values) {
      return per_group ? values.repeat_interleave(x.size(1) / groups) : values;
    };
    return {at::group_norm(x, groups, spread(in[1]), spread(in[2]), epsilon)};
  };
}

Kernel local_response_normalization(const NodeView& node) {
  node.expect_inputs(1, 1);
  const double alpha = node.number("alpha", 1e-4);
  const double beta = node.number("beta", 0.75);
  const double bias = node.number("bias", 1);
  const std::int64_t size = node.integer("size", 0);
  if (size < 1 || size > (1 << 20)) node.corrupt("size " + std::to_string(size));
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    if (x.dim() < 3) fail("expected [n, channels, axes]");
    // The mean of squares over a window of channels, which become the axis that is pooled.
    const at::Tensor rows = at::mul(x, x).reshape({x.size(0), 1, x.size(1), -1});
    const at::Tensor padded = at::constant_pad_nd(rows, {0, 0, (size - 1) / 2, size / 2}, 0);
    const at::Tensor means = at::avg_pool2d(padded, {size, 1}, {1, 1}).reshape(x.sizes());
    return {at::div(x, at::pow(at::add(at::mul(means, alpha), bias), beta))};
  };
}

Kernel mean_variance_normalization(const NodeView& node) {
  node.expect_inputs(1, 1);
  std::vector<std::int64_t> axes = node.integers("axes");
  if (axes.empty()) axes = {0, 2, 3};
  return [axes](const Operands& in) -> Results {
    const std::vector<std::int64_t> over = axes_of(axes, in[0].dim());
    const at::Tensor centred = at::sub(in[0], at::mean(in[0], over, true));
    const at::Tensor deviation = at::sqrt(at::mean(at::mul(centred, centred), over, true));
    return {at::div(centred, at::add(deviation, 1e-9))};
  };
}

Kernel lp_normalization(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t axis = node.integer("axis", -1);
  const std::int64_t p = node.integer("p", 2);
  if (p != 1 && p != 2) node.corrupt("p " + std::to_string(p));
  return [axis, p](const Operands& in) -> Results {
    return {at::div(in[0], at::norm(in[0], p, axis_of(axis, in[0].dim()), true))};
  };
}

Results dropped(const at::Tensor& x, double ratio, bool mask) {
  if (ratio < 0 || ratio >= 1) fail("expected a ratio from 0 to below 1, got " + std::to_string(ratio));
  if (!mask) return {at::dropout(x, ratio, true)};
  const at::Tensor kept = at::bernoulli(at::full_like(x, 1 - ratio));
  return {at::div(at::mul(x, kept), 1 - ratio), at::ne(kept, 0)};
}

Kernel dropout(const NodeView& node) {
  node.expect_inputs(1, 3);
  const double ratio = node.number("ratio", 0.5);
  const bool mask = node.has_output(1);
  const bool has_operands = node.opset() >= 12;
  return [=](const Operands& in) -> Results {
    const double share = has_operands && in.has(1) ? in[1].item<double>() : ratio;
    const bool asks_for_training = has_operands && in.has(2) && in[2].item<bool>();
    if ((in.training() || asks_for_training) && share > 0) return dropped(in[0], share, mask);
    Results out{in[0]};
    if (mask) out.push_back(at::ones_like(in[0], at::kBool));
    return out;
  };
}

}  // namespace

OperatorTable normalization_operators() {
  return {
      {"BatchNormalization", {batch_normalization}},
      {"Dropout", {dropout, 6}},
      {"GroupNormalization", {group_normalization}},
      {"InstanceNormalization", {instance_normalization}},
      {"LRN", {local_response_normalization}},
      {"LayerNormalization", {layer_normalization}},
      {"LpNormalization", {lp_normalization}},
      {"MeanVarianceNormalization", {mean_variance_normalization}},
  };
}

}  // namespace kyc
