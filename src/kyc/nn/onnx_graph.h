// Looking at ONNX graphs and editing them in memory. Internal to nn/; files are hostile, so every accessor
// checks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace onnx {
class GraphProto;
class NodeProto;
class TensorProto;
}  // namespace onnx

namespace kyc {

// Float32 constants, row-major.
struct Weights {
  std::vector<std::int64_t> dims;
  std::vector<float> values;
};

// Nothing if it is of another type, lies in another file, or its sizes contradict each other.
std::optional<Weights> float_values(const onnx::TensorProto& tensor);
std::optional<std::vector<std::int64_t>> int_values(const onnx::TensorProto& tensor);

// Who makes and who uses each tensor. Valid until the graph changes.
class GraphIndex {
 public:
  explicit GraphIndex(const onnx::GraphProto& graph);

  // True if every tensor has one producer, no node has a graph inside, and all operators are of the standard
  // domain: the graphs that the rewriting understands.
  bool is_plain() const { return plain_; }

  const onnx::NodeProto* producer(const std::string& tensor) const;  // null: an input or a constant
  const std::vector<const onnx::NodeProto*>& consumers(const std::string& tensor) const;
  bool is_input(const std::string& tensor) const { return inputs_.contains(tensor); }
  bool is_output(const std::string& tensor) const { return outputs_.contains(tensor); }
  const onnx::TensorProto* constant(const std::string& tensor) const;  // null: not a constant
  std::optional<Weights> float_constant(const std::string& tensor) const;
  bool is_taken(const std::string& tensor) const;

 private:
  bool plain_ = true;
  std::map<std::string, const onnx::NodeProto*> producers_;
  std::map<std::string, std::vector<const onnx::NodeProto*>> consumers_;
  std::map<std::string, const onnx::TensorProto*> constants_;
  std::set<std::string> inputs_;
  std::set<std::string> outputs_;
};

// A convolution over pictures (weights of four dimensions) whose weights are constants.
struct Convolution {
  Weights weights;          // [out, in / groups, height, width]
  std::vector<float> bias;  // [out]; zeros if the node has none
  std::int64_t groups = 1;

  std::int64_t outputs() const { return weights.dims[0]; }
  std::int64_t inputs() const { return weights.dims[1] * groups; }
  bool is_depthwise() const { return groups > 1 && groups == outputs() && weights.dims[1] == 1; }
};
std::optional<Convolution> constant_convolution(const onnx::NodeProto& node, const GraphIndex& index);

std::int64_t attribute(const onnx::NodeProto& node, const std::string& name, std::int64_t fallback);
std::vector<std::int64_t> attributes(const onnx::NodeProto& node, const std::string& name);
bool has_attribute(const onnx::NodeProto& node, const std::string& name);
void set_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t value);

// Collects the new form of a graph: nodes in order, new constants under names that are not taken.
class GraphWriter {
 public:
  GraphWriter(onnx::GraphProto& graph, const GraphIndex& index);
  ~GraphWriter();
  GraphWriter(const GraphWriter&) = delete;
  GraphWriter& operator=(const GraphWriter&) = delete;

  std::string fresh_name(const std::string& stem);
  std::string add_constant(const std::string& stem, const Weights& weights);
  onnx::NodeProto& add_node(const onnx::NodeProto& node);  // a copy, to be edited
  // inputs and outputs by name
  onnx::NodeProto& add_node(const std::string& type,
                            const std::vector<std::string>& inputs,
                            const std::string& output);
  // As `like` (strides, pads ...), with other input, weights and output.
  onnx::NodeProto& add_convolution(const onnx::NodeProto& like,
                                   const Convolution& convolution,
                                   const std::string& input,
                                   const std::string& output);
  // Puts the collected nodes in the place of the graph's, and drops constants that nobody uses any more.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
