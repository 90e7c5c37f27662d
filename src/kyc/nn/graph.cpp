#include "kyc/nn/graph.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <set>

#include "kyc/core/error.h"
#include "kyc/nn/graph_engine.h"
#include "kyc/nn/onnx_model.h"

namespace kyc {
namespace {

TypedTensor typed(const Tensor& tensor) {
  TypedTensor out{
      ElementType::Float32, tensor.shape, std::vector<std::uint8_t>(tensor.data.size() * sizeof(float))};
  if (!tensor.data.empty()) std::memcpy(out.bytes.data(), tensor.data.data(), out.bytes.size());
  return out;
}

template <typename T>
Tensor converted(const TypedTensor& tensor) {
  Tensor out{tensor.shape, std::vector<float>(tensor.bytes.size() / sizeof(T))};
  for (std::size_t i = 0; i < out.data.size(); ++i) {
    T value{};
    std::memcpy(&value, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    out.data[i] = static_cast<float>(value);
  }
  return out;
}

Tensor untyped(const TypedTensor& tensor, const std::string& where) {
  switch (tensor.type) {
    case ElementType::Float32:
      return converted<float>(tensor);
    case ElementType::Float64:
      return converted<double>(tensor);
    case ElementType::Int64:
      return converted<std::int64_t>(tensor);
    case ElementType::Int32:
      return converted<std::int32_t>(tensor);
    case ElementType::Int16:
      return converted<std::int16_t>(tensor);
    case ElementType::Int8:
      return converted<std::int8_t>(tensor);
    case ElementType::UInt64:
      return converted<std::uint64_t>(tensor);
    case ElementType::UInt32:
      return converted<std::uint32_t>(tensor);
    case ElementType::UInt16:
      return converted<std::uint16_t>(tensor);
    case ElementType::UInt8:
    case ElementType::Bool:
      return converted<std::uint8_t>(tensor);
    case ElementType::Float16:
    case ElementType::BFloat16:
      break;
  }
  throw Error(ErrorCode::Unsupported, where + ": 16 bit floating point numbers are not given out");
}

template <typename T>
void fill(TypedTensor& out, const Tensor& from) {
  out.bytes.resize(from.data.size() * sizeof(T));
  for (std::size_t i = 0; i < from.data.size(); ++i) {
    const T value = static_cast<T>(from.data[i]);
    std::memcpy(out.bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
}

// What the graph's input is of.
TypedTensor typed_as(const Tensor& tensor, ElementType type, const std::string& where) {
  if (type == ElementType::Float32) return typed(tensor);
  TypedTensor out{type, tensor.shape, {}};
  switch (type) {
    case ElementType::Float64:
      fill<double>(out, tensor);
      return out;
    case ElementType::Int64:
      fill<std::int64_t>(out, tensor);
      return out;
    case ElementType::Int32:
      fill<std::int32_t>(out, tensor);
      return out;
    case ElementType::Bool:
      fill<bool>(out, tensor);
      return out;
    case ElementType::UInt8:
      fill<std::uint8_t>(out, tensor);
      return out;
    case ElementType::Float32:
    case ElementType::Int16:
    case ElementType::Int8:
    case ElementType::UInt64:
    case ElementType::UInt32:
    case ElementType::UInt16:
    case ElementType::Float16:
    case ElementType::BFloat16:
      break;
  }
  throw Error(
      ErrorCode::Unsupported,
      where + ": inputs of ONNX type " + std::to_string(static_cast<int>(type)) + " are not supported");
}

void check_input(const Tensor& given, const PlanPort& port, const std::string& where) {
  const bool fits = given.shape.size() == port.shape.size() &&
                    std::equal(given.shape.begin(),
                               given.shape.end(),
                               port.shape.begin(),
                               [](std::int64_t a, std::int64_t b) { return b < 0 || a == b; });
  // A file may leave the shape of an input open altogether.
  if (!fits && !port.shape.empty())
    throw Error(
        ErrorCode::InvalidArgument,
        where + ": expected shape " + shape_text(port.shape) + " (-1: free), got " + shape_text(given.shape));
  std::size_t size = 1;
  for (const std::int64_t dimension : given.shape) {
    if (dimension < 0)
      throw Error(ErrorCode::InvalidArgument, where + ": a shape of " + shape_text(given.shape));
    size *= static_cast<std::size_t>(dimension);
  }
  if (size != given.data.size())
    throw Error(ErrorCode::InvalidArgument,
                where + ": shape " + shape_text(given.shape) + " needs " + std::to_string(size) +
                    " values, got " + std::to_string(given.data.size()));
}

}  // namespace

struct Graph::State {
  OnnxModel model;
  std::unique_ptr<GraphEngine> engine;
  std::vector<GraphTensor> inputs;
  std::vector<GraphTensor> outputs;
  std::vector<GraphWeight> weights;

  State(std::span<const std::uint8_t> bytes, const std::string& name) : model(bytes, name) {}

  const GraphPlan& plan() const { return model.plan(); }
  const std::string& name_of(int value) const { return plan().values[static_cast<std::size_t>(value)]; }

  std::size_t constant_named(const std::string& wanted) const {
    const auto& constants = plan().constants;
    for (std::size_t i = 0; i < constants.size(); ++i)
      if (name_of(constants[i].value) == wanted) return i;
    throw Error(ErrorCode::NotFound, plan().name + ": no constant '" + wanted + "'");
  }

  std::vector<TypedTensor> typed_inputs(std::span<const Tensor> given) const {
    const auto& ports = plan().inputs;
    if (given.size() != ports.size())
      throw Error(ErrorCode::InvalidArgument,
                  plan().name + ": expected " + std::to_string(ports.size()) + " inputs, got " +
                      std::to_string(given.size()));
    std::vector<TypedTensor> out;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const std::string where = plan().name + ": input '" + name_of(ports[i].value) + "'";
      check_input(given[i], ports[i], where);
      out.push_back(typed_as(given[i], ports[i].type, where));
    }
    return out;
  }
};

Graph::Graph(std::span<const std::uint8_t> model, const std::string& name, const GraphOptions& options)
    : state_(std::make_unique<State>(model, name)) {
  if (options.threads < 1)
    throw Error(ErrorCode::InvalidArgument,
                name + ": threads: expected at least 1, got " + std::to_string(options.threads));
  for (const PlanPort& port : state_->plan().inputs)
    state_->inputs.push_back({state_->name_of(port.value), port.shape});
  for (const PlanPort& port : state_->plan().outputs)
    state_->outputs.push_back({state_->name_of(port.value), port.shape});
  for (const PlanConstant& constant : state_->plan().constants)
    if (constant.trained) state_->weights.push_back({state_->name_of(constant.value), constant.tensor.shape});
  state_->engine = torch_module().make_graph(state_->plan(), options);
}
Graph::~Graph() = default;
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;

const std::vector<GraphTensor>& Graph::inputs() const {
  return state_->inputs;
}
const std::vector<GraphTensor>& Graph::outputs() const {
  return state_->outputs;
}
const std::vector<GraphWeight>& Graph::weights() const {
  return state_->weights;
}

std::vector<std::string> Graph::feature_maps() const {
  static const std::set<std::string> follows{
      "BatchNormalization", "Relu", "LeakyRelu", "PRelu", "Clip", "Elu", "Selu", "HardSwish"};
  // By value: the only node that uses it; -1: none or several.
  std::map<int, int> user;
  const std::vector<PlanNode>& nodes = state_->plan().nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const int value : nodes[i].inputs) {
      const auto [at, is_first] = user.try_emplace(value, static_cast<int>(i));
      if (!is_first) at->second = -1;
    }
  std::vector<std::string> out;
  for (const PlanNode& node : nodes) {
    if (node.op != "Conv") continue;
    int value = node.outputs.front();
    for (auto next = user.find(value); next != user.end() && next->second >= 0; next = user.find(value)) {
      const PlanNode& behind = nodes[static_cast<std::size_t>(next->second)];
      if (!follows.contains(behind.op)) break;
      value = behind.outputs.front();
    }
    out.push_back(state_->name_of(value));
  }
  return out;
}

std::vector<Tensor> Graph::run(std::span<const Tensor> inputs) {
  const auto results = state_->engine->run(state_->typed_inputs(inputs));
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < results.size(); ++i)
    out.push_back(untyped(results[i], state_->plan().name + ": '" + state_->outputs[i].name + "'"));
  return out;
}

Tensor Graph::run(const Tensor& input) {
  return std::move(run(std::span<const Tensor>(&input, 1)).front());
}

GraphGradients Graph::gradients(std::span<const Tensor> inputs,
                                const OutputGradients& loss,
                                const GradientRequest& request) {
  return state_->engine->gradients(state_->typed_inputs(inputs), loss, request);
}

Tensor Graph::weight(const std::string& name) const {
  return untyped(state_->engine->constant(state_->constant_named(name)), state_->plan().name + ": " + name);
}

void Graph::set_weight(const std::string& name, const Tensor& value) {
  const std::size_t index = state_->constant_named(name);
  const TypedTensor& before = state_->plan().constants[index].tensor;
  if (before.type != ElementType::Float32 || before.shape != value.shape ||
      value.data.size() * sizeof(float) != before.bytes.size())
    throw Error(ErrorCode::InvalidArgument,
                state_->plan().name + ": '" + name + "': expected float32 values of shape " +
                    shape_text(before.shape) + ", got " + shape_text(value.shape));
  state_->engine->set_constant(index, typed(value));
}

std::vector<std::uint8_t> Graph::onnx() const {
  const auto& constants = state_->plan().constants;
  for (std::size_t i = 0; i < constants.size(); ++i)
    if (constants[i].tensor.type == ElementType::Float32)
      state_->model.set_constant(i, state_->engine->constant(i));
  return state_->model.bytes();
}

}  // namespace kyc
