// What takes numbers from where indices say, or puts them there.

#include <functional>
#include <numeric>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

std::int64_t extent_of(at::IntArrayRef sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

// Negative indices count from the back.
at::Tensor from_front(const at::Tensor& indices, std::int64_t size) {
  const at::Tensor wide = indices.to(at::kLong);
  return at::where(at::lt(wide, 0), at::add(wide, size), wide);
}

Kernel gather(const NodeView& node) {
  node.expect_inputs(2, 2);
  const std::int64_t axis = node.integer("axis", 0);
  return [axis](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const std::int64_t along = axis_of(axis, x.dim());
    const at::Tensor indices = from_front(in[1], x.size(along));
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.erase(shape.begin() + along);
    shape.insert(shape.begin() + along, indices.sizes().begin(), indices.sizes().end());
    check_size(shape);
    return {at::index_select(x, along, indices.reshape({-1})).reshape(shape)};
  };
}

Kernel gather_elements(const NodeView& node) {
  node.expect_inputs(2, 2);
  const std::int64_t axis = node.integer("axis", 0);
  return [axis](const Operands& in) -> Results {
    const std::int64_t along = axis_of(axis, in[0].dim());
    return {at::gather(in[0], along, from_front(in[1], in[0].size(along)))};
  };
}

// Rows of `indices` [..., k] as one index into the first k axes of a tensor, flattened.
at::Tensor flat_index(const at::Tensor& indices, at::IntArrayRef sizes) {
  at::Tensor out;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const at::Tensor column = from_front(indices.select(-1, static_cast<std::int64_t>(i)), sizes[i]);
    if (column.numel() > 0 &&
        (at::lt(column, 0).any().item<bool>() || at::ge(column, sizes[i]).any().item<bool>()))
      fail("an index outside of axis " + std::to_string(i));
    out = out.defined() ? at::add(at::mul(out, sizes[i]), column) : column;
  }
  return out;
}

Kernel gather_nd(const NodeView& node) {
  node.expect_inputs(2, 2);
  const std::int64_t batch = node.integer("batch_dims", 0);
  if (batch < 0) node.corrupt("batch_dims " + std::to_string(batch));
  return [batch](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const at::Tensor& indices = in[1];
    if (batch >= x.dim() || batch >= indices.dim()) fail("more batch_dims than axes");
    const std::int64_t depth = indices.size(-1);
    if (depth < 1 || batch + depth > x.dim()) fail("indices of " + std::to_string(depth) + " numbers");
    // Batch axes become one, those that are indexed another.
    std::int64_t rows = 1;
    for (std::int64_t i = 0; i < batch; ++i) rows *= x.size(i);
    const auto indexed = x.sizes().slice(static_cast<std::size_t>(batch), static_cast<std::size_t>(depth));
    const auto rest = x.sizes().slice(static_cast<std::size_t>(batch + depth));
    std::vector<std::int64_t> shape = indices.sizes().vec();
    shape.pop_back();
    shape.insert(shape.end(), rest.begin(), rest.end());
    check_size(shape);
    const at::Tensor places = flat_index(indices, indexed).reshape({rows, -1});
    const std::int64_t extent = extent_of(indexed);
    const at::Tensor of_rows = at::mul(at::arange(rows, places.options()).reshape({-1, 1}), extent);
    const at::Tensor flat = x.reshape({rows * extent, -1});
    return {at::index_select(flat, 0, at::add(places, of_rows).reshape({-1})).reshape(shape)};
  };
}

enum class ScatterReduction { None, Add, Multiply, Largest, Smallest };

ScatterReduction reduction_of(const NodeView& node) {
  const std::string text = node.text("reduction", "none");
  if (text == "none") return ScatterReduction::None;
  if (text == "add") return ScatterReduction::Add;
  if (text == "mul") return ScatterReduction::Multiply;
  if (text == "max") return ScatterReduction::Largest;
  if (text == "min") return ScatterReduction::Smallest;
  node.refuse("reduction '" + text + "'");
}

at::Tensor scattered(const at::Tensor& x,
                     std::int64_t axis,
                     const at::Tensor& indices,
                     const at::Tensor& updates,
                     ScatterReduction reduction) {
  switch (reduction) {
    case ScatterReduction::Add:
      return at::scatter_add(x, axis, indices, updates);
    case ScatterReduction::Multiply:
      return at::scatter_reduce(x, axis, indices, updates, "prod", true);
    case ScatterReduction::Largest:
      return at::scatter_reduce(x, axis, indices, updates, "amax", true);
    case ScatterReduction::Smallest:
      return at::scatter_reduce(x, axis, indices, updates, "amin", true);
    case ScatterReduction::None:
      break;
  }
  return at::scatter(x, axis, indices, updates);
}

Kernel scatter_elements(const NodeView& node) {
  node.expect_inputs(3, 3);
  const std::int64_t axis = node.integer("axis", 0);
  const ScatterReduction reduction = reduction_of(node);
  return [axis, reduction](const Operands& in) -> Results {
    const std::int64_t along = axis_of(axis, in[0].dim());
    return {scattered(in[0], along, from_front(in[1], in[0].size(along)), in[2], reduction)};
  };
}

Kernel scatter_nd(const NodeView& node) {
  node.expect_inputs(3, 3);
  const ScatterReduction reduction = reduction_of(node);
  return [reduction](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const std::int64_t depth = in[1].dim() > 0 ? in[1].size(-1) : 0;
    if (depth < 1 || depth > x.dim()) fail("indices of " + std::to_string(depth) + " numbers");
    const auto indexed = x.sizes().slice(0, static_cast<std::size_t>(depth));
    const at::Tensor places = flat_index(in[1], indexed).reshape({-1, 1});
    const at::Tensor flat = x.reshape({extent_of(indexed), -1});
    const at::Tensor updates = in[2].reshape({places.size(0), flat.size(1)});
    return {scattered(flat, 0, places.expand_as(updates), updates, reduction).reshape(x.sizes())};
  };
}

Kernel one_hot(const NodeView& node) {
  node.expect_inputs(3, 3);
  const std::int64_t axis = node.integer("axis", -1);
  return [axis](const Operands& in) -> Results {
    const std::int64_t depth = in[1].reshape({-1})[0].item<std::int64_t>();
    const std::int64_t place = axis_of(axis, in[0].dim() + 1);
    if (depth < 1) fail("a depth of " + std::to_string(depth));
    std::vector<std::int64_t> sizes = in[0].sizes().vec();
    sizes.insert(sizes.begin() + place, depth);
    check_size(sizes);
    // Classes outside of [-depth, depth) are off everywhere.
    const at::Tensor classes = from_front(in[0], depth).unsqueeze(place);
    std::vector<std::int64_t> line(sizes.size(), 1);
    line[static_cast<std::size_t>(place)] = depth;
    const at::Tensor numbers = at::arange(depth, classes.options()).reshape(line);
    return {at::where(at::eq(classes, numbers), in[2].select(0, 1), in[2].select(0, 0))};
  };
}

Kernel compress(const NodeView& node) {
  node.expect_inputs(2, 2);
  const bool flat = !node.has("axis");
  const std::int64_t axis = node.integer("axis", 0);
  return [flat, axis](const Operands& in) -> Results {
    const at::Tensor x = flat ? in[0].reshape({-1}) : in[0];
    const at::Tensor places = at::nonzero(in[1].reshape({-1})).reshape({-1});
    return {at::index_select(x, axis_of(axis, x.dim()), places)};
  };
}

Kernel non_zero(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {at::nonzero(in[0]).t()}; };
}

}  // namespace

OperatorTable indexing_operators() {
  return {
      {"Compress", {compress}},
      {"Gather", {gather}},
      {"GatherElements", {gather_elements}},
      {"GatherND", {gather_nd}},
      {"NonZero", {non_zero}},
      {"OneHot", {one_hot, 1U << 1}},
      {"Scatter", {scatter_elements}},
      {"ScatterElements", {scatter_elements}},
      {"ScatterND", {scatter_nd}},
  };
}

}  // namespace kyc
