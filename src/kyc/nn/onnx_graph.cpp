#include "kyc/nn/onnx_graph.h"

#include <cstring>

#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

constexpr std::int64_t kMaxElements = 1LL << 31;

std::optional<std::size_t> element_count(const onnx::TensorProto& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t dimension : tensor.dims()) {
    if (dimension < 0 || dimension > kMaxElements) return std::nullopt;
    if (dimension > 0 && count > kMaxElements / dimension) return std::nullopt;
    count *= dimension;
  }
  return static_cast<std::size_t>(count);
}

// The values of a tensor of `type`, which are in raw_data or in the repeated field.
template <typename T, typename Field>
std::optional<std::vector<T>> values_of(const onnx::TensorProto& tensor, int type, const Field& field) {
  if (tensor.data_type() != type || tensor.data_location() == onnx::TensorProto::EXTERNAL)
    return std::nullopt;
  const auto count = element_count(tensor);
  if (!count) return std::nullopt;
  std::vector<T> out;
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != *count * sizeof(T)) return std::nullopt;
    out.resize(*count);
    if (*count > 0) std::memcpy(out.data(), tensor.raw_data().data(), tensor.raw_data().size());
  } else {
    if (static_cast<std::size_t>(field.size()) != *count) return std::nullopt;
    out.assign(field.begin(), field.end());
  }
  return out;
}

}  // namespace

std::optional<Weights> float_values(const onnx::TensorProto& tensor) {
  auto values = values_of<float>(tensor, onnx::TensorProto::FLOAT, tensor.float_data());
  if (!values) return std::nullopt;
  return Weights{{tensor.dims().begin(), tensor.dims().end()}, std::move(*values)};
}

std::optional<std::vector<std::int64_t>> int_values(const onnx::TensorProto& tensor) {
  return values_of<std::int64_t>(tensor, onnx::TensorProto::INT64, tensor.int64_data());
}

GraphIndex::GraphIndex(const onnx::GraphProto& graph) {
  for (const auto& tensor : graph.initializer())
    if (!constants_.emplace(tensor.name(), &tensor).second) plain_ = false;
  if (graph.sparse_initializer_size() > 0) plain_ = false;
  for (const auto& input : graph.input())
    if (!constants_.contains(input.name()) && !inputs_.insert(input.name()).second) plain_ = false;
  for (const auto& output : graph.output())
    if (!outputs_.insert(output.name()).second) plain_ = false;
  for (const auto& node : graph.node()) {
    if (!node.domain().empty() && node.domain() != "ai.onnx") plain_ = false;
    for (const auto& attribute : node.attribute())
      if (attribute.has_g() || attribute.graphs_size() > 0) plain_ = false;
    for (const std::string& input : node.input()) {
      // An operator before its operands would make walks over the graph run in circles.
      if (!input.empty() && !is_taken(input)) plain_ = false;
      consumers_[input].push_back(&node);
    }
    for (const std::string& output : node.output()) {
      if (output.empty()) continue;
      if (constants_.contains(output) || inputs_.contains(output) ||
          !producers_.emplace(output, &node).second)
        plain_ = false;
    }
  }
}

bool GraphIndex::is_taken(const std::string& tensor) const {
  return producers_.contains(tensor) || inputs_.contains(tensor) || constants_.contains(tensor);
}

const onnx::NodeProto* GraphIndex::producer(const std::string& tensor) const {
  const auto found = producers_.find(tensor);
  return found == producers_.end() ? nullptr : found->second;
}

const std::vector<const onnx::NodeProto*>& GraphIndex::consumers(const std::string& tensor) const {
  static const std::vector<const onnx::NodeProto*> kNone;
  const auto found = consumers_.find(tensor);
  return found == consumers_.end() ? kNone : found->second;
}

const onnx::TensorProto* GraphIndex::constant(const std::string& tensor) const {
  const auto found = constants_.find(tensor);
  return found == constants_.end() ? nullptr : found->second;
}

std::optional<Weights> GraphIndex::float_constant(const std::string& tensor) const {
  const onnx::TensorProto* found = constant(tensor);
  return found ? float_values(*found) : std::nullopt;
}

std::optional<Convolution> constant_convolution(const onnx::NodeProto& node, const GraphIndex& index) {
  if (node.op_type() != "Conv" || node.input_size() < 2 || node.output_size() != 1) return std::nullopt;
  auto weights = index.float_constant(node.input(1));
  if (!weights || weights->dims.size() != 4) return std::nullopt;
  Convolution out;
  out.groups = attribute(node, "group", 1);
  out.weights = std::move(*weights);
  if (out.groups < 1 || out.groups > out.outputs() || out.weights.dims[1] < 1 ||
      out.outputs() % out.groups != 0)
    return std::nullopt;
  out.bias.assign(static_cast<std::size_t>(out.outputs()), 0.0F);
  if (node.input_size() > 2 && !node.input(2).empty()) {
    auto bias = index.float_constant(node.input(2));
    if (!bias || bias->values.size() != out.bias.size()) return std::nullopt;
    out.bias = std::move(bias->values);
  }
  return out;
}

bool has_attribute(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& one : node.attribute())
    if (one.name() == name) return true;
  return false;
}

std::int64_t attribute(const onnx::NodeProto& node, const std::string& name, std::int64_t fallback) {
  for (const auto& one : node.attribute())
    if (one.name() == name) return one.i();
  return fallback;
}

std::vector<std::int64_t> attributes(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& one : node.attribute())
    if (one.name() == name) return {one.ints().begin(), one.ints().end()};
  return {};
}

void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  for (auto& one : *node.mutable_attribute())
    if (one.name() == name) {
      one.set_i(value);
      return;
    }
  auto* made = node.add_attribute();
  made->set_name(name);
  made->set_type(onnx::AttributeProto::INT);
  made->set_i(value);
}

struct GraphWriter::State {
  onnx::GraphProto& graph;
  const GraphIndex& index;
  std::vector<std::unique_ptr<onnx::NodeProto>> nodes;
  std::set<std::string> made;
  std::vector<std::unique_ptr<onnx::TensorProto>> constants;
};

GraphWriter::GraphWriter(onnx::GraphProto& graph, const GraphIndex& index)
    : state_(new State{graph, index, {}, {}, {}}) {}
GraphWriter::~GraphWriter() = default;

std::string GraphWriter::fresh_name(const std::string& stem) {
  std::string name = stem;
  for (int i = 1; state_->index.is_taken(name) || state_->made.contains(name); ++i)
    name = stem + "_" + std::to_string(i);
  state_->made.insert(name);
  return name;
}

std::string GraphWriter::add_constant(const std::string& stem, const Weights& weights) {
  auto tensor = std::make_unique<onnx::TensorProto>();
  tensor->set_name(fresh_name(stem));
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dimension : weights.dims) tensor->add_dims(dimension);
  tensor->set_raw_data(weights.values.data(), weights.values.size() * sizeof(float));
  state_->constants.push_back(std::move(tensor));
  return state_->constants.back()->name();
}

onnx::NodeProto& GraphWriter::add_node(const onnx::NodeProto& node) {
  state_->nodes.push_back(std::make_unique<onnx::NodeProto>(node));
  return *state_->nodes.back();
}

onnx::NodeProto& GraphWriter::add_node(const std::string& type,
                                       const std::vector<std::string>& inputs,
                                       const std::string& output) {
  state_->nodes.push_back(std::make_unique<onnx::NodeProto>());
  onnx::NodeProto& node = *state_->nodes.back();
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

onnx::NodeProto& GraphWriter::add_convolution(const onnx::NodeProto& like,
                                              const Convolution& convolution,
                                              const std::string& input,
                                              const std::string& output) {
  onnx::NodeProto& node = add_node(like);
  node.clear_name();
  node.clear_input();
  node.add_input(input);
  node.add_input(add_constant(output + "_weights", convolution.weights));
  node.add_input(add_constant(output + "_bias", {{convolution.outputs()}, convolution.bias}));
  node.set_output(0, output);
  set_attribute(node, "group", convolution.groups);
  return node;
}

void GraphWriter::finish() {
  auto& graph = state_->graph;
  graph.clear_node();
  std::set<std::string> used;
  for (const auto& output : graph.output()) used.insert(output.name());
  for (auto& node : state_->nodes) {
    used.insert(node->input().begin(), node->input().end());
    graph.mutable_node()->AddAllocated(node.release());
  }
  state_->nodes.clear();
  for (auto& tensor : state_->constants) graph.mutable_initializer()->AddAllocated(tensor.release());
  state_->constants.clear();
  auto& kept = *graph.mutable_initializer();
  int count = 0;
  for (int i = 0; i < kept.size(); ++i)
    if (used.contains(kept.Get(i).name())) kept.SwapElements(i, count++);
  kept.DeleteSubrange(count, kept.size() - count);
  graph.clear_value_info();
}

}  // namespace kyc
