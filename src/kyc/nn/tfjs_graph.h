// The state of a conversion from a TensorFlow.js graph to ONNX. Internal to nn/.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kyc/nn/onnx_builder.h"
#include "kyc/nn/tfjs_model.h"

namespace kyc {

// What a node gives. Shapes are TensorFlow's (pictures: [n, height, width, channel]), -1: free.
struct TfjsValue {
  std::string tensor;  // in the ONNX graph; "" for a constant, which is written where it is used
  std::vector<std::int64_t> shape;
  bool channels_first = false;  // rank 4, and lies in the ONNX graph as [n, channel, height, width]
  const TfjsTensor* constant = nullptr;

  std::size_t rank() const { return shape.size(); }
};

class TfjsConversion {
 public:
  TfjsConversion(const TfjsModel& model, const TfjsWeights& weights, std::string name);

  std::vector<std::uint8_t> run();

  // ---- for the operators ----

  [[noreturn]] void fail(const TfjsNode& node, const std::string& what) const;
  [[noreturn]] void refuse(const TfjsNode& node, const std::string& what) const;

  const TfjsValue& input(const TfjsNode& node, std::size_t i) const;
  void expect_inputs(const TfjsNode& node, std::size_t count) const;
  // The whole numbers of a constant operand.
  const std::vector<std::int64_t>& numbers(const TfjsNode& node, std::size_t i) const;
  const TfjsTensor& float_constant(const TfjsNode& node, std::size_t i, std::size_t rank) const;
  // An axis from the back counts as TensorFlow does: -1 is the last.
  std::size_t axis(const TfjsNode& node, std::int64_t axis, std::size_t rank) const;

  std::string text(const TfjsNode& node, const std::string& key, const std::string& fallback) const;
  bool flag(const TfjsNode& node, const std::string& key) const;
  std::vector<std::int64_t> list(const TfjsNode& node, const std::string& key) const;

  // The tensor of `value` in the wanted layout. A constant is written as an initializer, one of a smaller
  // rank filled up to 4 for pictures (as broadcasting does). What is no picture can only be had as it is.
  std::string tensor(const TfjsValue& value, bool channels_first);

  // What the node is called in the ONNX graph.
  std::string name_of(const TfjsNode& node);
  OnnxBuilder& onnx() { return onnx_; }

 private:
  std::string resolved(const std::string& node) const;
  void choose_outputs();
  std::vector<const TfjsNode*> in_order() const;
  void convert(const TfjsNode& node);
  void placeholder(const TfjsNode& node);
  void write_outputs();

  const TfjsModel& model_;
  const TfjsWeights& weights_;
  std::string name_;
  OnnxBuilder onnx_;
  std::map<std::string, const TfjsNode*> nodes_;
  std::vector<std::pair<std::string, std::string>> outputs_;  // name outside, node behind Identity
  std::map<std::string, std::string> public_names_;           // node -> name outside
  std::map<std::string, TfjsValue> values_;
  std::map<std::string, std::string> transposed_;  // tensor -> the same in the other layout
};

// [n, height, width, channel] -> [n, channel, height, width], of shapes and axes.
std::vector<std::int64_t> channels_first_shape(const std::vector<std::int64_t>& shape);
std::int64_t channels_first_axis(std::size_t axis);

using TfjsOperator = TfjsValue (*)(TfjsConversion& to, const TfjsNode& node);
// Null: not supported.
TfjsOperator tfjs_operator(const std::string& op);
std::map<std::string, TfjsOperator> tfjs_layers();      // convolutions, pools, matrices
std::map<std::string, TfjsOperator> tfjs_arithmetic();  // element by element, and reductions
std::map<std::string, TfjsOperator> tfjs_shapes();      // reshape, pad, join

}  // namespace kyc
