// Resize, axis by axis: each output is a weighted sum of a few inputs ("taps") along one axis.

#include <algorithm>
#include <cmath>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

struct ResizeModes {
  std::string mode;         // nearest, linear, cubic
  std::string coordinates;  // coordinate_transformation_mode
  std::string rounding;     // nearest_mode
  double cubic = -0.75;
  bool exclude_outside = false;
  double extrapolation = 0;
};

// One axis that changes.
struct Stretch {
  std::int64_t from = 1;
  std::int64_t to = 1;
  double scale = 1;
  double begin = 0;  // of the region of interest, as shares of the axis
  double end = 1;
};

double source_position(const ResizeModes& modes, const Stretch& axis, double x) {
  const auto from = static_cast<double>(axis.from);
  const auto to = static_cast<double>(axis.to);
  const double length = axis.scale * from;  // need not be whole: ONNX's definition has it so
  if (modes.coordinates == "asymmetric") return x / axis.scale;
  if (modes.coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / axis.scale;
  if (modes.coordinates == "pytorch_half_pixel" && to <= 1) return 0;
  if (modes.coordinates == "align_corners") return length == 1 ? 0 : x * (from - 1) / (length - 1);
  if (modes.coordinates == "tf_crop_and_resize")
    return axis.to > 1 ? axis.begin * (from - 1) + x * (axis.end - axis.begin) * (from - 1) / (to - 1)
                       : 0.5 * (axis.begin + axis.end) * (from - 1);
  double shift = 0;
  if (modes.coordinates == "half_pixel_symmetric") shift = from / 2 * (1 - to / length);
  return shift + (x + 0.5) / axis.scale - 0.5;
}

double rounded(const std::string& mode, double x) {
  if (mode == "floor") return std::floor(x);
  if (mode == "ceil") return std::ceil(x);
  if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
  return std::ceil(x - 0.5);  // round_prefer_floor
}

// Keys' cubic convolution at distances 1 + r, r, 1 - r, 2 - r.
std::vector<double> cubic_weights(double r, double a) {
  const auto far = [a](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  const auto near = [a](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  return {far(r + 1), near(r), near(1 - r), far(2 - r)};
}

struct Taps {
  std::vector<std::vector<std::int64_t>> places;  // [tap][output]
  std::vector<std::vector<double>> weights;
  std::vector<bool> outside;  // [output]: gets the extrapolation value
  bool any_outside = false;
};

Taps taps_of(const ResizeModes& modes, const Stretch& axis) {
  const std::size_t count = modes.mode == "nearest" ? 1 : modes.mode == "linear" ? 2 : 4;
  const auto outputs = static_cast<std::size_t>(axis.to);
  Taps out{std::vector(count, std::vector<std::int64_t>(outputs)),
           std::vector(count, std::vector<double>(outputs)),
           std::vector<bool>(outputs),
           false};
  for (std::size_t i = 0; i < outputs; ++i) {
    const double x = source_position(modes, axis, static_cast<double>(i));
    double first = std::floor(x);
    std::vector<double> weights;
    if (count == 1) {
      first = rounded(modes.rounding, x);
      weights = {1};
    } else if (count == 2) {
      weights = {1 - (x - first), x - first};
    } else {
      weights = cubic_weights(x - first, modes.cubic);
      first -= 1;
    }
    const auto last = static_cast<double>(axis.from - 1);
    double total = 0;
    for (std::size_t t = 0; t < count; ++t) {
      const double place = first + static_cast<double>(t);
      if (modes.exclude_outside && count > 1 && (place < 0 || place > last)) weights[t] = 0;
      total += weights[t];
      out.places[t][i] = static_cast<std::int64_t>(std::clamp(place, 0.0, last));
    }
    for (std::size_t t = 0; t < count; ++t)
      out.weights[t][i] = modes.exclude_outside ? weights[t] / total : weights[t];
    out.outside[i] = modes.coordinates == "tf_crop_and_resize" && (x < 0 || x > last);
    out.any_outside = out.any_outside || out.outside[i];
  }
  return out;
}

at::Tensor resized_along(const at::Tensor& x, std::int64_t axis, const Taps& taps, double extrapolation) {
  const auto outputs = static_cast<std::int64_t>(taps.places[0].size());
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape[static_cast<std::size_t>(axis)] = outputs;
  check_size(shape);
  std::vector<std::int64_t> line(shape.size(), 1);
  line[static_cast<std::size_t>(axis)] = outputs;
  at::Tensor out;
  for (std::size_t t = 0; t < taps.places.size(); ++t) {
    at::Tensor part = at::index_select(x, axis, at::tensor(taps.places[t], at::kLong).to(x.device()));
    if (taps.places.size() > 1)
      part = at::mul(part, at::tensor(taps.weights[t], at::kDouble).to(x.options()).reshape(line));
    out = out.defined() ? at::add(out, part) : part;
  }
  if (!taps.any_outside) return out;
  std::vector<std::int64_t> flags(taps.outside.begin(), taps.outside.end());
  const at::Tensor mask = at::tensor(flags, at::kLong).to(x.device()).reshape(line);
  return at::where(at::ne(mask, 0), at::full_like(out, extrapolation), out);
}

at::Tensor resized(at::Tensor x, const ResizeModes& modes, const std::vector<Stretch>& axes) {
  if (x.numel() == 0) fail("nothing to resize");
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i].to != axes[i].from || modes.coordinates == "tf_crop_and_resize")
      x = resized_along(x, static_cast<std::int64_t>(i), taps_of(modes, axes[i]), modes.extrapolation);
  return x;
}

// ONNX cuts the product of float32 numbers off.
std::int64_t scaled_size(std::int64_t from, double scale) {
  const float size = std::floor(static_cast<float>(from) * static_cast<float>(scale));
  if (!(size >= 1) || size > 2147483648.0F) fail("a scale of " + std::to_string(scale));
  return static_cast<std::int64_t>(size);
}

std::vector<Stretch> stretches(const at::Tensor& x,
                               const std::vector<std::int64_t>& axes,
                               const std::vector<double>& scales,
                               const std::vector<std::int64_t>& sizes,
                               const std::vector<double>& region) {
  std::vector<Stretch> out(static_cast<std::size_t>(x.dim()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i].from = out[i].to = x.size(static_cast<std::int64_t>(i));
  if ((sizes.empty() ? scales.size() : sizes.size()) != axes.size())
    fail("expected " + std::to_string(axes.size()) + " scales or sizes");
  if (!region.empty() && region.size() != 2 * axes.size()) fail("roi: expected two numbers per axis");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Stretch& axis = out[static_cast<std::size_t>(axes[i])];
    if (sizes.empty()) {
      axis.scale = scales[i];
      axis.to = scaled_size(axis.from, axis.scale);
    } else {
      if (sizes[i] < 1 || sizes[i] > (std::int64_t{1} << 31)) fail("a size of " + std::to_string(sizes[i]));
      axis.to = sizes[i];
      axis.scale = static_cast<double>(axis.to) / static_cast<double>(axis.from);
    }
    if (!region.empty()) {
      axis.begin = region[i];
      axis.end = region[i + axes.size()];
    }
  }
  return out;
}

ResizeModes read_modes(const NodeView& node) {
  ResizeModes out;
  out.mode = node.text("mode", "nearest");
  if (out.mode == "bilinear") out.mode = "linear";
  const bool old = node.opset() < 11;
  out.coordinates = old ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
  out.rounding = old ? "floor" : node.text("nearest_mode", "round_prefer_floor");
  out.cubic = node.number("cubic_coeff_a", -0.75);
  out.exclude_outside = node.integer("exclude_outside", 0) != 0;
  out.extrapolation = node.number("extrapolation_value", 0);
  const auto one_of = [](const std::string& text, std::initializer_list<const char*> known) {
    return std::any_of(known.begin(), known.end(), [&](const char* word) { return text == word; });
  };
  if (!one_of(out.mode, {"nearest", "linear", "cubic"})) node.refuse("mode '" + out.mode + "'");
  if (!one_of(out.coordinates,
              {"half_pixel",
               "half_pixel_symmetric",
               "pytorch_half_pixel",
               "align_corners",
               "asymmetric",
               "tf_half_pixel_for_nn",
               "tf_crop_and_resize"}))
    node.refuse("coordinate_transformation_mode '" + out.coordinates + "'");
  if (!one_of(out.rounding, {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}))
    node.refuse("nearest_mode '" + out.rounding + "'");
  if (node.integer("antialias", 0) != 0) node.refuse("antialias");
  if (node.text("keep_aspect_ratio_policy", "stretch") != "stretch")
    node.refuse("keep_aspect_ratio_policy '" + node.text("keep_aspect_ratio_policy", "") + "'");
  return out;
}

std::vector<std::int64_t> all_axes(const at::Tensor& x) {
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < x.dim(); ++i) axes.push_back(i);
  return axes;
}

Kernel resize(const NodeView& node) {
  node.expect_inputs(1, 4);
  const ResizeModes modes = read_modes(node);
  const std::vector<std::int64_t> attribute = node.integers("axes");
  const std::size_t scales_at = node.opset() < 11 ? 1 : 2;
  return [=](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const auto operand = [&](std::size_t i) {
      return in.has(i) && in[i].numel() > 0 ? numbers_of(in[i]) : std::vector<double>();
    };
    const std::vector<std::int64_t> sizes =
        in.has(3) && in[3].numel() > 0 ? integers_of(in[3]) : std::vector<std::int64_t>();
    const std::vector<double> region =
        modes.coordinates == "tf_crop_and_resize" ? operand(1) : std::vector<double>();
    const std::vector<std::int64_t> axes = attribute.empty() ? all_axes(x) : axes_of(attribute, x.dim());
    return {resized(x, modes, stretches(x, axes, operand(scales_at), sizes, region))};
  };
}

Kernel upsample(const NodeView& node) {
  node.expect_inputs(1, 2);
  const ResizeModes modes = read_modes(node);
  const std::vector<double> attribute = node.numbers("scales");
  return [=](const Operands& in) -> Results {
    const std::vector<double> scales = in.has(1) ? numbers_of(in[1]) : attribute;
    return {resized(in[0], modes, stretches(in[0], all_axes(in[0]), scales, {}, {}))};
  };
}

Kernel grid_sample(const NodeView& node) {
  node.expect_inputs(2, 2);
  const std::string mode = node.text("mode", "bilinear");
  const std::string padding = node.text("padding_mode", "zeros");
  const bool align = node.integer("align_corners", 0) != 0;
  const std::int64_t mode_number = mode == "bilinear" || mode == "linear" ? 0
                                   : mode == "nearest"                    ? 1
                                   : mode == "bicubic" || mode == "cubic" ? 2
                                                                          : -1;
  const std::int64_t padding_number = padding == "zeros"        ? 0
                                      : padding == "border"     ? 1
                                      : padding == "reflection" ? 2
                                                                : -1;
  if (mode_number < 0) node.refuse("mode '" + mode + "'");
  if (padding_number < 0) node.refuse("padding_mode '" + padding + "'");
  return [=](const Operands& in) -> Results {
    if (mode_number == 2 && in[0].dim() != 4) fail("cubic sampling of other than pictures");
    return {at::grid_sampler(in[0], in[1], mode_number, padding_number, align)};
  };
}

}  // namespace

OperatorTable resampling_operators() {
  return {
      {"GridSample", {grid_sample}},
      {"Resize", {resize, 0b1110}},
      {"Upsample", {upsample, 0b10}},
  };
}

}  // namespace kyc
