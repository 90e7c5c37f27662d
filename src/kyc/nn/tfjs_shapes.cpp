// Operators of TensorFlow.js that move numbers about.

#include <algorithm>

#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"
#include "kyc/nn/tfjs_graph.h"

namespace kyc {
namespace {

// Elements of one row (of all but the free first dimension); nothing if another one is free.
std::optional<std::int64_t> elements(const std::vector<std::int64_t>& shape, std::size_t from) {
  std::int64_t out = 1;
  for (std::size_t i = from; i < shape.size(); ++i) {
    if (shape[i] < 0) return std::nullopt;
    out *= shape[i];
  }
  return out;
}

// With only one row or one channel, both layouts have the same order of numbers.
bool order_is_the_same(const TfjsValue& value) {
  return !value.channels_first || value.shape[3] == 1 || (value.shape[1] == 1 && value.shape[2] == 1);
}

TfjsValue reshape(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 2);
  const TfjsValue& value = to.input(node, 0);
  std::vector<std::int64_t> target = to.numbers(node, 1);
  if (target.size() > 8) to.fail(node, "a shape of rank " + std::to_string(target.size()));
  for (const std::int64_t dimension : target)
    if (dimension < -1 || dimension > 1'000'000) to.fail(node, "shape out of bounds: " + shape_text(target));
  TfjsValue out{to.name_of(node), target, false, nullptr};
  const auto free = std::count(target.begin(), target.end(), -1);
  if (free > 1) to.fail(node, "more than one free dimension: " + shape_text(target));
  const auto have = elements(value.shape, 0);
  if (have) {
    std::int64_t rest = 1;
    for (const std::int64_t dimension : target) rest *= dimension < 0 ? 1 : dimension;
    if (free == 0 ? rest != *have : rest == 0 || *have % rest != 0)
      to.fail(node, shape_text(value.shape) + " cannot become " + shape_text(target));
    for (std::int64_t& dimension : out.shape)
      if (dimension < 0) dimension = *have / rest;
  }
  const std::string from =
      order_is_the_same(value) ? to.tensor(value, value.channels_first) : to.tensor(value, false);
  to.onnx().node("Reshape", {from, to.onnx().constant(out.tensor + "_shape", target)}, out.tensor);
  return out;
}

TfjsValue squeeze(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 1);
  const TfjsValue& value = to.input(node, 0);
  std::vector<std::int64_t> dims = to.list(node, "squeeze_dims");
  if (dims.empty()) dims = to.list(node, "axis");
  std::vector<bool> gone(value.rank(), false);
  for (const std::int64_t dim : dims) gone[to.axis(node, dim, value.rank())] = true;
  if (dims.empty())
    for (std::size_t i = 0; i < value.rank(); ++i) gone[i] = value.shape[i] == 1;
  TfjsValue out{to.name_of(node), {}, false, nullptr};
  std::vector<std::int64_t> axes;
  const bool picture = value.channels_first && gone[1] && gone[2];  // what is left lies in the same order
  for (std::size_t i = 0; i < value.rank(); ++i) {
    if (!gone[i])
      out.shape.push_back(value.shape[i]);
    else if (value.shape[i] == 1)
      axes.push_back(picture ? channels_first_axis(i) : static_cast<std::int64_t>(i));
    else
      to.fail(node, "dimension " + std::to_string(i) + " of " + shape_text(value.shape) + " is not 1");
  }
  std::sort(axes.begin(), axes.end());
  to.onnx().node(
      "Squeeze", {to.tensor(value, picture), to.onnx().constant(out.tensor + "_axes", axes)}, out.tensor);
  return out;
}

TfjsValue pad(TfjsConversion& to, const TfjsNode& node) {
  to.expect_inputs(node, 2);
  const TfjsValue& value = to.input(node, 0);
  const std::vector<std::int64_t>& given = to.numbers(node, 1);
  const std::size_t rank = value.rank();
  if (given.size() != 2 * rank)
    to.fail(node, "expected 2 paddings for each of " + std::to_string(rank) + " dimensions");
  TfjsValue out{to.name_of(node), value.shape, value.channels_first, nullptr};
  std::vector<std::int64_t> pads(2 * rank, 0);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t before = given[2 * i];
    const std::int64_t after = given[2 * i + 1];
    if (before < 0 || after < 0 || before > 10'000 || after > 10'000)
      to.fail(node, "a padding is out of bounds");
    if (out.shape[i] >= 0) out.shape[i] += before + after;
    const auto at = static_cast<std::size_t>(value.channels_first ? channels_first_axis(i)
                                                                  : static_cast<std::int64_t>(i));
    pads[at] = before;
    pads[rank + at] = after;
  }
  to.onnx().node("Pad",
                 {to.tensor(value, value.channels_first), to.onnx().constant(out.tensor + "_pads", pads)},
                 out.tensor);
  return out;
}

TfjsValue concat(TfjsConversion& to, const TfjsNode& node) {
  if (node.inputs.size() < 2) to.fail(node, "expected at least one tensor and the axis");
  const std::size_t count = node.inputs.size() - 1;
  const std::vector<std::int64_t>& where = to.numbers(node, count);
  if (where.size() != 1) to.fail(node, "expected one axis");
  TfjsValue out{to.name_of(node), to.input(node, 0).shape, false, nullptr};
  const std::size_t axis = to.axis(node, where[0], out.rank());
  for (std::size_t i = 0; i < count; ++i) {
    const TfjsValue& value = to.input(node, i);
    out.channels_first = out.channels_first || value.channels_first;
    if (value.rank() != out.rank())
      to.fail(node, "joins " + shape_text(out.shape) + " and " + shape_text(value.shape));
    if (i == 0) continue;
    for (std::size_t d = 0; d < out.rank(); ++d) {
      std::int64_t& dimension = out.shape[d];
      if (d == axis)
        dimension = dimension < 0 || value.shape[d] < 0 ? -1 : dimension + value.shape[d];
      else if (dimension < 0)
        dimension = value.shape[d];
      else if (value.shape[d] >= 0 && value.shape[d] != dimension)
        to.fail(node, "joins tensors of different sizes, among them " + shape_text(value.shape));
    }
  }
  std::vector<std::string> tensors;
  for (std::size_t i = 0; i < count; ++i) tensors.push_back(to.tensor(to.input(node, i), out.channels_first));
  auto& made = to.onnx().node("Concat", tensors, out.tensor);
  set_attribute(
      made, "axis", out.channels_first ? channels_first_axis(axis) : static_cast<std::int64_t>(axis));
  return out;
}

}  // namespace

std::map<std::string, TfjsOperator> tfjs_shapes() {
  return {{"Reshape", reshape}, {"Squeeze", squeeze}, {"Pad", pad}, {"ConcatV2", concat}};
}

}  // namespace kyc
