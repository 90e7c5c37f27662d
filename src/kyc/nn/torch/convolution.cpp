// Convolutions and pools, of one to three spatial axes.

#include <algorithm>
#include <limits>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

constexpr std::int64_t kMaxExtent = 1 << 20;  // of kernels, strides, dilations and padding in a file

// How a window moves over a picture.
struct Window {
  std::string auto_pad;
  std::vector<std::int64_t> kernel;  // empty: that of the weights
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> pads;  // all begins, then all ends
  bool ceil = false;
};

void check_extent(const NodeView& node,
                  const char* name,
                  const std::vector<std::int64_t>& values,
                  std::int64_t least) {
  for (const std::int64_t value : values)
    if (value < least || value > kMaxExtent) node.refuse(std::string(name) + " of " + std::to_string(value));
}

Window read_window(const NodeView& node) {
  Window out;
  out.auto_pad = node.text("auto_pad", "NOTSET");
  if (out.auto_pad != "NOTSET" && out.auto_pad != "VALID" && out.auto_pad != "SAME_UPPER" &&
      out.auto_pad != "SAME_LOWER")
    node.refuse("auto_pad '" + out.auto_pad + "'");
  out.kernel = node.integers("kernel_shape");
  out.strides = node.integers("strides");
  out.dilations = node.integers("dilations");
  out.pads = node.integers("pads");
  out.ceil = node.integer("ceil_mode", 0) != 0;
  check_extent(node, "kernel_shape", out.kernel, 1);
  check_extent(node, "strides", out.strides, 1);
  check_extent(node, "dilations", out.dilations, 1);
  check_extent(node, "pads", out.pads, 0);
  return out;
}

// A window that fits a picture: all lists as long as it has spatial axes.
struct Placed {
  std::vector<std::int64_t> kernel, strides, dilations, begins, ends;
  bool symmetric() const { return begins == ends; }
};

void fill_up(std::vector<std::int64_t>& list, std::size_t size, std::int64_t value, const char* name) {
  if (list.empty()) list.assign(size, value);
  if (list.size() != size)
    fail(std::string(name) + ": expected " + std::to_string(size) + " numbers, got " +
         std::to_string(list.size()));
}

Placed placed(const Window& window, const at::Tensor& x, at::IntArrayRef weight_shape) {
  if (x.dim() < 3 || x.dim() > 5)
    fail("expected [n, channels, 1 to 3 axes], got " + std::to_string(x.dim()) + " axes");
  const auto axes = static_cast<std::size_t>(x.dim() - 2);
  Placed out{window.kernel, window.strides, window.dilations, {}, {}};
  if (!weight_shape.empty()) {
    if (weight_shape.size() != axes + 2) fail("input and weights differ in their number of axes");
    if (out.kernel.empty()) out.kernel.assign(weight_shape.begin() + 2, weight_shape.end());
  }
  fill_up(out.kernel, axes, 1, "kernel_shape");
  fill_up(out.strides, axes, 1, "strides");
  fill_up(out.dilations, axes, 1, "dilations");
  std::vector<std::int64_t> pads = window.pads;
  fill_up(pads, 2 * axes, 0, "pads");
  out.begins.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(axes));
  out.ends.assign(pads.begin() + static_cast<std::ptrdiff_t>(axes), pads.end());
  if (window.auto_pad == "VALID") {
    out.begins.assign(axes, 0);
    out.ends.assign(axes, 0);
  }
  if (window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER")
    for (std::size_t i = 0; i < axes; ++i) {
      const std::int64_t size = x.size(static_cast<std::int64_t>(i) + 2);
      const std::int64_t steps = (size + out.strides[i] - 1) / out.strides[i];
      const std::int64_t reach = (out.kernel[i] - 1) * out.dilations[i] + 1;
      const std::int64_t total = std::max<std::int64_t>(0, (steps - 1) * out.strides[i] + reach - size);
      out.begins[i] = window.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      out.ends[i] = total - out.begins[i];
    }
  return out;
}

at::Tensor padded_windows(const at::Tensor& x,
                          const std::vector<std::int64_t>& begins,
                          const std::vector<std::int64_t>& ends,
                          double value) {
  std::vector<std::int64_t> amounts;  // the last axis first
  std::vector<std::int64_t> shape = x.sizes().vec();
  for (std::size_t i = begins.size(); i-- > 0;) {
    amounts.push_back(begins[i]);
    amounts.push_back(ends[i]);
    shape[i + 2] += begins[i] + ends[i];
  }
  if (std::all_of(amounts.begin(), amounts.end(), [](std::int64_t amount) { return amount == 0; })) return x;
  check_size(shape);
  return at::constant_pad_nd(x, amounts, value);
}

Kernel conv(const NodeView& node) {
  node.expect_inputs(2, 3);
  const Window window = read_window(node);
  const std::int64_t groups = node.integer("group", 1);
  if (groups < 1) node.corrupt("group " + std::to_string(groups));
  return [window, groups](const Operands& in) -> Results {
    const Placed at_place = placed(window, in[0], in[1].sizes());
    const at::Tensor bias = in.has(2) ? in[2] : at::Tensor();
    const bool symmetric = at_place.symmetric();
    const at::Tensor x = symmetric ? in[0] : padded_windows(in[0], at_place.begins, at_place.ends, 0);
    const std::vector<std::int64_t> none(at_place.begins.size(), 0);
    return {at::convolution(x,
                            in[1],
                            bias,
                            at_place.strides,
                            symmetric ? at_place.begins : none,
                            at_place.dilations,
                            false,
                            none,
                            groups)};
  };
}

Kernel conv_transpose(const NodeView& node) {
  node.expect_inputs(2, 3);
  const Window window = read_window(node);
  const std::int64_t groups = node.integer("group", 1);
  const std::vector<std::int64_t> extra = node.integers("output_padding");
  const std::vector<std::int64_t> wanted = node.integers("output_shape");
  if (groups < 1) node.corrupt("group " + std::to_string(groups));
  check_extent(node, "output_padding", extra, 0);
  check_extent(node, "output_shape", wanted, 1);
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    Window without = window;
    without.auto_pad = "NOTSET";
    Placed place = placed(without, x, in[1].sizes());
    const std::size_t axes = place.kernel.size();
    std::vector<std::int64_t> added = extra;
    fill_up(added, axes, 0, "output_padding");
    std::vector<std::int64_t> shape = wanted;
    if (shape.size() == axes + 2) shape.erase(shape.begin(), shape.begin() + 2);
    const bool same = window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER";
    if (window.auto_pad == "VALID") {
      place.begins.assign(axes, 0);
      place.ends.assign(axes, 0);
    }
    std::vector<std::int64_t> whole(axes);  // without any padding
    for (std::size_t i = 0; i < axes; ++i) {
      const std::int64_t size = x.size(static_cast<std::int64_t>(i) + 2);
      whole[i] = (size - 1) * place.strides[i] + (place.kernel[i] - 1) * place.dilations[i] + 1 + added[i];
      if (shape.empty() && !same) continue;
      if (shape.size() != axes && !shape.empty()) fail("output_shape: as many numbers as spatial axes");
      const std::int64_t target = shape.empty() ? size * place.strides[i] : shape[i];
      const std::int64_t total = std::max<std::int64_t>(0, whole[i] - target);
      place.begins[i] = window.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      place.ends[i] = total - place.begins[i];
      if (target > whole[i]) added[i] += target - whole[i];
      whole[i] = std::max(whole[i], target);
    }
    std::vector<std::int64_t> full = x.sizes().vec();
    std::copy(whole.begin(), whole.end(), full.begin() + 2);
    full[1] = in[1].size(1) * groups;
    check_size(full);
    const at::Tensor bias = in.has(2) ? in[2] : at::Tensor();
    const bool fits = [&] {  // what LibTorch takes
      for (std::size_t i = 0; i < axes; ++i)
        if (added[i] >= std::max(place.strides[i], place.dilations[i])) return false;
      return true;
    }();
    const std::vector<std::int64_t> none(axes, 0);
    if (place.symmetric() && fits)
      return {
          at::convolution(x, in[1], bias, place.strides, place.begins, place.dilations, true, added, groups)};
    at::Tensor out =
        at::convolution(x, in[1], bias, place.strides, none, place.dilations, true, none, groups);
    for (std::size_t i = 0; i < axes; ++i) {
      const auto axis = static_cast<std::int64_t>(i) + 2;
      const std::int64_t size = whole[i] - place.begins[i] - place.ends[i];
      if (size < 1) fail("nothing is left of the output");
      if (whole[i] > out.size(axis)) {  // nothing but the bias reaches there
        std::vector<std::int64_t> missing = out.sizes().vec();
        missing[i + 2] = whole[i] - out.size(axis);
        at::Tensor rest = at::zeros(missing, out.options());
        if (bias.defined()) rest = at::add(rest, per_channel(bias, out.dim()));
        out = at::cat({out, rest}, axis);
      }
      out = out.narrow(axis, place.begins[i], size);
    }
    return {out};
  };
}

// How many steps a pool's window makes, and how much further than the padding it reaches.
struct Steps {
  std::vector<std::int64_t> beyond;  // of the end of the padded picture, with ceil_mode
  bool any = false;
};

Steps steps_of(const Placed& place, const at::Tensor& x, bool ceil) {
  Steps out;
  for (std::size_t i = 0; i < place.kernel.size(); ++i) {
    const std::int64_t size = x.size(static_cast<std::int64_t>(i) + 2);
    const std::int64_t reach = (place.kernel[i] - 1) * place.dilations[i] + 1;
    const std::int64_t room = size + place.begins[i] + place.ends[i] - reach;
    if (room < 0 && !ceil) fail("the window is larger than the picture");
    std::int64_t count = room / place.strides[i];
    if (ceil && room > 0 && room % place.strides[i] != 0 &&
        (count + 1) * place.strides[i] < size + place.begins[i])  // else it would see padding alone
      ++count;
    out.beyond.push_back(std::max<std::int64_t>(0, count * place.strides[i] - room));
    if (out.beyond.back() > 0) out.any = true;
  }
  return out;
}

std::vector<std::int64_t> sum_of(std::vector<std::int64_t> a, const std::vector<std::int64_t>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

at::Tensor max_pool_of(const at::Tensor& x, const Placed& place, const std::vector<std::int64_t>& pads) {
  switch (place.kernel.size()) {
    case 1:
      return at::max_pool1d(x, place.kernel, place.strides, pads, place.dilations, false);
    case 2:
      return at::max_pool2d(x, place.kernel, place.strides, pads, place.dilations, false);
    default:
      return at::max_pool3d(x, place.kernel, place.strides, pads, place.dilations, false);
  }
}

// Where in the flattened input each largest value lies: ONNX counts over all of [n, channels, axes].
at::Tensor flat_indices(const at::Tensor& in_plane, const at::Tensor& x, bool column_major) {
  const std::int64_t height = x.size(2);
  const std::int64_t width = x.size(3);
  at::Tensor within = in_plane;
  if (column_major)
    within = at::add(at::mul(at::remainder(in_plane, width), height), at::div(in_plane, width, "floor"));
  const at::Tensor planes =
      at::arange(x.size(0) * x.size(1), in_plane.options()).reshape({x.size(0), x.size(1), 1, 1});
  return at::add(within, at::mul(planes, height * width));
}

Kernel max_pool(const NodeView& node) {
  node.expect_inputs(1, 1);
  const Window window = read_window(node);
  if (window.kernel.empty()) node.corrupt("no kernel_shape");
  const bool indices = node.has_output(1);
  const bool column_major = node.integer("storage_order", 0) != 0;
  return [=](const Operands& in) -> Results {
    // LibTorch pools whole numbers on no device.
    const at::ScalarType type = in[0].scalar_type();
    const bool whole = at::isIntegralType(type, true);
    const at::Tensor x = whole ? in[0].to(at::kFloat) : in[0];
    const Placed place = placed(window, x, {});
    const Steps steps = steps_of(place, x, window.ceil);
    bool native = place.symmetric() && !steps.any;
    for (std::size_t i = 0; i < place.kernel.size(); ++i) native &= 2 * place.begins[i] <= place.kernel[i];
    if (indices) {
      if (!native || x.dim() != 4) fail("indices of such a pool are not supported");
      auto [values, where] =
          at::max_pool2d_with_indices(x, place.kernel, place.strides, place.begins, place.dilations, false);
      return {values.to(type), flat_indices(where, x, column_major)};
    }
    const std::vector<std::int64_t> none(place.kernel.size(), 0);
    const at::Tensor out = native ? max_pool_of(x, place, place.begins)
                                  : max_pool_of(padded_windows(x,
                                                               place.begins,
                                                               sum_of(place.ends, steps.beyond),
                                                               -std::numeric_limits<double>::infinity()),
                                                place,
                                                none);
    return {whole ? out.to(type) : out};
  };
}

at::Tensor average_pool_of(const at::Tensor& x,
                           const Placed& place,
                           const std::vector<std::int64_t>& pads,
                           bool count_pads) {
  switch (place.kernel.size()) {
    case 1:
      return at::avg_pool1d(x, place.kernel, place.strides, pads, false, count_pads);
    case 2:
      return at::avg_pool2d(x, place.kernel, place.strides, pads, false, count_pads);
    default:
      return at::avg_pool3d(x, place.kernel, place.strides, pads, false, count_pads);
  }
}

Kernel average_pool(const NodeView& node) {
  node.expect_inputs(1, 1);
  const Window window = read_window(node);
  if (window.kernel.empty()) node.corrupt("no kernel_shape");
  for (const std::int64_t dilation : window.dilations)
    if (dilation != 1) node.refuse("dilations");
  const bool count_pads = node.integer("count_include_pad", 0) != 0;
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const Placed place = placed(window, x, {});
    const Steps steps = steps_of(place, x, window.ceil);
    bool native = place.symmetric() && !steps.any;
    for (std::size_t i = 0; i < place.kernel.size(); ++i) native &= 2 * place.begins[i] <= place.kernel[i];
    if (native) return {average_pool_of(x, place, place.begins, count_pads)};
    // Means over whole windows, divided by the share of them that counts.
    const std::vector<std::int64_t> none(place.kernel.size(), 0);
    const std::vector<std::int64_t> ends = sum_of(place.ends, steps.beyond);
    std::vector<std::int64_t> mask_shape = x.sizes().vec();
    mask_shape[0] = mask_shape[1] = 1;
    at::Tensor mask = at::ones(mask_shape, x.options());
    if (count_pads)
      mask = padded_windows(padded_windows(mask, place.begins, place.ends, 1), none, steps.beyond, 0);
    else
      mask = padded_windows(mask, place.begins, ends, 0);
    return {at::div(average_pool_of(padded_windows(x, place.begins, ends, 0), place, none, true),
                    average_pool_of(mask, place, none, true))};
  };
}

Kernel lp_pool(const NodeView& node) {
  node.expect_inputs(1, 1);
  const Window window = read_window(node);
  if (window.kernel.empty()) node.corrupt("no kernel_shape");
  for (const std::int64_t dilation : window.dilations)
    if (dilation != 1) node.refuse("dilations");
  const double p = static_cast<double>(node.integer("p", 2));
  if (p < 1) node.corrupt("p below 1");
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const Placed place = placed(window, x, {});
    const Steps steps = steps_of(place, x, window.ceil);
    const std::vector<std::int64_t> none(place.kernel.size(), 0);
    double size = 1;
    for (const std::int64_t extent : place.kernel) size *= static_cast<double>(extent);
    const at::Tensor powers =
        padded_windows(at::pow(at::abs(x), p), place.begins, sum_of(place.ends, steps.beyond), 0);
    return {at::pow(at::mul(average_pool_of(powers, place, none, true), size), 1 / p)};
  };
}

std::vector<std::int64_t> spatial_axes(const at::Tensor& x) {
  if (x.dim() < 3) fail("expected [n, channels, axes]");
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 2; i < x.dim(); ++i) axes.push_back(i);
  return axes;
}

Kernel global_average_pool(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {at::mean(in[0], spatial_axes(in[0]), true)}; };
}

Kernel global_max_pool(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {at::amax(in[0], spatial_axes(in[0]), true)}; };
}

Kernel global_lp_pool(const NodeView& node) {
  node.expect_inputs(1, 1);
  const double p = static_cast<double>(node.integer("p", 2));
  if (p < 1) node.corrupt("p below 1");
  return [p](const Operands& in) -> Results {
    return {at::pow(at::sum(at::pow(at::abs(in[0]), p), spatial_axes(in[0]), true), 1 / p)};
  };
}

Kernel max_unpool(const NodeView& node) {
  node.expect_inputs(2, 3);
  const Window window = read_window(node);
  if (window.kernel.size() != 2) node.refuse("other than two spatial axes");
  return [window](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const Placed place = placed(window, x, {});
    std::vector<std::int64_t> shape = x.sizes().vec();
    for (std::size_t i = 0; i < 2; ++i)
      shape[i + 2] =
          (shape[i + 2] - 1) * place.strides[i] + place.kernel[i] - place.begins[i] - place.ends[i];
    std::vector<std::int64_t> wanted = in.has(2) ? integers_of(in[2]) : shape;
    if (wanted.size() != shape.size()) fail("output_shape: expected 4 numbers");
    check_size(shape);
    check_size(wanted);
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    // Indices count in the picture that was pooled, of which the wanted one may be a larger version.
    const at::Tensor flat =
        at::zeros({count}, x.options()).scatter(0, in[1].reshape({-1}).to(at::kLong), x.reshape({-1}));
    at::Tensor out = flat.reshape(shape);
    return {padded_windows(out, {0, 0}, {wanted[2] - shape[2], wanted[3] - shape[3]}, 0)};
  };
}

}  // namespace

OperatorTable convolution_operators() {
  return {
      {"AveragePool", {average_pool}},
      {"Conv", {conv}},
      {"ConvTranspose", {conv_transpose}},
      {"GlobalAveragePool", {global_average_pool}},
      {"GlobalLpPool", {global_lp_pool}},
      {"GlobalMaxPool", {global_max_pool}},
      {"LpPool", {lp_pool}},
      {"MaxPool", {max_pool}},
      {"MaxUnpool", {max_unpool, 1U << 2}},
  };
}

}  // namespace kyc
