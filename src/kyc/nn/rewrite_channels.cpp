// Channels filled up with zeros. ONNX Runtime's blocked layout wants whole blocks wherever a depthwise
// convolution stands; a network of 13 or 103 channels would leave the layout and come back around every such
// operator.

#include <map>
#include <set>

#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/rewrite.h"

namespace kyc {
namespace {

const std::set<std::string> kUnary = {"Relu",
                                      "LeakyRelu",
                                      "Sigmoid",
                                      "Tanh",
                                      "Clip",
                                      "MaxPool",
                                      "AveragePool",
                                      "GlobalAveragePool",
                                      "Elu",
                                      "HardSigmoid"};

// Groups of tensors that must have the same channels because depthwise and elementwise operators tie them
// together.
class ChannelSpaces {
 public:
  explicit ChannelSpaces(const onnx::GraphProto& graph) : index_(graph) {
    for (const auto& node : graph.node()) join(node);
    for (const auto& value : graph.output()) block(value.name());
    for (const auto& value : graph.input()) block(value.name());
  }

  const GraphIndex& index() const { return index_; }

  // Channels of `tensor`, padded if its whole group can be.
  std::int64_t padded(const std::string& tensor, std::int64_t multiple) {
    const std::string root = find(tensor);
    const std::int64_t channels = channels_[root];
    // Less than half a block: the zeros would cost more than the layout gains.
    if (blocked_.contains(root) || channels < multiple / 2) return channels;
    return (channels + multiple - 1) / multiple * multiple;
  }

 private:
  std::string find(const std::string& tensor) {
    std::string root = tensor;
    for (auto found = parents_.find(root); found != parents_.end(); found = parents_.find(root))
      root = found->second;
    return root;
  }

  void block(const std::string& tensor) { blocked_.insert(find(tensor)); }

  void unite(const std::string& a, const std::string& b) {
    const std::string x = find(a);
    const std::string y = find(b);
    if (x == y) return;
    parents_[y] = x;
    if (blocked_.contains(y) || channels_[x] != channels_[y]) blocked_.insert(x);
  }

  void join(const onnx::NodeProto& node) {
    if (node.op_type() == "Conv") return join_convolution(node);
    if (node.output_size() == 1 && channels_.contains(find(node.input_size() > 0 ? node.input(0) : ""))) {
      if (kUnary.contains(node.op_type()) && node.input_size() == 1) return follow(node);
      if (node.op_type() == "PRelu" && node.input_size() == 2 && slope_fits(node)) return follow(node);
      if ((node.op_type() == "Add" || node.op_type() == "Mul") && node.input_size() == 2 &&
          channels_.contains(find(node.input(1)))) {
        follow(node);
        return unite(node.input(0), node.input(1));
      }
    }
    for (const std::string& input : node.input()) block(input);
    for (const std::string& output : node.output()) block(output);
  }

  void follow(const onnx::NodeProto& node) {
    channels_[node.output(0)] = channels_[find(node.input(0))];
    unite(node.input(0), node.output(0));
  }

  bool slope_fits(const onnx::NodeProto& node) {
    const auto slope = index_.float_constant(node.input(1));
    return slope && static_cast<std::int64_t>(slope->values.size()) == channels_[find(node.input(0))] &&
           slope->dims.size() >= 3;
  }

  void join_convolution(const onnx::NodeProto& node) {
    const auto convolution = constant_convolution(node, index_);
    if (!convolution) {
      for (const std::string& input : node.input()) block(input);
      for (const std::string& output : node.output()) block(output);
      return;
    }
    const std::string& input = node.input(0);
    if (!channels_.contains(find(input))) {
      channels_[find(input)] = convolution->inputs();
      block(input);  // not made by anything that we follow
    }
    if (channels_[find(input)] != convolution->inputs()) block(input);
    channels_[node.output(0)] = convolution->outputs();
    if (convolution->is_depthwise()) {
      unite(input, node.output(0));
    } else if (convolution->groups != 1) {
      block(input);
      block(node.output(0));
    }
  }

  GraphIndex index_;
  std::map<std::string, std::string> parents_;
  std::map<std::string, std::int64_t> channels_;  // of roots, and of tensors when they were new
  std::set<std::string> blocked_;
};

// More rows and columns of zeros.
Convolution padded_convolution(const Convolution& old,
                               std::int64_t outputs,
                               std::int64_t columns,
                               std::int64_t groups) {
  Convolution out;
  out.groups = groups;
  out.bias = old.bias;
  out.bias.resize(static_cast<std::size_t>(outputs), 0.0F);
  out.weights.dims = {outputs, columns, old.weights.dims[2], old.weights.dims[3]};
  const auto kernel = static_cast<std::size_t>(old.weights.dims[2] * old.weights.dims[3]);
  const auto old_row = static_cast<std::size_t>(old.weights.dims[1]) * kernel;
  const auto row = static_cast<std::size_t>(columns) * kernel;
  out.weights.values.assign(static_cast<std::size_t>(outputs) * row, 0.0F);
  for (std::size_t i = 0; i < static_cast<std::size_t>(old.outputs()); ++i)
    for (std::size_t j = 0; j < old_row; ++j)
      out.weights.values[i * row + j] = old.weights.values[i * old_row + j];
  return out;
}

}  // namespace

bool pad_channels(onnx::GraphProto& graph, std::int64_t block) {
  ChannelSpaces spaces(graph);
  if (!spaces.index().is_plain()) return false;
  GraphWriter writer(graph, spaces.index());
  bool changed = false;
  for (const auto& node : graph.node()) {
    if (const auto convolution = constant_convolution(node, spaces.index())) {
      const std::int64_t outputs = spaces.padded(node.output(0), block);
      const bool depthwise = convolution->is_depthwise();
      const std::int64_t columns = depthwise || convolution->groups > 1 ? convolution->weights.dims[1]
                                                                        : spaces.padded(node.input(0), block);
      const std::int64_t groups = depthwise ? outputs : convolution->groups;
      if (outputs != convolution->outputs() || columns != convolution->weights.dims[1]) {
        writer.add_convolution(
            node, padded_convolution(*convolution, outputs, columns, groups), node.input(0), node.output(0));
        changed = true;
        continue;
      }
    } else if (node.op_type() == "PRelu" && node.input_size() == 2) {
      const std::int64_t channels = spaces.padded(node.output(0), block);
      auto slope = spaces.index().float_constant(node.input(1));
      if (slope && slope->dims.size() >= 3 && channels > static_cast<std::int64_t>(slope->values.size())) {
        slope->values.resize(static_cast<std::size_t>(channels), 0.0F);
        slope->dims = {channels, 1, 1};
        writer.add_node(node).set_input(1, writer.add_constant(node.output(0) + "_slope", *slope));
        continue;
      }
    }
    writer.add_node(node);
  }
  if (changed) writer.finish();
  return changed;
}

}  // namespace kyc
