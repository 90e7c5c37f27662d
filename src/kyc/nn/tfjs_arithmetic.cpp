// Operators of TensorFlow.js that compute element by element, or sum up.

#include <algorithm>

#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"
#include "kyc/nn/tfjs_graph.h"

namespace kyc {
namespace {

std::vector<std::int64_t> broadcast(const TfjsConversion& to,
                                    const TfjsNode& node,
                                    const std::vector<std::int64_t>& a,
                                    const std::vector<std::int64_t>& b) {
  std::vector<std::int64_t> out(std::max(a.size(), b.size()), 1);
  const auto at = [&](const std::vector<std::int64_t>& shape, std::size_t i) {
    const std::size_t missing = out.size() - shape.size();
    return i < missing ? 1 : shape[i - missing];
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t x = at(a, i);
    const std::int64_t y = at(b, i);
    if (x != y && x > 1 && y > 1)
      to.fail(node, "shapes " + shape_text(a) + " and " + shape_text(b) + " do not go together");
    out[i] = x == 1 ? y : (y == 1 || y < 0 ? x : y);
  }
  return out;
}

// Two operands -> a node of ONNX, in the layout of pictures if both can have it.
TfjsValue two_operands(TfjsConversion& to, const TfjsNode& node, const char* type) {
  to.expect_inputs(node, 2);
  const TfjsValue& a = to.input(node, 0);
  const TfjsValue& b = to.input(node, 1);
  TfjsValue out{to.name_of(node), broadcast(to, node, a.shape, b.shape), false, nullptr};
  const auto can = [](const TfjsValue& v) { return v.constant ? v.rank() <= 4 : v.rank() == 4; };
  out.channels_first = (a.channels_first || b.channels_first) && can(a) && can(b);
  to.onnx().node(type, {to.tensor(a, out.channels_first), to.tensor(b, out.channels_first)}, out.tensor);
  return out;
}

TfjsValue one_operand(TfjsConversion& to, const TfjsNode& node, const char* type) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = to.input(node, 0);
  TfjsValue out{to.name_of(node), value.shape, value.channels_first, nullptr};
  to.onnx().node(type, {to.tensor(value, value.channels_first)}, out.tensor);
  return out;
}

TfjsValue add(TfjsConversion& to, const TfjsNode& node) {
  return two_operands(to, node, "Add");
}
TfjsValue subtract(TfjsConversion& to, const TfjsNode& node) {
  return two_operands(to, node, "Sub");
}
TfjsValue multiply(TfjsConversion& to, const TfjsNode& node) {
  return two_operands(to, node, "Mul");
}
TfjsValue maximum(TfjsConversion& to, const TfjsNode& node) {
  return two_operands(to, node, "Max");
}
TfjsValue minimum(TfjsConversion& to, const TfjsNode& node) {
  return two_operands(to, node, "Min");
}
TfjsValue absolute(TfjsConversion& to, const TfjsNode& node) {
  return one_operand(to, node, "Abs");
}
TfjsValue relu(TfjsConversion& to, const TfjsNode& node) {
  return one_operand(to, node, "Relu");
}
TfjsValue sigmoid(TfjsConversion& to, const TfjsNode& node) {
  return one_operand(to, node, "Sigmoid");
}

TfjsValue bias_add(TfjsConversion& to, const TfjsNode& node) {
  if (to.text(node, "data_format", "NHWC") != "NHWC")
    to.refuse(node, "only the data format NHWC is supported");
  return two_operands(to, node, "Add");
}

TfjsValue relu6(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = to.input(node, 0);
  TfjsValue out{to.name_of(node), value.shape, value.channels_first, nullptr};
  to.onnx().node("Clip",
                 {to.tensor(value, value.channels_first),
                  to.onnx().constant("zero", Weights{{}, {0}}),
                  to.onnx().constant("six", Weights{{}, {6}})},
                 out.tensor);
  return out;
}

TfjsValue prelu(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 2);
  const TfjsValue& value = to.input(node, 0);
  const TfjsValue& slope = to.input(node, 1);
  if (!slope.constant || slope.rank() > value.rank()) to.refuse(node, "only a constant slope is supported");
  TfjsValue out{
      to.name_of(node), broadcast(to, node, value.shape, slope.shape), value.channels_first, nullptr};
  if (out.rank() != value.rank()) to.fail(node, "the slope has the shape " + shape_text(slope.shape));
  to.onnx().node(
      "PRelu", {to.tensor(value, value.channels_first), to.tensor(slope, value.channels_first)}, out.tensor);
  return out;
}

TfjsValue square(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = to.input(node, 0);
  TfjsValue out{to.name_of(node), value.shape, value.channels_first, nullptr};
  const std::string from = to.tensor(value, value.channels_first);
  to.onnx().node("Mul", {from, from}, out.tensor);
  return out;
}

TfjsValue reciprocal_root(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = to.input(node, 0);
  TfjsValue out{to.name_of(node), value.shape, value.channels_first, nullptr};
  const std::string root = to.onnx().fresh_name(out.tensor + "_root");
  to.onnx().node("Sqrt", {to.tensor(value, value.channels_first)}, root);
  to.onnx().node("Reciprocal", {root}, out.tensor);
  return out;
}

TfjsValue softmax_of_last(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = to.input(node, 0);
  TfjsValue out{to.name_of(node), value.shape, value.channels_first, nullptr};
  auto& made = to.onnx().node("Softmax", {to.tensor(value, value.channels_first)}, out.tensor);
  set_attribute(made, "axis", std::int64_t{value.channels_first ? 1 : -1});
  return out;
}

// The layout in which dimensions go away and leave the others in order; keeping them, any layout does.
bool reduces_as_picture(const TfjsValue& value, const std::vector<bool>& gone, bool keep) {
  if (!value.channels_first) return false;
  return keep || gone[3] || (gone[1] && gone[2]);
}

TfjsValue reduce(TfjsConversion& to, const TfjsNode& node, const std::string& type) {
  to.expect_inputs(node, 2);
  const TfjsValue& value = to.input(node, 0);
  const bool keep = to.flag(node, "keep_dims");
  std::vector<bool> gone(value.rank(), false);
  for (const std::int64_t axis : to.numbers(node, 1)) gone[to.axis(node, axis, value.rank())] = true;
  if (to.numbers(node, 1).empty()) to.refuse(node, "expected at least one axis");
  const bool picture = reduces_as_picture(value, gone, keep);
  TfjsValue out{to.name_of(node), {}, picture && keep, nullptr};
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < value.rank(); ++i) {
    if (gone[i]) axes.push_back(picture ? channels_first_axis(i) : static_cast<std::int64_t>(i));
    if (!gone[i] || keep) out.shape.push_back(gone[i] ? 1 : value.shape[i]);
  }
  std::sort(axes.begin(), axes.end());
  const std::string from = to.tensor(value, picture);
  if (type == "ReduceMean" && picture && axes == std::vector<std::int64_t>{2, 3}) {
    // The same, but an operator that ONNX Runtime has in its fast layout.
    const std::string pooled = keep ? out.tensor : to.onnx().fresh_name(out.tensor + "_pooled");
    to.onnx().node("GlobalAveragePool", {from}, pooled);
    if (!keep) set_attribute(to.onnx().node("Flatten", {pooled}, out.tensor), "axis", std::int64_t{1});
    return out;
  }
  std::vector<std::string> operands{from};
  if (type == "ReduceSum") operands.push_back(to.onnx().constant(out.tensor + "_axes", axes));
  auto& made = to.onnx().node(type, operands, out.tensor);
  if (type != "ReduceSum") set_attribute(made, "axes", axes);
  set_attribute(made, "keepdims", std::int64_t{keep ? 1 : 0});
  return out;
}

TfjsValue mean(TfjsConversion& to, const TfjsNode& node) {
  return reduce(to, node, "ReduceMean");
}
TfjsValue sum(TfjsConversion& to, const TfjsNode& node) {
  return reduce(to, node, "ReduceSum");
}
TfjsValue largest(TfjsConversion& to, const TfjsNode& node) {
  return reduce(to, node, "ReduceMax");
}

}  // namespace

std::map<std::string, TfjsOperator> tfjs_arithmetic() {
  return {{"Abs", absolute},
          {"Add", add},
          {"AddV2", add},
          {"BiasAdd", bias_add},
          {"Max", largest},
          {"Maximum", maximum},
          {"Mean", mean},
          {"Minimum", minimum},
          {"Mul", multiply},
          {"Prelu", prelu},
          {"Relu", relu},
          {"Relu6", relu6},
          {"Rsqrt", reciprocal_root},
          {"Sigmoid", sigmoid},
          {"Softmax", softmax_of_last},
          {"Square", square},
          {"Sub", subtract},
          {"Sum", sum}};
}

}  // namespace kyc
