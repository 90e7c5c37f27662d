// What an ONNX file asks to be computed, checked and in plain values: between the file (ONNX's protobuf) and
// LibTorch, neither of which needs to know the other. Internal to nn/. Files are hostile: everything that
// this header promises was checked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace onnx {
class ModelProto;
class TensorProto;
}  // namespace onnx

namespace kyc {

// With ONNX's numbers.
enum class ElementType {
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  Bool = 9,  // one byte, 0 or 1
  Float16 = 10,
  Float64 = 11,
  UInt32 = 12,
  UInt64 = 13,
  BFloat16 = 16,
};
// Nothing: strings, complex numbers, and what else ONNX has.
constexpr std::optional<ElementType> element_type(std::int64_t onnx_type) {
  if ((onnx_type >= 1 && onnx_type <= 13 && onnx_type != 8) || onnx_type == 16)
    return static_cast<ElementType>(onnx_type);
  return std::nullopt;
}

// Bytes of an element.
constexpr std::size_t size_of(ElementType type) {
  switch (type) {
    case ElementType::UInt8:
    case ElementType::Int8:
    case ElementType::Bool:
      return 1;
    case ElementType::UInt16:
    case ElementType::Int16:
    case ElementType::Float16:
    case ElementType::BFloat16:
      return 2;
    case ElementType::Float32:
    case ElementType::Int32:
    case ElementType::UInt32:
      return 4;
    case ElementType::Int64:
    case ElementType::Float64:
    case ElementType::UInt64:
      return 8;
  }
  return 0;
}

struct TypedTensor {
  ElementType type = ElementType::Float32;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;  // row-major, in this machine's byte order

  bool operator==(const TypedTensor&) const = default;
};

// One of its fields, as `kind` says.
struct PlanAttribute {
  enum class Kind { Number, Integer, Text, Tensor, Numbers, Integers, Texts };
  Kind kind = Kind::Integer;
  double number = 0;
  std::int64_t integer = 0;
  std::string text;
  TypedTensor tensor;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
};

struct PlanNode {
  std::string op;
  std::string name;          // never empty: a node without has its first output's
  std::vector<int> inputs;   // indices into GraphPlan::values; -1: left out
  std::vector<int> outputs;  // likewise
  std::map<std::string, PlanAttribute> attributes;
};

struct PlanConstant {
  int value = 0;
  TypedTensor tensor;
  bool trained = false;  // see Graph::weights
};

struct PlanPort {
  int value = 0;
  ElementType type = ElementType::Float32;
  std::vector<std::int64_t> shape;  // -1: free
};

// Every value has one maker: an input, a constant, or a node that comes before those that use it.
struct GraphPlan {
  std::string name;  // of the model, for messages
  std::int64_t opset = 0;
  std::vector<std::string> values;  // names
  std::vector<PlanNode> nodes;      // without those of type Constant, which are constants here
  std::vector<PlanConstant> constants;
  std::vector<PlanPort> inputs;  // without constants that are inputs too, as old files have them
  std::vector<PlanPort> outputs;
};

constexpr std::int64_t kOldestOpset = 6;
constexpr std::int64_t kNewestOpset = 21;

// throws  Error{Corrupt} parts that contradict each other; Error{Unsupported} weights in other files, graphs
//         within graphs, operators of other domains, types that are no numbers, an opset out of range
GraphPlan graph_plan(const onnx::ModelProto& model, const std::string& name);

// throws  likewise; `where` begins the message
TypedTensor typed_tensor(const onnx::TensorProto& tensor, const std::string& where);

// What a checkpoint is compared by: SHA-256 of operators, attributes, connections and shapes, but not of the
// weights.
std::string architecture_hash(const GraphPlan& plan);

}  // namespace kyc
