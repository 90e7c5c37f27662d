// Element by element, with one or more operands; matrices.

#include <algorithm>
#include <limits>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

using Unary = at::Tensor (*)(const at::Tensor&);

template <Unary function>
Kernel unary(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {function(in[0])}; };
}

// Operands of both sizes at most 2^31 values can have a result of 2^62.
void check_broadcast(const at::Tensor& a, const at::Tensor& b) {
  const std::int64_t rank = std::max(a.dim(), b.dim());
  std::vector<std::int64_t> shape(static_cast<std::size_t>(rank), 1);
  for (const at::Tensor* one : {&a, &b})
    for (std::int64_t i = 0; i < one->dim(); ++i) {
      auto& size = shape[static_cast<std::size_t>(rank - one->dim() + i)];
      size = size == 1 ? one->size(i) : size;
    }
  check_size(shape);
}

// Opset 6 lines the second operand up with `axis` of the first.
at::Tensor lined_up(const at::Tensor& a, const at::Tensor& b, std::int64_t axis) {
  if (axis < 0) return b;
  const std::int64_t behind = a.dim() - axis - b.dim();
  if (behind < 0) fail("an axis of " + std::to_string(axis) + " does not fit");
  std::vector<std::int64_t> shape = b.sizes().vec();
  shape.insert(shape.end(), static_cast<std::size_t>(behind), 1);
  return b.reshape(shape);
}

using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

template <Binary function>
Kernel binary(const NodeView& node) {
  node.expect_inputs(2, 2);
  const std::int64_t axis = node.opset() < 7 ? node.integer("axis", -1) : -1;
  return [axis](const Operands& in) -> Results {
    const at::Tensor second = lined_up(in[0], in[1], axis);
    check_broadcast(in[0], second);
    return {function(in[0], second)};
  };
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) {
  return at::add(a, b);
}
at::Tensor subtract(const at::Tensor& a, const at::Tensor& b) {
  return at::sub(a, b);
}
at::Tensor multiply(const at::Tensor& a, const at::Tensor& b) {
  return at::mul(a, b);
}
// Whole numbers are cut off towards zero.
at::Tensor divide(const at::Tensor& a, const at::Tensor& b) {
  return at::isIntegralType(a.scalar_type(), true) ? at::div(a, b, "trunc") : at::div(a, b);
}
// The result is of the first operand's type.
at::Tensor power(const at::Tensor& a, const at::Tensor& b) {
  if (at::isIntegralType(a.scalar_type(), true) && at::isIntegralType(b.scalar_type(), true) &&
      b.numel() > 0 && at::lt(b, 0).any().item<bool>())
    return at::pow(a.to(at::kDouble), b.to(at::kDouble)).to(a.scalar_type());
  return at::pow(a, b).to(a.scalar_type());
}
at::Tensor left_shift(const at::Tensor& a, const at::Tensor& b) {
  return at::bitwise_left_shift(a, b);
}
at::Tensor right_shift(const at::Tensor& a, const at::Tensor& b) {
  return at::bitwise_right_shift(a, b);
}
at::Tensor equal(const at::Tensor& a, const at::Tensor& b) {
  return at::eq(a, b);
}
at::Tensor greater(const at::Tensor& a, const at::Tensor& b) {
  return at::gt(a, b);
}
at::Tensor greater_or_equal(const at::Tensor& a, const at::Tensor& b) {
  return at::ge(a, b);
}
at::Tensor less(const at::Tensor& a, const at::Tensor& b) {
  return at::lt(a, b);
}
at::Tensor less_or_equal(const at::Tensor& a, const at::Tensor& b) {
  return at::le(a, b);
}
at::Tensor bit_and(const at::Tensor& a, const at::Tensor& b) {
  return at::bitwise_and(a, b);
}
at::Tensor bit_or(const at::Tensor& a, const at::Tensor& b) {
  return at::bitwise_or(a, b);
}
at::Tensor bit_xor(const at::Tensor& a, const at::Tensor& b) {
  return at::bitwise_xor(a, b);
}

Kernel bit_shift(const NodeView& node) {
  const std::string direction = node.text("direction", "");
  if (direction == "LEFT") return binary<left_shift>(node);
  if (direction == "RIGHT") return binary<right_shift>(node);
  node.refuse("direction '" + direction + "'");
}

at::Tensor remainder(const at::Tensor& a, const at::Tensor& b) {
  return at::remainder(a, b);
}
at::Tensor c_remainder(const at::Tensor& a, const at::Tensor& b) {
  return at::fmod(a, b);
}

Kernel mod(const NodeView& node) {
  return node.integer("fmod", 0) != 0 ? binary<c_remainder>(node) : binary<remainder>(node);
}

// One operand or more, from left to right.
template <Binary function>
Kernel fold(const NodeView& node) {
  node.expect_inputs(1, 1U << 20);
  return [](const Operands& in) -> Results {
    at::Tensor out = in[0];
    for (std::size_t i = 1; i < in.size(); ++i) {
      check_broadcast(out, in[i]);
      out = function(out, in[i]);
    }
    return {out};
  };
}

at::Tensor smaller(const at::Tensor& a, const at::Tensor& b) {
  return at::minimum(a, b);
}
at::Tensor larger(const at::Tensor& a, const at::Tensor& b) {
  return at::maximum(a, b);
}

Kernel mean_of_inputs(const NodeView& node) {
  node.expect_inputs(1, 1U << 20);
  return [](const Operands& in) -> Results {
    at::Tensor out = in[0];
    for (std::size_t i = 1; i < in.size(); ++i) out = at::add(out, in[i]);
    return {at::div(out, static_cast<double>(in.size()))};
  };
}

Kernel prelu(const NodeView& node) {
  node.expect_inputs(2, 2);
  const bool old = node.opset() < 7;  // where slopes of [channels] are not lined up with the last axis
  return [old](const Operands& in) -> Results {
    const at::Tensor& x = in[0];
    const at::Tensor& slope = in[1];
    // One slope per channel of a picture is what LibTorch has a function for.
    const bool per_channel = x.dim() >= 2 && slope.numel() == x.size(1) && slope.dim() >= 1 &&
                             slope.size(0) == x.size(1) && (old || slope.dim() == x.dim() - 1);
    if (per_channel || slope.numel() == 1) return {at::prelu(x, slope.reshape({-1}))};
    check_broadcast(x, slope);
    return {at::where(at::lt(x, 0), at::mul(x, slope), x)};
  };
}

Kernel clip(const NodeView& node) {
  node.expect_inputs(1, 3);
  if (node.opset() < 11) {
    const double low = node.number("min", -std::numeric_limits<double>::infinity());
    const double high = node.number("max", std::numeric_limits<double>::infinity());
    return [low, high](const Operands& in) -> Results {
      return {at::clamp_max(at::clamp_min(in[0], low), high)};
    };
  }
  return [](const Operands& in) -> Results {
    at::Tensor out = in[0];
    if (in.has(1)) out = at::clamp_min(out, in[1].item());
    if (in.has(2)) out = at::clamp_max(out, in[2].item());
    return {out};
  };
}

Kernel where(const NodeView& node) {
  node.expect_inputs(3, 3);
  return [](const Operands& in) -> Results {
    check_broadcast(in[1], in[2]);
    return {at::where(in[0], in[1], in[2])};
  };
}

Kernel cast_to(at::ScalarType type, std::int64_t mask) {
  return [type, mask](const Operands& in) -> Results {
    at::Tensor out = in[0];
    // Truth of a number is that it is not 0; anything else is cut off towards zero.
    out = type == at::kBool ? at::ne(out, 0) : out.to(type);
    return {mask != 0 ? at::bitwise_and(out, mask) : out};
  };
}

// LibTorch 1.13 has no unsigned numbers but bytes: wider ones are signed ones of twice their size here.
std::int64_t mask_of(std::int64_t onnx_type) {
  if (onnx_type == static_cast<int>(ElementType::UInt16)) return 0xFFFF;
  if (onnx_type == static_cast<int>(ElementType::UInt32)) return 0xFFFFFFFF;
  return 0;
}

Kernel cast(const NodeView& node) {
  node.expect_inputs(1, 1);
  const std::int64_t to = node.integer("to", 0);
  return cast_to(node.scalar_type(to), mask_of(to));
}

Kernel cast_like(const NodeView& node) {
  node.expect_inputs(2, 2);
  return [](const Operands& in) -> Results {
    return {in[1].scalar_type() == at::kBool ? at::ne(in[0], 0) : in[0].to(in[1].scalar_type())};
  };
}

Kernel is_infinite(const NodeView& node) {
  node.expect_inputs(1, 1);
  const bool positive = node.integer("detect_positive", 1) != 0;
  const bool negative = node.integer("detect_negative", 1) != 0;
  return [positive, negative](const Operands& in) -> Results {
    at::Tensor out = at::zeros_like(in[0], at::kBool);
    if (positive) out = at::logical_or(out, at::isposinf(in[0]));
    if (negative) out = at::logical_or(out, at::isneginf(in[0]));
    return {out};
  };
}

Kernel matrix_product(const NodeView& node) {
  node.expect_inputs(2, 2);
  return [](const Operands& in) -> Results {
    if (in[0].dim() >= 2 && in[1].dim() >= 2) {
      std::vector<std::int64_t> shape = (in[0].dim() >= in[1].dim() ? in[0] : in[1]).sizes().vec();
      shape[shape.size() - 2] = in[0].size(-2);
      shape[shape.size() - 1] = in[1].size(-1);
      check_size(shape);
    }
    return {at::matmul(in[0], in[1])};
  };
}

Kernel gemm(const NodeView& node) {
  node.expect_inputs(2, 3);
  const double alpha = node.number("alpha", 1);
  const double beta = node.number("beta", 1);
  const bool first = node.integer("transA", 0) != 0;
  const bool second = node.integer("transB", 0) != 0;
  return [=](const Operands& in) -> Results {
    const at::Tensor a = first ? in[0].t() : in[0];
    const at::Tensor b = second ? in[1].t() : in[1];
    if (a.dim() != 2 || b.dim() != 2) fail("expected two matrices");
    check_size({a.size(0), b.size(1)});
    if (in.has(2)) return {at::addmm(in[2], a, b, beta, alpha)};
    const at::Tensor product = at::mm(a, b);
    return {alpha == 1 ? product : at::mul(product, alpha)};
  };
}

Kernel einsum(const NodeView& node) {
  node.expect_inputs(1, 64);
  std::string equation = node.text("equation", "");
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  return [equation](const Operands& in) -> Results { return {at::einsum(equation, in.all())}; };
}

Kernel cumulative_sum(const NodeView& node) {
  node.expect_inputs(2, 2);
  const bool exclusive = node.integer("exclusive", 0) != 0;
  const bool reverse = node.integer("reverse", 0) != 0;
  return [exclusive, reverse](const Operands& in) -> Results {
    const std::int64_t axis = axis_of(integers_of(in[1]).at(0), in[0].dim());
    at::Tensor out = reverse ? at::flip(in[0], axis) : in[0];
    at::Tensor sum = at::cumsum(out, axis, in[0].scalar_type());
    if (exclusive) sum = at::sub(sum, out);
    return {reverse ? at::flip(sum, axis) : sum};
  };
}

Kernel determinant(const NodeView& node) {
  node.expect_inputs(1, 1);
  return [](const Operands& in) -> Results { return {at::det(in[0])}; };
}

}  // namespace

OperatorTable arithmetic_operators() {
  return {
      {"Abs", {unary<at::abs>}},
      {"Acos", {unary<at::acos>}},
      {"Acosh", {unary<at::acosh>}},
      {"Asin", {unary<at::asin>}},
      {"Asinh", {unary<at::asinh>}},
      {"Atan", {unary<at::atan>}},
      {"Atanh", {unary<at::atanh>}},
      {"BitwiseNot", {unary<at::bitwise_not>}},
      {"Ceil", {unary<at::ceil>}},
      {"Cos", {unary<at::cos>}},
      {"Cosh", {unary<at::cosh>}},
      {"Erf", {unary<at::erf>}},
      {"Exp", {unary<at::exp>}},
      {"Floor", {unary<at::floor>}},
      {"IsNaN", {unary<at::isnan>}},
      {"Log", {unary<at::log>}},
      {"Neg", {unary<at::neg>}},
      {"Not", {unary<at::logical_not>}},
      {"Reciprocal", {unary<at::reciprocal>}},
      {"Round", {unary<at::round>}},
      {"Sign", {unary<at::sign>}},
      {"Sin", {unary<at::sin>}},
      {"Sinh", {unary<at::sinh>}},
      {"Sqrt", {unary<at::sqrt>}},
      {"Tan", {unary<at::tan>}},
      {"Add", {binary<add>}},
      {"And", {binary<at::logical_and>}},
      {"BitShift", {bit_shift}},
      {"BitwiseAnd", {binary<bit_and>}},
      {"BitwiseOr", {binary<bit_or>}},
      {"BitwiseXor", {binary<bit_xor>}},
      {"Div", {binary<divide>}},
      {"Equal", {binary<equal>}},
      {"Greater", {binary<greater>}},
      {"GreaterOrEqual", {binary<greater_or_equal>}},
      {"Less", {binary<less>}},
      {"LessOrEqual", {binary<less_or_equal>}},
      {"Mod", {mod}},
      {"Mul", {binary<multiply>}},
      {"Or", {binary<at::logical_or>}},
      {"PRelu", {prelu}},
      {"Pow", {binary<power>}},
      {"Sub", {binary<subtract>}},
      {"Xor", {binary<at::logical_xor>}},
      {"Max", {fold<larger>}},
      {"Min", {fold<smaller>}},
      {"Sum", {fold<add>}},
      {"Mean", {mean_of_inputs}},
      {"Clip", {clip, 6}},
      {"Where", {where}},
      {"Cast", {cast}},
      {"CastLike", {cast_like}},
      {"IsInf", {is_infinite}},
      {"MatMul", {matrix_product}},
      {"Gemm", {gemm}},
      {"Einsum", {einsum}},
      {"CumSum", {cumulative_sum, 1U << 1}},
      {"Det", {determinant}},
  };
}

}  // namespace kyc
