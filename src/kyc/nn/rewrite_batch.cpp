// Freeing the batch dimension.

#include <algorithm>
#include <map>
#include <set>

#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/rewrite.h"

namespace kyc {
namespace {

// What a tensor is with respect to the batch.
enum class Kind {
  Constant,
  Rows,        // dimension 0 is the batch, and row i depends on row i of the inputs only
  Shape,       // the dimensions of a Rows tensor
  Batch,       // the batch size alone (a scalar or one value)
  Dimensions,  // whole numbers that do not depend on the batch
  Target,      // a shape to come that begins with the batch size
};

const std::set<std::string> kRowWise = {"Conv",
                                        "ConvTranspose",
                                        "BatchNormalization",
                                        "MaxPool",
                                        "AveragePool",
                                        "GlobalAveragePool",
                                        "GlobalMaxPool",
                                        "Relu",
                                        "LeakyRelu",
                                        "PRelu",
                                        "Sigmoid",
                                        "Tanh",
                                        "Exp",
                                        "Sqrt",
                                        "Neg",
                                        "Abs",
                                        "Clip",
                                        "Elu",
                                        "Selu",
                                        "Softplus",
                                        "HardSigmoid",
                                        "Add",
                                        "Sub",
                                        "Mul",
                                        "Div",
                                        "Pow",
                                        "Max",
                                        "Min",
                                        "Sum",
                                        "LRN",
                                        "InstanceNormalization",
                                        "HardSwish",
                                        "Erf",
                                        "Identity",
                                        "Upsample"};

// Reduces a graph to a verdict: can the batch be freed, and which Reshape constants must be changed for it?
class BatchAnalysis {
 public:
  explicit BatchAnalysis(const onnx::GraphProto& graph) : graph_(graph), index_(graph) {}

  bool can_be_freed() {
    if (!index_.is_plain()) return false;
    for (const auto& tensor : graph_.initializer()) kinds_[tensor.name()] = Kind::Constant;
    for (const auto& input : graph_.input()) kinds_[input.name()] = Kind::Rows;
    for (const auto& node : graph_.node()) {
      const std::optional<Kind> kind = kind_of(node);
      if (!kind) return false;
      for (const std::string& output : node.output()) kinds_[output] = *kind;
    }
    return std::all_of(graph_.output().begin(), graph_.output().end(), [&](const auto& output) {
      return kind(output.name()) == Kind::Rows;
    });
  }

  // Reshape nodes (by output name) whose constant begins with 1.
  const std::set<std::string>& fixed_reshapes() const { return fixed_reshapes_; }

 private:
  Kind kind(const std::string& tensor) const {
    const auto found = kinds_.find(tensor);
    return found == kinds_.end() ? Kind::Constant : found->second;  // "": an operand that is left out
  }

  bool all_are(const onnx::NodeProto& node, Kind wanted) const {
    return std::all_of(node.input().begin(), node.input().end(), [&](const std::string& input) {
      return kind(input) == wanted;
    });
  }

  bool only_first_is_rows(const onnx::NodeProto& node) const {
    for (int i = 0; i < node.input_size(); ++i)
      if (kind(node.input(i)) != (i == 0 ? Kind::Rows : Kind::Constant)) return false;
    return node.input_size() > 0;
  }

  // Whole numbers that an operator takes as an attribute or, in later versions, as a constant operand.
  std::optional<std::vector<std::int64_t>> numbers(const onnx::NodeProto& node,
                                                   const std::string& name,
                                                   int operand) const {
    if (has_attribute(node, name)) return attributes(node, name);
    if (operand < 0 || node.input_size() <= operand) return std::nullopt;
    const onnx::TensorProto* constant = index_.constant(node.input(operand));
    return constant ? int_values(*constant) : std::nullopt;
  }

  // Axes that leave the batch alone. Negative ones count from the end, where we do not know the beginning: -1
  // is never the batch of a tensor that has one and something else.
  static bool spare_batch(const std::vector<std::int64_t>& axes) {
    return !axes.empty() &&
           std::all_of(axes.begin(), axes.end(), [](std::int64_t a) { return a > 0 || a == -1; });
  }

  std::optional<Kind> kind_of(const onnx::NodeProto& node) {
    if (all_are(node, Kind::Constant)) return Kind::Constant;
    const std::string& type = node.op_type();
    if (type == "Shape") return kind(node.input(0)) == Kind::Rows ? std::optional(Kind::Shape) : std::nullopt;
    const bool rows = std::any_of(node.input().begin(), node.input().end(), [&](const std::string& input) {
      return kind(input) == Kind::Rows;
    });
    return rows ? kind_of_rows(node) : kind_of_numbers(node);
  }

  std::optional<Kind> when(bool condition) const {
    return condition ? std::optional(Kind::Rows) : std::nullopt;
  }

  std::optional<Kind> kind_of_rows(const onnx::NodeProto& node) {
    const std::string& type = node.op_type();
    if (type == "Reshape") return reshape(node);
    if (kRowWise.contains(type)) return when(row_wise(node));
    if (type == "Concat") return when(all_are_rows(node) && spare_batch({attribute(node, "axis", 0)}));
    if (!only_first_is_rows(node)) return std::nullopt;
    if (type == "Flatten") return when(attribute(node, "axis", 1) == 1);
    if (type == "Gemm") return when(attribute(node, "transA", 0) == 0 && node.input_size() >= 2);
    if (type == "MatMul") return when(matrix(node.input(1)));
    if (type == "Softmax" || type == "LogSoftmax" || type == "Split") {
      const bool has_axis = has_attribute(node, "axis");
      return when(has_axis ? spare_batch({attribute(node, "axis", 0)}) : type != "Split");
    }
    if (type == "Transpose") {
      const auto order = attributes(node, "perm");
      return when(!order.empty() && order[0] == 0);
    }
    if (type == "Pad") {
      const auto pads = numbers(node, "pads", 1);
      return when(pads && pads->size() >= 2 && (*pads)[0] == 0 && (*pads)[pads->size() / 2] == 0);
    }
    if (type == "Slice") return when(spare(numbers(node, "axes", 3)));
    if (type == "Resize") return when(resize(node));
    if (type == "Squeeze" || type == "Unsqueeze" || type.starts_with("Reduce"))
      return when(spare(numbers(node, "axes", 1)));
    return std::nullopt;
  }

  static bool spare(const std::optional<std::vector<std::int64_t>>& axes) {
    return axes && spare_batch(*axes);
  }

  bool all_are_rows(const onnx::NodeProto& node) const { return all_are(node, Kind::Rows); }

  bool matrix(const std::string& constant) const {
    const onnx::TensorProto* tensor = index_.constant(constant);
    return tensor && tensor->dims_size() == 2;
  }

  // A constant operand must not bring a batch of its own.
  bool row_wise(const onnx::NodeProto& node) const {
    const bool has_parameters = node.op_type() == "Conv" || node.op_type() == "ConvTranspose";
    for (int i = 0; i < node.input_size(); ++i) {
      const Kind one = kind(node.input(i));
      if (one != Kind::Rows && one != Kind::Constant) return false;
      if (has_parameters && (one == Kind::Rows) != (i == 0)) return false;
      const onnx::TensorProto* constant = index_.constant(node.input(i));
      if (!has_parameters && constant && constant->dims_size() >= 4 && constant->dims(0) > 1) return false;
    }
    return true;
  }

  // With scales; a target size would repeat the batch.
  bool resize(const onnx::NodeProto& node) const {
    if (node.input_size() < 2 || node.input_size() > 3) return false;
    const auto scales = index_.float_constant(node.input(node.input_size() - 1));
    return scales && !scales->values.empty() && scales->values[0] == 1.0F;
  }

  std::optional<Kind> reshape(const onnx::NodeProto& node) {
    if (node.input_size() != 2 || kind(node.input(0)) != Kind::Rows || attribute(node, "allowzero", 0) != 0)
      return std::nullopt;
    if (kind(node.input(1)) == Kind::Target) return Kind::Rows;
    const onnx::TensorProto* constant = index_.constant(node.input(1));
    const auto target = constant ? int_values(*constant) : std::nullopt;
    if (!target || target->empty()) return std::nullopt;
    if ((*target)[0] == 0) return Kind::Rows;
    if ((*target)[0] != 1) return std::nullopt;
    fixed_reshapes_.insert(node.output(0));
    return Kind::Rows;
  }

  // Picks, joins and casts of dimensions: what exporters write to compute the target of a Reshape.
  std::optional<Kind> kind_of_numbers(const onnx::NodeProto& node) {
    const std::string& type = node.op_type();
    const Kind first = kind(node.input(0));
    if (type == "Cast" || type == "Squeeze" || type == "Unsqueeze") return first;
    if (type == "Gather" && first == Kind::Shape && node.input_size() == 2) {
      const onnx::TensorProto* constant = index_.constant(node.input(1));
      const auto which = constant ? int_values(*constant) : std::nullopt;
      if (!which || which->size() != 1) return std::nullopt;
      return (*which)[0] == 0 ? Kind::Batch : Kind::Dimensions;
    }
    if (type == "Concat") {
      if (first != Kind::Batch) return std::nullopt;
      for (int i = 1; i < node.input_size(); ++i)
        if (kind(node.input(i)) != Kind::Constant && kind(node.input(i)) != Kind::Dimensions)
          return std::nullopt;
      return Kind::Target;
    }
    return std::nullopt;
  }

  const onnx::GraphProto& graph_;
  GraphIndex index_;
  std::map<std::string, Kind> kinds_;
  std::set<std::string> fixed_reshapes_;
};

bool has_batch_of_one(const onnx::ValueInfoProto& value) {
  const auto& type = value.type();
  return type.has_tensor_type() && type.tensor_type().has_shape() &&
         type.tensor_type().shape().dim_size() >= 2 && type.tensor_type().shape().dim(0).has_dim_value() &&
         type.tensor_type().shape().dim(0).dim_value() == 1;
}

}  // namespace

bool free_batch(onnx::GraphProto& graph) {
  if (graph.input_size() == 0 || !std::all_of(graph.input().begin(), graph.input().end(), has_batch_of_one) ||
      !std::all_of(graph.output().begin(), graph.output().end(), has_batch_of_one))
    return false;
  BatchAnalysis analysis(graph);
  if (!analysis.can_be_freed()) return false;

  for (auto* values : {graph.mutable_input(), graph.mutable_output()})
    for (auto& value : *values)
      value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_param("batch");
  graph.clear_value_info();

  std::map<std::string, onnx::TensorProto*> constants;
  for (auto& tensor : *graph.mutable_initializer()) constants[tensor.name()] = &tensor;
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() != "Reshape" || !analysis.fixed_reshapes().contains(node.output(0))) continue;
    const onnx::TensorProto& old = *constants.at(node.input(1));
    auto target = *int_values(old);
    target[0] = 0;  // "as in the input"
    auto& made = *graph.add_initializer();
    made.set_name(node.output(0) + "_batch_target");
    made.set_data_type(onnx::TensorProto::INT64);
    made.add_dims(static_cast<std::int64_t>(target.size()));
    for (const std::int64_t value : target) made.add_int64_data(value);
    node.set_input(1, made.name());
  }
  return true;
}

}  // namespace kyc
