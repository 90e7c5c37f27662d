#include "kyc/nn/last_layer.h"

#include <algorithm>
#include <set>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

onnx::ModelProto parsed_model(std::span<const std::uint8_t> model, const std::string& name) {
  onnx::ModelProto proto;
  if (!proto.ParseFromArray(model.data(), static_cast<int>(model.size())))
    throw Error(ErrorCode::Corrupt, name + ": not an ONNX model");
  return proto;
}

std::vector<std::uint8_t> bytes_of(const onnx::ModelProto& proto) {
  std::vector<std::uint8_t> out(proto.ByteSizeLong());
  proto.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

// By name: pointers into a graph do not outlive its edits.
struct Ending {
  std::string layer;  // output of the Gemm
  std::string weights;
  std::string bias;
  std::string features;
  std::size_t width = 0;
};

Ending ending_of(const onnx::GraphProto& graph, const std::string& name) {
  const auto refuse = [&] {
    throw Error(ErrorCode::Unsupported,
                name + ": expected a network that ends in a linear layer of one output");
  };
  const GraphIndex index(graph);
  if (graph.output_size() != 1) refuse();
  const onnx::NodeProto* node = index.producer(graph.output(0).name());
  while (node != nullptr && node->op_type() == "Identity") node = index.producer(node->input(0));
  if (node == nullptr || node->op_type() != "Gemm" || node->input_size() != 3 ||
      attribute(*node, "transB", 0) != 1)
    refuse();
  const auto weights = index.float_constant(node->input(1));
  const auto bias = index.float_constant(node->input(2));
  if (!weights || weights->dims.size() != 2 || weights->dims[0] != 1 || !bias || bias->values.size() != 1)
    refuse();
  Ending out{node->output(0), node->input(1), node->input(2), node->input(0), weights->values.size()};
  for (const onnx::NodeProto* before = index.producer(out.features);
       before != nullptr && (before->op_type() == "Dropout" || before->op_type() == "BatchNormalization");
       before = index.producer(out.features))
    out.features = before->input(0);
  return out;
}

// Nodes and constants that no output needs.
void drop_what_is_unused(onnx::GraphProto& graph) {
  std::set<std::string> needed;
  for (const auto& output : graph.output()) needed.insert(output.name());
  std::vector<onnx::NodeProto> kept;
  for (int i = graph.node_size() - 1; i >= 0; --i) {  // nodes are in order: who uses a tensor comes later
    const onnx::NodeProto& node = graph.node(i);
    if (std::none_of(node.output().begin(), node.output().end(), [&](const std::string& o) {
          return needed.contains(o);
        }))
      continue;
    needed.insert(node.input().begin(), node.input().end());
    kept.push_back(node);
  }
  graph.clear_node();
  for (auto node = kept.rbegin(); node != kept.rend(); ++node) *graph.add_node() = *node;
  std::vector<onnx::TensorProto> constants;
  for (const auto& constant : graph.initializer())
    if (needed.contains(constant.name())) constants.push_back(constant);
  graph.clear_initializer();
  for (const auto& constant : constants) *graph.add_initializer() = constant;
}

void set_values(onnx::GraphProto& graph, const std::string& constant, std::span<const float> values) {
  for (onnx::TensorProto& tensor : *graph.mutable_initializer())
    if (tensor.name() == constant) {
      tensor.clear_float_data();
      tensor.set_raw_data(values.data(), values.size_bytes());
    }
}

}  // namespace

std::vector<std::uint8_t> without_last_layer(std::span<const std::uint8_t> model, const std::string& name) {
  onnx::ModelProto proto = parsed_model(model, name);
  onnx::GraphProto& graph = *proto.mutable_graph();
  const Ending ending = ending_of(graph, name);
  onnx::NodeProto& out = *graph.add_node();
  out.set_op_type("Identity");
  out.set_name("features");
  out.add_input(ending.features);
  out.add_output("features");
  onnx::ValueInfoProto& declared = *graph.mutable_output(0);
  declared.set_name("features");
  declared.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(
      static_cast<std::int64_t>(ending.width));
  drop_what_is_unused(graph);
  return bytes_of(proto);
}

std::vector<std::uint8_t> with_last_layer(std::span<const std::uint8_t> model,
                                          const std::string& name,
                                          std::span<const float> weights,
                                          float bias) {
  onnx::ModelProto proto = parsed_model(model, name);
  onnx::GraphProto& graph = *proto.mutable_graph();
  const Ending ending = ending_of(graph, name);
  if (weights.size() != ending.width)
    throw Error(ErrorCode::InvalidArgument,
                name + ": expected " + std::to_string(ending.width) + " weights of the last layer, got " +
                    std::to_string(weights.size()));
  for (onnx::NodeProto& node : *graph.mutable_node())
    if (node.output_size() == 1 && node.output(0) == ending.layer) node.set_input(0, ending.features);
  set_values(graph, ending.weights, weights);
  set_values(graph, ending.bias, std::span(&bias, 1));
  drop_what_is_unused(graph);
  return bytes_of(proto);
}

}  // namespace kyc
