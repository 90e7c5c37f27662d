#include "kyc/nn/graph_plan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <sstream>
#include <type_traits>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"

namespace kyc {
namespace {

constexpr int kMaxPlanRank = 16;
constexpr std::int64_t kMaxPlanElements = 1LL << 31;

std::size_t checked_element_count(const onnx::TensorProto& tensor, const std::string& where) {
  if (tensor.dims_size() > kMaxPlanRank)
    throw Error(ErrorCode::Unsupported,
                where + ": " + std::to_string(tensor.dims_size()) + " dimensions; expected at most 16");
  std::int64_t count = 1;
  for (const std::int64_t dimension : tensor.dims()) {
    if (dimension < 0 || dimension > kMaxPlanElements ||
        (dimension > 0 && count > kMaxPlanElements / dimension))
      throw Error(
          ErrorCode::Corrupt,
          where + ": a shape of " + shape_text(std::vector(tensor.dims().begin(), tensor.dims().end())));
    count *= dimension;
  }
  return static_cast<std::size_t>(count);
}

// The repeated field of a TensorProto as elements of type T.
template <typename T, typename Field>
void append_values(const Field& field, std::vector<std::uint8_t>& bytes) {
  bytes.resize(static_cast<std::size_t>(field.size()) * sizeof(T));
  for (int i = 0; i < field.size(); ++i) {
    const T value = static_cast<T>(field.Get(i));
    std::memcpy(bytes.data() + static_cast<std::size_t>(i) * sizeof(T), &value, sizeof(T));
  }
}

void append_values(const onnx::TensorProto& tensor, ElementType type, std::vector<std::uint8_t>& bytes) {
  switch (type) {
    case ElementType::Float32:
      return append_values<float>(tensor.float_data(), bytes);
    case ElementType::Float64:
      return append_values<double>(tensor.double_data(), bytes);
    case ElementType::Int64:
      return append_values<std::int64_t>(tensor.int64_data(), bytes);
    case ElementType::UInt32:
      return append_values<std::uint32_t>(tensor.uint64_data(), bytes);
    case ElementType::UInt64:
      return append_values<std::uint64_t>(tensor.uint64_data(), bytes);
    case ElementType::Int32:
      return append_values<std::int32_t>(tensor.int32_data(), bytes);
    case ElementType::UInt8:
    case ElementType::Bool:
      return append_values<std::uint8_t>(tensor.int32_data(), bytes);
    case ElementType::Int8:
      return append_values<std::int8_t>(tensor.int32_data(), bytes);
    case ElementType::UInt16:
    case ElementType::Float16:
    case ElementType::BFloat16:
      return append_values<std::uint16_t>(tensor.int32_data(), bytes);
    case ElementType::Int16:
      return append_values<std::int16_t>(tensor.int32_data(), bytes);
  }
}

ElementType known_type(std::int64_t onnx_type, const std::string& where) {
  const auto type = element_type(onnx_type);
  if (!type)
    throw Error(ErrorCode::Unsupported,
                where + ": expected numbers or truth values, got ONNX type " + std::to_string(onnx_type));
  return *type;
}

// Old files leave the type of an attribute out.
bool is_undefined(const onnx::AttributeProto& attribute) {
  return attribute.type() == onnx::AttributeProto::UNDEFINED;
}

template <typename T>
TypedTensor tensor_of(ElementType type, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  TypedTensor out{type, std::move(shape), std::vector<std::uint8_t>(values.size() * sizeof(T))};
  if (!values.empty()) std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

// Of a node of type Constant that holds numbers and not a tensor; nothing: something else.
std::optional<TypedTensor> plain_constant(const onnx::AttributeProto& from) {
  const auto count = [](const auto& list) { return std::vector<std::int64_t>{list.size()}; };
  if (from.name() == "value_float") return tensor_of<float>(ElementType::Float32, {}, {from.f()});
  if (from.name() == "value_int") return tensor_of<std::int64_t>(ElementType::Int64, {}, {from.i()});
  if (from.name() == "value_floats")
    return tensor_of<float>(
        ElementType::Float32, count(from.floats()), {from.floats().begin(), from.floats().end()});
  if (from.name() == "value_ints")
    return tensor_of<std::int64_t>(
        ElementType::Int64, count(from.ints()), {from.ints().begin(), from.ints().end()});
  return std::nullopt;
}

// Reads one model.
class PlanReader {
 public:
  PlanReader(const onnx::ModelProto& model, const std::string& name) : model_(model), graph_(model.graph()) {
    plan_.name = name;
  }

  GraphPlan read() {
    read_opset();
    if (graph_.sparse_initializer_size() > 0) refuse("sparse constants");
    if (graph_.node_size() == 0 && graph_.initializer_size() == 0)
      throw Error(ErrorCode::Corrupt, plan_.name + ": the graph is empty");
    std::set<std::string> constants;
    for (const auto& tensor : graph_.initializer()) {
      constants.insert(tensor.name());
      add_constant(tensor.name(), tensor);
    }
    for (const auto& input : graph_.input())
      if (!constants.contains(input.name())) plan_.inputs.push_back(port(input, define(input.name())));
    for (const auto& node : graph_.node()) read_node(node);
    for (const auto& output : graph_.output())
      plan_.outputs.push_back(port(output, use(output.name(), "the output '" + output.name() + "'")));
    if (plan_.outputs.empty()) throw Error(ErrorCode::Corrupt, plan_.name + ": the graph has no output");
    mark_trained();
    return std::move(plan_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::Unsupported, plan_.name + ": " + what + " are not supported");
  }

  void read_opset() {
    for (const auto& set : model_.opset_import())
      if (set.domain().empty() || set.domain() == "ai.onnx") plan_.opset = set.version();
    if (plan_.opset < kOldestOpset || plan_.opset > kNewestOpset)
      throw Error(ErrorCode::Unsupported,
                  plan_.name + ": expected operators of opset " + std::to_string(kOldestOpset) + " to " +
                      std::to_string(kNewestOpset) + ", got opset " + std::to_string(plan_.opset));
  }

  int define(const std::string& value) {
    const int index = static_cast<int>(plan_.values.size());
    if (value.empty()) throw Error(ErrorCode::Corrupt, plan_.name + ": a tensor without a name");
    if (!indices_.emplace(value, index).second)
      throw Error(ErrorCode::Corrupt, plan_.name + ": the tensor '" + value + "' is made twice");
    plan_.values.push_back(value);
    return index;
  }

  int use(const std::string& value, const std::string& where) const {
    const auto found = indices_.find(value);
    if (found == indices_.end())
      throw Error(ErrorCode::Corrupt, plan_.name + ": " + where + " needs '" + value + "' before it is made");
    return found->second;
  }

  void add_constant(const std::string& name, const onnx::TensorProto& tensor) {
    PlanConstant constant;
    constant.tensor = typed_tensor(tensor, plan_.name + ": the constant '" + name + "'");
    constant.value = define(name);
    plan_.constants.push_back(std::move(constant));
  }

  PlanPort port(const onnx::ValueInfoProto& info, int value) const {
    PlanPort out;
    out.value = value;
    const std::string where = plan_.name + ": '" + info.name() + "'";
    if (!info.type().has_tensor_type())
      throw Error(ErrorCode::Unsupported, where + ": expected a tensor, got another type");
    out.type = known_type(info.type().tensor_type().elem_type(), where);
    if (info.type().tensor_type().shape().dim_size() > kMaxPlanRank)
      throw Error(ErrorCode::Unsupported, where + ": more than 16 dimensions");
    for (const auto& dimension : info.type().tensor_type().shape().dim())
      out.shape.push_back(dimension.has_dim_value() && dimension.dim_value() >= 0 ? dimension.dim_value()
                                                                                  : -1);
    return out;
  }

  void read_node(const onnx::NodeProto& node) {
    std::string name = node.name();
    for (const std::string& output : node.output())
      if (name.empty()) name = output;
    const std::string where = "node '" + name + "' (" + node.op_type() + ")";
    if (!node.domain().empty() && node.domain() != "ai.onnx")
      throw Error(
          ErrorCode::Unsupported,
          plan_.name + ": " + where + ": operators of the domain '" + node.domain() + "' are not supported");
    if (node.op_type() == "Constant" && node.attribute_size() == 1 && node.output_size() == 1 &&
        node.attribute(0).name() == "value" && node.attribute(0).has_t()) {
      add_constant(node.output(0), node.attribute(0).t());
      return;
    }
    if (node.op_type() == "Constant" && node.attribute_size() == 1 && node.output_size() == 1)
      if (auto constant = plain_constant(node.attribute(0))) {
        const int value = define(node.output(0));
        plan_.constants.push_back({.value = value, .tensor = std::move(*constant), .trained = false});
        return;
      }
    PlanNode out;
    out.op = node.op_type();
    out.name = name;
    for (const std::string& input : node.input())
      out.inputs.push_back(input.empty() ? -1 : use(input, where));
    for (const auto& attribute : node.attribute())
      if (!out.attributes.emplace(attribute.name(), read_attribute(attribute, where)).second)
        throw Error(ErrorCode::Corrupt,
                    plan_.name + ": " + where + ": the attribute '" + attribute.name() + "' comes twice");
    for (const std::string& output : node.output())
      out.outputs.push_back(output.empty() ? -1 : define(output));
    plan_.nodes.push_back(std::move(out));
  }

  PlanAttribute read_attribute(const onnx::AttributeProto& from, const std::string& where) const {
    PlanAttribute out;
    using Kind = PlanAttribute::Kind;
    if (from.type() == onnx::AttributeProto::FLOAT || (is_undefined(from) && from.has_f())) {
      out.kind = Kind::Number;
      out.number = static_cast<double>(from.f());
    } else if (from.type() == onnx::AttributeProto::INT || (is_undefined(from) && from.has_i())) {
      out.kind = Kind::Integer;
      out.integer = from.i();
    } else if (from.type() == onnx::AttributeProto::STRING || (is_undefined(from) && from.has_s())) {
      out.kind = Kind::Text;
      out.text = from.s();
    } else if (from.type() == onnx::AttributeProto::TENSOR || (is_undefined(from) && from.has_t())) {
      out.kind = Kind::Tensor;
      out.tensor =
          typed_tensor(from.t(), plan_.name + ": " + where + ": the attribute '" + from.name() + "'");
    } else if (from.type() == onnx::AttributeProto::FLOATS ||
               (is_undefined(from) && from.floats_size() > 0)) {
      out.kind = Kind::Numbers;
      out.numbers.assign(from.floats().begin(), from.floats().end());
    } else if (from.type() == onnx::AttributeProto::STRINGS ||
               (is_undefined(from) && from.strings_size() > 0)) {
      out.kind = Kind::Texts;
      out.texts.assign(from.strings().begin(), from.strings().end());
    } else if (from.type() == onnx::AttributeProto::INTS || is_undefined(from)) {
      out.kind = Kind::Integers;
      out.integers.assign(from.ints().begin(), from.ints().end());
    } else {
      throw Error(ErrorCode::Unsupported,
                  plan_.name + ": " + where + ": the attribute '" + from.name() +
                      "' is a graph, or of another type that is not supported");
    }
    return out;
  }

  // See Graph::weights.
  void mark_trained() {
    std::map<int, const PlanNode*> makers;
    for (const PlanNode& node : plan_.nodes)
      for (const int output : node.outputs) makers[output] = &node;
    std::set<int> trained;
    for (const PlanNode& node : plan_.nodes) {
      const auto mark = [&](std::size_t operand) {
        if (operand < node.inputs.size()) trained.insert(node.inputs[operand]);
      };
      const auto is_product = [&](int value) {
        const auto maker = makers.find(value);
        return maker != makers.end() && (maker->second->op == "MatMul" || maker->second->op == "Conv" ||
                                         maker->second->op == "ConvTranspose");
      };
      if (node.op == "MatMul") mark(0);
      if (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul" ||
          node.op == "BatchNormalization" || node.op == "InstanceNormalization" ||
          node.op == "LayerNormalization" || node.op == "GroupNormalization" || node.op == "PRelu")
        mark(1);
      if (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" ||
          node.op == "BatchNormalization" || node.op == "InstanceNormalization" ||
          node.op == "LayerNormalization" || node.op == "GroupNormalization")
        mark(2);
      if (node.op == "Add" && node.inputs.size() == 2) {
        if (is_product(node.inputs[0])) mark(1);
        if (is_product(node.inputs[1])) mark(0);
      }
    }
    for (PlanConstant& constant : plan_.constants)
      constant.trained = constant.tensor.type == ElementType::Float32 && !constant.tensor.bytes.empty() &&
                         trained.contains(constant.value);
  }

  const onnx::ModelProto& model_;
  const onnx::GraphProto& graph_;
  GraphPlan plan_;
  std::map<std::string, int> indices_;
};

}  // namespace

TypedTensor typed_tensor(const onnx::TensorProto& tensor, const std::string& where) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0)
    throw Error(ErrorCode::Unsupported, where + " lies in another file; expected all in one");
  TypedTensor out;
  out.type = known_type(tensor.data_type(), where);
  const std::size_t count = checked_element_count(tensor, where);
  if (tensor.has_raw_data())
    out.bytes.assign(tensor.raw_data().begin(), tensor.raw_data().end());
  else
    append_values(tensor, out.type, out.bytes);
  if (out.bytes.size() != count * size_of(out.type))
    throw Error(ErrorCode::Corrupt,
                where + ": its shape " + shape_text(std::vector(tensor.dims().begin(), tensor.dims().end())) +
                    " needs " + std::to_string(count * size_of(out.type)) + " bytes, got " +
                    std::to_string(out.bytes.size()));
  if (out.type == ElementType::Bool)
    for (std::uint8_t& byte : out.bytes) byte = byte != 0 ? 1 : 0;
  out.shape.assign(tensor.dims().begin(), tensor.dims().end());
  return out;
}

GraphPlan graph_plan(const onnx::ModelProto& model, const std::string& name) {
  return PlanReader(model, name).read();
}

std::string architecture_hash(const GraphPlan& plan) {
  std::ostringstream text;
  text.precision(std::numeric_limits<double>::max_digits10);
  const auto numbers = [&text](const auto& list) {
    for (const auto& number : list) text << number << ' ';
    text << ';';
  };
  text << plan.opset << '\n';
  for (const auto* ports : {&plan.inputs, &plan.outputs})
    for (const PlanPort& port : *ports) text << port.value << ':' << static_cast<int>(port.type) << ' ';
  text << '\n';
  for (const PlanConstant& constant : plan.constants) {
    text << plan.values[static_cast<std::size_t>(constant.value)] << ' '
         << static_cast<int>(constant.tensor.type) << ' ';
    numbers(constant.tensor.shape);
  }
  for (const PlanNode& node : plan.nodes) {
    text << '\n' << node.op << ' ';
    numbers(node.inputs);
    numbers(node.outputs);
    for (const auto& [key, value] : node.attributes) {
      text << key << '=' << value.number << ' ' << value.integer << ' ' << value.text << ' ';
      numbers(value.numbers);
      numbers(value.integers);
      numbers(value.texts);
      numbers(value.tensor.shape);
    }
  }
  const std::string all = text.str();
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(all.data()), all.size()});
}

}  // namespace kyc
