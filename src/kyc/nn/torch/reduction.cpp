// Sums and extremes over axes; sorting.

#include <numeric>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

using Reduce = at::Tensor (*)(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep);

at::Tensor sum(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::sum(x, axes, keep, x.scalar_type());
}
at::Tensor reduced_mean(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::mean(x, axes, keep);
}
// amax and amin share the gradient between equal values; ONNX does not say.
at::Tensor largest(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::amax(x, axes, keep);
}
at::Tensor smallest(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::amin(x, axes, keep);
}
at::Tensor reduced_product(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  at::Tensor out = x;
  for (const std::int64_t axis : axes) out = at::prod(out, axis, true, x.scalar_type());
  if (keep) return out;
  std::vector<std::int64_t> shape;
  for (std::int64_t i = 0; i < x.dim(); ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) shape.push_back(x.size(i));
  return out.reshape(shape);
}
at::Tensor absolute_sum(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return sum(at::abs(x), axes, keep);
}
at::Tensor square_sum(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return sum(at::mul(x, x), axes, keep);
}
at::Tensor length(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::sqrt(square_sum(x, axes, keep));
}
at::Tensor log_sum(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::log(sum(x, axes, keep));
}
at::Tensor log_sum_exp(const at::Tensor& x, const std::vector<std::int64_t>& axes, bool keep) {
  return at::logsumexp(x, axes, keep);
}

template <Reduce function>
Kernel reduce(const NodeView& node) {
  node.expect_inputs(1, 2);
  const std::vector<std::int64_t> attribute = node.integers("axes");
  const bool keep = node.integer("keepdims", 1) != 0;
  const bool nothing_if_empty = node.integer("noop_with_empty_axes", 0) != 0;
  return [=](const Operands& in) -> Results {
    std::vector<std::int64_t> axes = in.has(1) ? integers_of(in[1]) : attribute;
    if (axes.empty() && nothing_if_empty) return {in[0]};
    if (in[0].dim() == 0) return {function(in[0].reshape({1}), {0}, false)};
    axes = axes_of(axes, in[0].dim());
    if (axes.empty()) {
      axes.resize(static_cast<std::size_t>(in[0].dim()));
      std::iota(axes.begin(), axes.end(), 0);
    }
    return {function(in[0], axes, keep)};
  };
}

template <bool largest_value>
Kernel position(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t axis = node.integer("axis", 0);
  const bool keep = node.integer("keepdims", 1) != 0;
  const bool last = node.integer("select_last_index", 0) != 0;
  return [=](const Operands& in) -> Results {
    const std::int64_t along = axis_of(axis, in[0].dim());
    const at::Tensor x = last ? at::flip(in[0], along) : in[0];
    const at::Tensor at_position = largest_value ? at::argmax(x, along, keep) : at::argmin(x, along, keep);
    return {last ? at::sub(at::full_like(at_position, x.size(along) - 1), at_position) : at_position};
  };
}

Kernel top_k(const NodeView& node) {
  node.expect_inputs(1, 2);
  const std::int64_t attribute = node.integer("k", 0);
  const std::int64_t axis = node.integer("axis", -1);
  const bool largest_first = node.integer("largest", 1) != 0;
  return [=](const Operands& in) -> Results {
    const std::int64_t along = axis_of(axis, in[0].dim());
    const std::int64_t k = in.has(1) ? integers_of(in[1]).at(0) : attribute;
    if (k < 0 || k > in[0].size(along))
      fail("k " + std::to_string(k) + " of " + std::to_string(in[0].size(along)));
    // Among equal values the one that comes first, as ONNX wants it: LibTorch's topk does not promise it.
    auto [values, places] = at::sort(in[0], /*stable=*/true, along, largest_first);
    return {values.narrow(along, 0, k), places.narrow(along, 0, k)};
  };
}

Kernel unique(const NodeView& node) {
  node.expect_inputs(1, 1);
  if (node.has("axis")) node.refuse("an axis");
  const bool sorted = node.integer("sorted", 1) != 0;
  return [sorted](const Operands& in) -> Results {
    const at::Tensor x = in[0].reshape({-1});
    auto [sorted_values, inverse, counts] = at::_unique2(x.detach(), true, true, true);
    const std::int64_t count = sorted_values.numel();
    // The first place of each value: the smallest index among those that map to it.
    const at::Tensor places = at::arange(x.numel(), inverse.options());
    at::Tensor first =
        at::scatter_reduce(at::full({count}, x.numel(), inverse.options()), 0, inverse, places, "amin", true);
    const at::Tensor values = x.index_select(0, first);  // of which gradients find their way back
    if (sorted) return {values, first, inverse, counts};
    const at::Tensor order = at::argsort(first);
    const at::Tensor rank = at::argsort(order);
    return {values.index_select(0, order),
            first.index_select(0, order),
            rank.index_select(0, inverse),
            counts.index_select(0, order)};
  };
}

}  // namespace

OperatorTable reduction_operators() {
  constexpr std::uint32_t kAxes = 1U << 1;
  return {
      {"ArgMax", {position<true>}},
      {"ArgMin", {position<false>}},
      {"ReduceL1", {reduce<absolute_sum>, kAxes}},
      {"ReduceL2", {reduce<length>, kAxes}},
      {"ReduceLogSum", {reduce<log_sum>, kAxes}},
      {"ReduceLogSumExp", {reduce<log_sum_exp>, kAxes}},
      {"ReduceMax", {reduce<largest>, kAxes}},
      {"ReduceMean", {reduce<reduced_mean>, kAxes}},
      {"ReduceMin", {reduce<smallest>, kAxes}},
      {"ReduceProd", {reduce<reduced_product>, kAxes}},
      {"ReduceSum", {reduce<sum>, kAxes}},
      {"ReduceSumSquare", {reduce<square_sum>, kAxes}},
      {"TopK", {top_k, kAxes}},
      {"Unique", {unique}},
  };
}

}  // namespace kyc
