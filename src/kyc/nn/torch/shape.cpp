// What moves numbers without changing them: reshape, join, cut, pad; and what makes them. By index:
// indexing.cpp.

#include <algorithm>
#include <numeric>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

constexpr std::int64_t kToEnd = INT64_MAX;

std::int64_t product(const std::vector<std::int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

Kernel identity(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {in[0]}; };
}

Kernel reshape(const NodeView& node) {
  node.expect_inputs(2, 2);
  const bool zero_is_zero = node.integer("allowzero", 0) != 0;
  return [zero_is_zero](const Operands& in) -> Results {
    std::vector<std::int64_t> shape = integers_of(in[1]);
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (shape[i] == 0 && !zero_is_zero) {
        if (static_cast<std::int64_t>(i) >= in[0].dim()) fail("a 0 in the shape where the input has no axis");
        shape[i] = in[0].size(static_cast<std::int64_t>(i));
      }
    // -1 of an empty tensor is ambiguous for LibTorch.
    const auto free = std::find(shape.begin(), shape.end(), -1);
    if (free != shape.end() && in[0].numel() == 0) {
      *free = 1;
      if (product(shape) != 0) *free = 0;
    }
    return {in[0].reshape(shape)};
  };
}

Kernel transpose(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::vector<std::int64_t> order = node.integers("perm");
  return [order](const Operands& in) -> Results {
    if (!order.empty()) return {in[0].permute(order)};
    std::vector<std::int64_t> reversed(static_cast<std::size_t>(in[0].dim()));
    for (std::size_t i = 0; i < reversed.size(); ++i)
      reversed[i] = static_cast<std::int64_t>(reversed.size() - 1 - i);
    return {in[0].permute(reversed)};
  };
}

Kernel flatten(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t axis = node.integer("axis", 1);
  return [axis](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const std::int64_t begin = axis == x.dim() ? axis : axis_of(axis, x.dim());
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    for (std::int64_t i = 0; i < x.dim(); ++i) (i < begin ? rows : columns) *= x.size(i);
    return {x.reshape({rows, columns})};
  };
}

// Axes are an attribute in old files, an operand in new ones.
std::vector<std::int64_t> axes_from(const Operands& in, const std::vector<std::int64_t>& attribute) {
  return in.has(1) ? integers_of(in[1]) : attribute;
}

Kernel squeeze(const NodeView& node) {
  node.expect_inputs(1, 2);
  const std::vector<std::int64_t> attribute = node.integers("axes");
  return [attribute](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const std::vector<std::int64_t> axes = axes_of(axes_from(in, attribute), x.dim());
    std::vector<std::int64_t> shape;
    for (std::int64_t i = 0; i < x.dim(); ++i) {
      const bool named = std::find(axes.begin(), axes.end(), i) != axes.end();
      if (named && x.size(i) != 1) fail("axis " + std::to_string(i) + " is not of size 1");
      if (!named && (!axes.empty() || x.size(i) != 1)) shape.push_back(x.size(i));
    }
    return {x.reshape(shape)};
  };
}

Kernel unsqueeze(const NodeView& node) {
  node.expect_inputs(1, 2);
  const std::vector<std::int64_t> attribute = node.integers("axes");
  return [attribute](const Operands& in) -> Results {
    std::vector<std::int64_t> axes = axes_from(in, attribute);
    axes = axes_of(axes, in[0].dim() + static_cast<std::int64_t>(axes.size()));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) fail("an axis comes twice");
    std::vector<std::int64_t> shape = in[0].sizes().vec();
    for (const std::int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
    return {in[0].reshape(shape)};
  };
}

Kernel concat(const NodeView& node) {
  node.expect_inputs(1, 1U << 20);
  const std::int64_t axis = node.integer("axis", 1);
  return [axis](const Operands& in) -> Results { return {at::cat(in.all(), axis_of(axis, in[0].dim()))}; };
}

Kernel split(const NodeView& node) {
  node.expect_inputs(1, 2);
  const std::int64_t axis = node.integer("axis", 0);
  const std::vector<std::int64_t> attribute = node.integers("split");
  const auto parts = static_cast<std::int64_t>(node.outputs());
  if (parts < 1) node.corrupt("no output");
  return [=](const Operands& in) -> Results {
    const std::int64_t at_axis = axis_of(axis, in[0].dim());
    std::vector<std::int64_t> sizes = axes_from(in, attribute);
    if (sizes.empty()) {  // equal parts, the last may be smaller
      const std::int64_t size = in[0].size(at_axis);
      const std::int64_t part = (size + parts - 1) / parts;
      for (std::int64_t i = 0; i < parts; ++i)
        sizes.push_back(std::clamp<std::int64_t>(size - i * part, 0, part));
    }
    if (static_cast<std::int64_t>(sizes.size()) != parts) fail("as many parts as outputs are expected");
    return at::split_with_sizes(in[0], sizes, at_axis);
  };
}

// One axis from begin towards end, as ONNX and NumPy cut.
at::Tensor cut(
    const at::Tensor& x, std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step) {
  const std::int64_t size = x.size(axis);
  if (step == 0) fail("a step of 0");
  if (begin < 0) begin = begin < -size ? -1 : begin + size;
  if (end < 0) end = end < -size ? -1 : end + size;
  if (step > 0) {
    begin = std::clamp<std::int64_t>(begin, 0, size);
    end = std::clamp<std::int64_t>(end, begin, size);
    return x.slice(axis, begin, end, std::min(step, std::max<std::int64_t>(size, 1)));
  }
  begin = std::clamp<std::int64_t>(begin, -1, size - 1);
  end = std::clamp<std::int64_t>(end, -1, begin);
  // [begin, begin + step, ...] downwards: forwards over the flipped axis.
  const std::int64_t stride = std::min(step < -size ? size : -step, std::max<std::int64_t>(size, 1));
  return at::flip(x, axis).slice(axis, size - 1 - begin, size - 1 - end, std::max<std::int64_t>(stride, 1));
}

Kernel slice(const NodeView& node) {
  node.expect_inputs(1, 5);
  const std::vector<std::int64_t> begins = node.integers("starts");
  const std::vector<std::int64_t> ends = node.integers("ends");
  const std::vector<std::int64_t> attribute_axes = node.integers("axes");
  return [=](const Operands& in) -> Results {
    at::Tensor x = in[0];
    const std::vector<std::int64_t> from = in.has(1) ? integers_of(in[1]) : begins;
    const std::vector<std::int64_t> to = in.has(2) ? integers_of(in[2]) : ends;
    std::vector<std::int64_t> axes = in.has(3) ? integers_of(in[3]) : attribute_axes;
    std::vector<std::int64_t> steps = in.has(4) ? integers_of(in[4]) : std::vector<std::int64_t>();
    if (axes.empty())
      for (std::size_t i = 0; i < from.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    steps.resize(steps.empty() ? from.size() : steps.size(), 1);
    if (from.size() != to.size() || from.size() != axes.size() || from.size() != steps.size())
      fail("starts, ends, axes and steps differ in number");
    for (std::size_t i = 0; i < axes.size(); ++i)
      x = cut(x, axis_of(axes[i], x.dim()), from[i], to[i], steps[i]);
    return {x};
  };
}

Kernel expand(const NodeView& node) {
  node.expect_inputs(2, 2);
  return [](const Operands& in) -> Results {
    std::vector<std::int64_t> shape = integers_of(in[1]);
    // Broadcasting goes both ways: a 1 in the shape keeps what the input has.
    const std::vector<std::int64_t> own = in[0].sizes().vec();
    if (shape.size() < own.size()) shape.insert(shape.begin(), own.size() - shape.size(), 1);
    for (std::size_t i = 0; i < own.size(); ++i) {
      std::int64_t& wanted = shape[shape.size() - own.size() + i];
      if (wanted == 1) wanted = own[i];
    }
    check_size(shape);
    return {in[0].expand(shape)};
  };
}

Kernel tile(const NodeView& node) {
  node.expect_inputs(2, 3);
  return [](const Operands& in) -> Results {
    std::vector<std::int64_t> repeats;
    if (in.size() == 3) {  // opset 1 to 5: how often, along which axis
      repeats.assign(static_cast<std::size_t>(in[0].dim()), 1);
      repeats[static_cast<std::size_t>(axis_of(integers_of(in[2]).at(0), in[0].dim()))] =
          integers_of(in[1]).at(0);
    } else {
      repeats = integers_of(in[1]);
    }
    if (static_cast<std::int64_t>(repeats.size()) != in[0].dim())
      fail("as many repeats as axes are expected");
    std::vector<std::int64_t> shape = in[0].sizes().vec();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (repeats[i] < 0 || (repeats[i] > 0 && shape[i] > INT64_MAX / repeats[i]))
        fail("repeats out of range");
      shape[i] *= repeats[i];
    }
    check_size(shape);
    return {in[0].repeat(repeats)};
  };
}

// Fills with what lies inside: "reflect" without the edge, "edge" with the edge, "wrap" from the other side.
at::Tensor padded_by_copies(at::Tensor x, const std::vector<std::int64_t>& pads, const std::string& mode) {
  const auto rank = static_cast<std::size_t>(x.dim());
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t before = pads[i];
    const std::int64_t after = pads[i + rank];
    if (before == 0 && after == 0) continue;
    const auto axis = static_cast<std::int64_t>(i);
    const std::int64_t size = x.size(axis);
    if (size == 0) fail("nothing to fill up with");
    std::vector<std::int64_t> places;
    for (std::int64_t k = -before; k < size + after; ++k) {
      if (mode == "edge") {
        places.push_back(std::clamp<std::int64_t>(k, 0, size - 1));
      } else if (mode == "wrap") {
        places.push_back(((k % size) + size) % size);
      } else {
        const std::int64_t period = std::max<std::int64_t>(1, 2 * (size - 1));
        const std::int64_t phase = ((k % period) + period) % period;
        places.push_back(phase < size ? phase : period - phase);
      }
    }
    x = at::index_select(x, axis, at::tensor(places, at::kLong).to(x.device()));
  }
  return x;
}

at::Tensor padded(const at::Tensor& x,
                  const std::vector<std::int64_t>& pads,
                  const std::string& mode,
                  const at::Scalar& value) {
  const auto rank = static_cast<std::size_t>(x.dim());
  if (pads.size() != 2 * rank)
    fail("pads: expected " + std::to_string(2 * rank) + " numbers, got " + std::to_string(pads.size()));
  std::vector<std::int64_t> shape = x.sizes().vec();
  std::vector<std::int64_t> cuts = pads;
  std::vector<std::int64_t> grows = pads;
  at::Tensor out = x;
  for (std::size_t i = 0; i < rank; ++i) {
    if (std::max(std::abs(pads[i]), std::abs(pads[i + rank])) > (std::int64_t{1} << 31))
      fail("pads out of range");
    shape[i] += pads[i] + pads[i + rank];
    // Negative ones take away.
    const std::int64_t begin = std::max<std::int64_t>(0, -pads[i]);
    const std::int64_t end =
        x.size(static_cast<std::int64_t>(i)) - std::max<std::int64_t>(0, -pads[i + rank]);
    if (begin > end || shape[i] < 0) fail("pads that take more than there is");
    out = out.slice(static_cast<std::int64_t>(i), begin, end);
    grows[i] = std::max<std::int64_t>(0, pads[i]);
    grows[i + rank] = std::max<std::int64_t>(0, pads[i + rank]);
  }
  check_size(shape);
  if (mode != "constant") return padded_by_copies(out, grows, mode);
  std::vector<std::int64_t> amounts;
  for (std::size_t i = rank; i-- > 0;) {
    amounts.push_back(grows[i]);
    amounts.push_back(grows[i + rank]);
  }
  return at::constant_pad_nd(out, amounts, value);
}

Kernel pad(const NodeView& node) {
  node.expect_inputs(1, 4);
  const std::string mode = node.text("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap")
    node.refuse("mode '" + mode + "'");
  const std::vector<std::int64_t> attribute = node.integers("pads");
  const double attribute_value = node.number("value", 0);
  return [=](const Operands& in) -> Results {
    const std::int64_t rank = in[0].dim();
    std::vector<std::int64_t> pads = in.has(1) ? integers_of(in[1]) : attribute;
    if (in.has(3)) {
      const std::vector<std::int64_t> axes = axes_of(integers_of(in[3]), rank);
      if (pads.size() != 2 * axes.size()) fail("pads: expected two numbers per axis");
      std::vector<std::int64_t> all(2 * static_cast<std::size_t>(rank), 0);
      for (std::size_t i = 0; i < axes.size(); ++i) {
        all[static_cast<std::size_t>(axes[i])] = pads[i];
        all[static_cast<std::size_t>(axes[i] + rank)] = pads[i + axes.size()];
      }
      pads = all;
    }
    const at::Scalar value = in.has(2) ? in[2].item() : at::Scalar(attribute_value);
    return {padded(in[0], pads, mode, value)};
  };
}

Kernel shape(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t start = node.integer("start", 0);
  const std::int64_t end = node.integer("end", kToEnd);
  return [start, end](const Operands& in) -> Results {
    return {cut(at::tensor(in[0].sizes().vec(), at::kLong), 0, start, end, 1)};
  };
}

Kernel size(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {at::scalar_tensor(in[0].numel(), at::kLong)}; };
}

// The one value of an attribute, as a tensor of its type; without the attribute a float 0.
at::Tensor single_value(const NodeView& node) {
  const TypedTensor* value = node.tensor("value");
  if (value == nullptr) return at::zeros({}, node.float_type());
  if (value->bytes.size() != size_of(value->type)) node.corrupt("'value' of other than one number");
  const at::ScalarType stored = storage_type(value->type, at::kFloat);
  std::vector<std::uint8_t> bytes = value->bytes;
  bytes.resize(8, 0);  // unsigned types are kept in larger signed ones
  at::Tensor out = at::empty({}, stored);
  std::memcpy(out.data_ptr(), bytes.data(), out.element_size());
  return stored == at::kFloat ? out.to(node.float_type()) : out;
}

Kernel constant_of_shape(const NodeView& node) {
  node.expect_inputs(1, 1);
  const at::Tensor value = single_value(node);
  return [value](const Operands& in) -> Results {
    const std::vector<std::int64_t> sizes = integers_of(in[0]);
    check_size(sizes);
    return {value.expand(sizes).contiguous()};
  };
}

Kernel range(const NodeView& node) {
  node.expect_inputs(3, 3);
  return [](const Operands& in) -> Results {
    const at::ScalarType type = in[0].scalar_type();
    if (!at::isIntegralType(type, false)) {
      const double start = in[0].item<double>();
      const double delta = in[2].item<double>();
      const double steps = std::ceil((in[1].item<double>() - start) / delta);
      if (!(steps <= 2e9)) fail("a step that leads nowhere");
      const at::Tensor places = at::arange(std::max(0.0, steps), in[0].options());
      return {at::add(at::mul(places, delta), start)};
    }
    const auto start = in[0].item<std::int64_t>();
    const auto limit = in[1].item<std::int64_t>();
    const auto delta = in[2].item<std::int64_t>();
    if (delta == 0) fail("a step of 0");
    const double steps =
        (static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta);
    if (steps > 2e9) fail("a range of more than 2^31 numbers");
    if (steps <= 0) return {at::empty({0}, in[0].options())};
    return {at::arange(start, limit, delta, in[0].options())};
  };
}

// [n, channels, h, w] with blocks of b x b channels into [n, channels / b^2, h b, w b].
Kernel depth_to_space(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t b = node.integer("blocksize", 0);
  const std::string mode = node.text("mode", "DCR");
  if (b < 1 || b > 4096) node.corrupt("blocksize " + std::to_string(b));
  if (mode != "DCR" && mode != "CRD") node.refuse("mode '" + mode + "'");
  return [b, mode](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    if (x.dim() != 4 || x.size(1) % (b * b) != 0) fail("channels that are no multiple of blocksize^2");
    const std::int64_t n = x.size(0);
    const std::int64_t c = x.size(1) / (b * b);
    const std::int64_t h = x.size(2);
    const std::int64_t w = x.size(3);
    const at::Tensor blocks = mode == "DCR" ? x.reshape({n, b, b, c, h, w}).permute({0, 3, 4, 1, 5, 2})
                                            : x.reshape({n, c, b, b, h, w}).permute({0, 1, 4, 2, 5, 3});
    return {blocks.reshape({n, c, h * b, w * b})};
  };
}

Kernel space_to_depth(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t b = node.integer("blocksize", 0);
  if (b < 1 || b > 4096) node.corrupt("blocksize " + std::to_string(b));
  return [b](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    if (x.dim() != 4 || x.size(2) % b != 0 || x.size(3) % b != 0)
      fail("sides that are no multiple of blocksize");
    const std::int64_t h = x.size(2) / b;
    const std::int64_t w = x.size(3) / b;
    return {x.reshape({x.size(0), x.size(1), h, b, w, b})
                .permute({0, 3, 5, 1, 2, 4})
                .reshape({x.size(0), x.size(1) * b * b, h, w})};
  };
}

Kernel triangle(const NodeView& node) {
  node.expect_inputs(1, 2);
  const bool upper = node.integer("upper", 1) != 0;
  return [upper](const Operands& in) -> Results {
    const std::int64_t k = in.has(1) ? integers_of(in[1]).at(0) : 0;
    return {upper ? at::triu(in[0], k) : at::tril(in[0], k)};
  };
}

Kernel eye_like(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t k = node.integer("k", 0);
  const bool typed = node.has("dtype");
  const at::ScalarType type = typed ? node.scalar_type(node.integer("dtype", 0)) : at::kFloat;
  return [=](const Operands& in) -> Results {
    if (in[0].dim() != 2) fail("expected a matrix");
    const auto options = in[0].options().dtype(typed ? type : in[0].scalar_type());
    const std::int64_t rows = in[0].size(0);
    const std::int64_t columns = in[0].size(1);
    const at::Tensor places = at::sub(at::arange(columns, options.dtype(at::kLong)).reshape({1, -1}),
                                      at::arange(rows, options.dtype(at::kLong)).reshape({-1, 1}));
    return {at::eq(places, k).to(options.dtype())};
  };
}

Kernel reverse_sequence(const NodeView& node) {
  node.expect_inputs(2, 2);
  const std::int64_t time = node.integer("time_axis", 0);
  const std::int64_t batch = node.integer("batch_axis", 1);
  if (time + batch != 1 || time < 0 || batch < 0) node.corrupt("axes other than 0 and 1");
  return [time, batch](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    if (x.dim() < 2) fail("expected at least two axes");
    std::vector<at::Tensor> rows;
    const std::vector<std::int64_t> lengths = integers_of(in[1]);
    if (static_cast<std::int64_t>(lengths.size()) != x.size(batch))
      fail("as many lengths as sequences are expected");
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const at::Tensor row = x.select(batch, static_cast<std::int64_t>(i));
      if (lengths[i] < 0 || lengths[i] > row.size(0)) fail("a length of " + std::to_string(lengths[i]));
      rows.push_back(at::cat({at::flip(row.slice(0, 0, lengths[i]), 0), row.slice(0, lengths[i])}, 0));
    }
    return {at::stack(rows, batch)};
  };
}

}  // namespace

OperatorTable shape_operators() {
  return {
      {"Concat", {concat}},
      {"ConstantOfShape", {constant_of_shape, 1}},
      {"DepthToSpace", {depth_to_space}},
      {"Expand", {expand, 1U << 1}},
      {"EyeLike", {eye_like}},
      {"Flatten", {flatten}},
      {"Identity", {identity}},
      {"Pad", {pad, 0b1110}},
      {"Range", {range, kAllHost}},
      {"Reshape", {reshape, 1U << 1}},
      {"ReverseSequence", {reverse_sequence, 1U << 1}},
      {"Shape", {shape}},
      {"Size", {size}},
      {"Slice", {slice, 0b11110}},
      {"SpaceToDepth", {space_to_depth}},
      {"Split", {split, 1U << 1}},
      {"Squeeze", {squeeze, 1U << 1}},
      {"Tile", {tile, 0b110}},
      {"Transpose", {transpose}},
      {"Trilu", {triangle, 1U << 1}},
      {"Unsqueeze", {unsqueeze, 1U << 1}},
  };
}

}  // namespace kyc
