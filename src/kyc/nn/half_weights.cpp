#include "kyc/nn/half_weights.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

constexpr std::size_t kLarge =
    1024;  // numbers; smaller constants are no larger than the Cast that they would need
constexpr std::int64_t kLeastOpset = 11;

onnx::NodeProto cast_to_float(const std::string& from, const std::string& to) {
  onnx::NodeProto node;
  node.set_op_type("Cast");
  node.set_name(to + ".Cast");
  node.add_input(from);
  node.add_output(to);
  set_attribute(node, "to", std::int64_t{onnx::TensorProto::FLOAT});
  return node;
}

void halve(onnx::TensorProto& tensor, const Weights& weights) {
  std::vector<std::uint16_t> bits;
  bits.reserve(weights.values.size());
  for (const float value : weights.values) bits.push_back(half_bits(value));
  tensor.clear_float_data();
  tensor.set_data_type(onnx::TensorProto::FLOAT16);
  tensor.set_raw_data(bits.data(), bits.size() * sizeof(std::uint16_t));
}

}  // namespace

std::uint16_t half_bits(float value) {
  constexpr float kMost = 65504;
  const std::uint16_t sign = std::signbit(value) ? 0x8000U : 0U;
  const float size = std::min(std::abs(value), kMost);
  int exponent = 0;
  std::frexp(size, &exponent);                     // size = m 2^exponent with m in [1/2, 1)
  const int scale = std::max(exponent - 11, -24);  // of the last bit
  const auto steps = static_cast<std::uint32_t>(std::lrint(std::ldexp(size, -scale)));
  // 1024 to 2048 steps of a normal number; 2048 carry into the exponent, below 1024 it is subnormal.
  const std::uint32_t bits = steps < 1024 ? steps : steps + (static_cast<std::uint32_t>(scale + 24) << 10U);
  return static_cast<std::uint16_t>(sign | bits);
}

std::vector<std::uint8_t> with_half_weights(std::span<const std::uint8_t> model, const std::string& name) {
  onnx::ModelProto proto;
  if (!proto.ParseFromArray(model.data(), static_cast<int>(model.size())))
    throw Error(ErrorCode::Corrupt, name + ": not an ONNX model");
  const std::int64_t opset = proto.opset_import_size() > 0 ? proto.opset_import(0).version() : 0;
  if (opset < kLeastOpset)
    throw Error(ErrorCode::Unsupported,
                name + ": weights of 16 bits need opset " + std::to_string(kLeastOpset) + ", it has " +
                    std::to_string(opset));
  onnx::GraphProto& graph = *proto.mutable_graph();
  const GraphIndex index(graph);
  std::vector<onnx::NodeProto> nodes;
  for (onnx::TensorProto& tensor : *graph.mutable_initializer()) {
    const std::string of = tensor.name();
    const auto weights = float_values(tensor);
    // What the caller may set, or gets back, keeps its type.
    if (!weights || weights->values.size() < kLarge || index.is_input(of) || index.is_output(of)) continue;
    std::string half = of + ".half";
    while (index.is_taken(half)) half += "_";
    halve(tensor, *weights);
    tensor.set_name(half);
    nodes.push_back(cast_to_float(half, of));
  }
  nodes.insert(nodes.end(), graph.node().begin(), graph.node().end());
  graph.clear_node();
  for (const onnx::NodeProto& node : nodes) *graph.add_node() = node;
  std::vector<std::uint8_t> out(proto.ByteSizeLong());
  proto.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

}  // namespace kyc
