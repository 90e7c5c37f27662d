#include "kyc/nn/rewrite.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

bool lies_elsewhere(const onnx::TensorProto& tensor) {
  return tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0;
}

// A model that names other files could make ONNX Runtime open any of them.
bool names_other_files(const onnx::GraphProto& graph) {
  for (const auto& tensor : graph.initializer())
    if (lies_elsewhere(tensor)) return true;
  for (const auto& tensor : graph.sparse_initializer())
    if (lies_elsewhere(tensor.values()) || lies_elsewhere(tensor.indices())) return true;
  for (const auto& node : graph.node())
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_t() && lies_elsewhere(attribute.t())) return true;
      if (attribute.has_g() && names_other_files(attribute.g())) return true;
      for (const auto& inner : attribute.graphs())
        if (names_other_files(inner)) return true;
    }
  return false;
}

bool is_tensor_constant(const onnx::NodeProto& node) {
  return node.op_type() == "Constant" && node.domain().empty() && node.attribute_size() == 1 &&
         node.attribute(0).name() == "value" && node.attribute(0).has_t() && node.output_size() == 1;
}

bool passes_through(const onnx::NodeProto& node, const GraphIndex& index) {
  return (node.op_type() == "Identity" || node.op_type() == "Dropout") && node.input_size() == 1 &&
         node.output_size() == 1 && !index.is_output(node.output(0));
}

}  // namespace

std::int64_t channel_block() {
  return __builtin_cpu_supports("avx512f") ? 16 : 8;
}

void simplify(onnx::ModelProto& model) {
  auto& graph = *model.mutable_graph();
  for (const auto& node : graph.node())
    if (is_tensor_constant(node)) {
      auto& tensor = *graph.add_initializer();
      tensor = node.attribute(0).t();
      tensor.set_name(node.output(0));
    }
  auto& nodes = *graph.mutable_node();
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(), is_tensor_constant), nodes.end());

  std::set<std::string> constants;
  for (const auto& tensor : graph.initializer()) constants.insert(tensor.name());
  auto& inputs = *graph.mutable_input();
  inputs.erase(std::remove_if(
                   inputs.begin(), inputs.end(), [&](const auto& i) { return constants.contains(i.name()); }),
               inputs.end());
  model.set_ir_version(
      std::max<std::int64_t>(model.ir_version(), 4));  // from which on constants need not be inputs

  const GraphIndex index(graph);
  if (!index.is_plain()) return;
  std::map<std::string, std::string> renamed;
  GraphWriter writer(graph, index);
  for (const auto& node : graph.node()) {
    if (passes_through(node, index)) {
      const auto found = renamed.find(node.input(0));
      renamed[node.output(0)] = found == renamed.end() ? node.input(0) : found->second;
      continue;
    }
    auto& copy = writer.add_node(node);
    for (auto& input : *copy.mutable_input())
      if (const auto found = renamed.find(input); found != renamed.end()) input = found->second;
  }
  writer.finish();
}

std::vector<std::uint8_t> rewritten(std::span<const std::uint8_t> model,
                                    const std::string& name,
                                    const RewriteOptions& options) {
  if (model.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return {model.begin(), model.end()};  // more than protobuf reads; ONNX Runtime will say so
  onnx::ModelProto proto;
  if (!proto.ParseFromArray(model.data(), static_cast<int>(model.size())) || !proto.has_graph() ||
      proto.graph().node_size() == 0)
    throw Error(ErrorCode::Corrupt, name + ": this is not an ONNX model");
  if (names_other_files(proto.graph()))
    throw Error(ErrorCode::Unsupported,
                name + ": the model keeps weights in other files; expected all in one");
  auto& graph = *proto.mutable_graph();
  if (proto.functions_size() == 0) {
    simplify(proto);
    if (options.free_batch) free_batch(graph);
    if (options.faster) {
      const std::int64_t block = channel_block();
      pad_channels(graph, block);
      split_prelu(graph, block);
    }
  }
  const std::string bytes = proto.SerializeAsString();
  return {bytes.begin(), bytes.end()};
}

}  // namespace kyc
