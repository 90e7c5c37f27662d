#include "kyc/nn/torch/operators.h"

namespace kyc {

const PlanAttribute* NodeView::find(const std::string& attribute, PlanAttribute::Kind kind) const {
  const auto found = node_.attributes.find(attribute);
  if (found == node_.attributes.end()) return nullptr;
  // An empty list has no type in old files.
  if (found->second.kind != kind &&
      !(found->second.kind == PlanAttribute::Kind::Integers && found->second.integers.empty()))
    corrupt("the attribute '" + attribute + "' is of another type than the operator's");
  return &found->second;
}

std::int64_t NodeView::integer(const std::string& attribute, std::int64_t fallback) const {
  const auto* found = find(attribute, PlanAttribute::Kind::Integer);
  return found ? found->integer : fallback;
}
double NodeView::number(const std::string& attribute, double fallback) const {
  const auto* found = find(attribute, PlanAttribute::Kind::Number);
  return found ? found->number : fallback;
}
std::string NodeView::text(const std::string& attribute, const std::string& fallback) const {
  const auto* found = find(attribute, PlanAttribute::Kind::Text);
  return found ? found->text : fallback;
}
std::vector<std::int64_t> NodeView::integers(const std::string& attribute) const {
  const auto* found = find(attribute, PlanAttribute::Kind::Integers);
  return found ? found->integers : std::vector<std::int64_t>();
}
std::vector<double> NodeView::numbers(const std::string& attribute) const {
  const auto* found = find(attribute, PlanAttribute::Kind::Numbers);
  return found ? found->numbers : std::vector<double>();
}
const TypedTensor* NodeView::tensor(const std::string& attribute) const {
  const auto* found = find(attribute, PlanAttribute::Kind::Tensor);
  return found ? &found->tensor : nullptr;
}

void NodeView::expect_inputs(std::size_t least, std::size_t most) const {
  if (inputs() < least || inputs() > most)
    corrupt("expected " + std::to_string(least) + (most == least ? "" : " to " + std::to_string(most)) +
            " inputs, got " + std::to_string(inputs()));
  for (std::size_t i = 0; i < least; ++i)
    if (!has_input(i)) corrupt("input " + std::to_string(i) + " is left out");
}

at::ScalarType NodeView::scalar_type(std::int64_t onnx_type) const {
  const auto type = element_type(onnx_type);
  if (!type) refuse("ONNX type " + std::to_string(onnx_type));
  return storage_type(*type, float_type_);
}

void NodeView::refuse(const std::string& why) const {
  throw Error(ErrorCode::Unsupported, where() + ": " + why + " is not supported");
}
void NodeView::corrupt(const std::string& why) const {
  throw Error(ErrorCode::Corrupt, where() + ": " + why);
}

at::ScalarType storage_type(ElementType type, at::ScalarType float_type) {
  switch (type) {
    case ElementType::Float32:
      return float_type;
    case ElementType::Float64:
      return at::kDouble;
    case ElementType::Float16:
      return at::kHalf;
    case ElementType::BFloat16:
      return at::kBFloat16;
    case ElementType::UInt8:
      return at::kByte;
    case ElementType::Int8:
      return at::kChar;
    case ElementType::Int16:
      return at::kShort;
    case ElementType::UInt16:
    case ElementType::Int32:
      return at::kInt;
    case ElementType::UInt32:
    case ElementType::UInt64:
    case ElementType::Int64:
      return at::kLong;
    case ElementType::Bool:
      return at::kBool;
  }
  return at::kFloat;
}

std::vector<std::int64_t> integers_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.to(at::kCPU, at::kLong).contiguous();
  const auto* data = plain.data_ptr<std::int64_t>();
  return {data, data + plain.numel()};
}

std::vector<double> numbers_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.to(at::kCPU, at::kDouble).contiguous();
  const auto* data = plain.data_ptr<double>();
  return {data, data + plain.numel()};
}

void fail(const std::string& what) {
  throw Error(ErrorCode::InvalidArgument, what);
}

std::int64_t axis_of(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank)
    fail("axis " + std::to_string(axis) + " of a tensor of " + std::to_string(rank) + " axes");
  return axis < 0 ? axis + rank : axis;
}

std::vector<std::int64_t> axes_of(std::vector<std::int64_t> axes, std::int64_t rank) {
  for (std::int64_t& axis : axes) axis = axis_of(axis, rank);
  return axes;
}

void check_size(at::IntArrayRef shape) {
  constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) fail("a shape with a size of " + std::to_string(size));
    if (size > kMaxElements || (size > 0 && count > kMaxElements / size))
      throw Error(ErrorCode::Unavailable, "a tensor of more than 2^31 values");
    count *= size;
  }
}

at::Tensor per_channel(const at::Tensor& values, std::int64_t rank) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(rank), 1);
  shape[1] = values.numel();
  return values.reshape(shape);
}

const OperatorTable& operators() {
  static const OperatorTable all = [] {
    OperatorTable table;
    for (auto part : {arithmetic_operators(),
                      activation_operators(),
                      convolution_operators(),
                      normalization_operators(),
                      shape_operators(),
                      indexing_operators(),
                      reduction_operators(),
                      resampling_operators(),
                      loss_operators()})
      table.merge(part);
    return table;
  }();
  return all;
}

}  // namespace kyc
