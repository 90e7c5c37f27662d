// The operators of ONNX on LibTorch's tensors, one function per operator, in files by kind. Internal to
// libkyc_torch.so.
//
// A function reads the attributes of one node, refuses what it can not do, and gives what is called at every
// run. Gradients are LibTorch's: every function is made of differentiable operations, in place of nothing.
#pragma once

#include "kyc/core/error.h"
#include "kyc/nn/graph_plan.h"
#include "kyc/nn/torch/torch.h"

namespace kyc {

// Of a run, for the operators that behave otherwise then.
struct RunMode {
  bool training = false;
};

// The operands of a node, as a kernel gets them.
class Operands {
 public:
  Operands(std::vector<at::Tensor> tensors, const RunMode& mode)
      : tensors_(std::move(tensors)), mode_(mode) {}

  const at::Tensor& operator[](std::size_t i) const { return tensors_[i]; }
  bool has(std::size_t i) const { return i < tensors_.size() && tensors_[i].defined(); }
  std::size_t size() const { return tensors_.size(); }
  const std::vector<at::Tensor>& all() const { return tensors_; }
  bool training() const { return mode_.training; }

 private:
  std::vector<at::Tensor> tensors_;
  const RunMode& mode_;
};

using Results = std::vector<at::Tensor>;
using Kernel = std::function<Results(const Operands&)>;

// A node of a plan, for the functions that make its kernel.
class NodeView {
 public:
  // float_type  what float32 is computed in: kFloat, or kDouble where gradients are checked
  NodeView(const GraphPlan& plan, const PlanNode& node, at::ScalarType float_type)
      : plan_(plan), node_(node), float_type_(float_type) {}

  std::int64_t opset() const { return plan_.opset; }
  std::size_t inputs() const { return node_.inputs.size(); }
  bool has_input(std::size_t i) const { return i < node_.inputs.size() && node_.inputs[i] >= 0; }
  std::size_t outputs() const { return node_.outputs.size(); }
  bool has_output(std::size_t i) const { return i < node_.outputs.size() && node_.outputs[i] >= 0; }

  bool has(const std::string& attribute) const { return node_.attributes.contains(attribute); }
  std::int64_t integer(const std::string& attribute, std::int64_t fallback) const;
  double number(const std::string& attribute, double fallback) const;
  std::string text(const std::string& attribute, const std::string& fallback) const;
  std::vector<std::int64_t> integers(const std::string& attribute) const;
  std::vector<double> numbers(const std::string& attribute) const;
  const TypedTensor* tensor(const std::string& attribute) const;  // null: not there

  // throws  unless the number of inputs is within
  void expect_inputs(std::size_t least, std::size_t most) const;

  at::ScalarType float_type() const { return float_type_; }
  // Of a number of ONNX's in an attribute.
  at::ScalarType scalar_type(std::int64_t onnx_type) const;

  [[noreturn]] void refuse(const std::string& why) const;   // Unsupported
  [[noreturn]] void corrupt(const std::string& why) const;  // Corrupt

 private:
  const PlanAttribute* find(const std::string& attribute, PlanAttribute::Kind kind) const;
  std::string where() const { return plan_.name + ": node '" + node_.name + "' (" + node_.op + ")"; }

  const GraphPlan& plan_;
  const PlanNode& node_;
  at::ScalarType float_type_;
};

using OperatorFunction = Kernel (*)(const NodeView& node);

struct Operator {
  OperatorFunction make = nullptr;
  // Bit i: operand i stays on the CPU, where its numbers are read (shapes, axes). Bit 31: all of them.
  std::uint32_t host = 0;
};
constexpr std::uint32_t kAllHost = 1U << 31;

using OperatorTable = std::map<std::string, Operator>;
OperatorTable arithmetic_operators();     // element by element, with one or more operands; matrices
OperatorTable activation_operators();     // of neurons
OperatorTable convolution_operators();    // and pools
OperatorTable normalization_operators();  // and Dropout
OperatorTable shape_operators();          // reshape, join, cut, pad
OperatorTable indexing_operators();       // gather, scatter
OperatorTable reduction_operators();      // sums, extremes, sorting
OperatorTable resampling_operators();     // Resize, GridSample
OperatorTable loss_operators();           // and quantisation

const OperatorTable& operators();  // all of them

// ---- what several files need ----

at::ScalarType storage_type(ElementType type, at::ScalarType float_type);

// The whole numbers of a tensor on the CPU.
std::vector<std::int64_t> integers_of(const at::Tensor& tensor);
std::vector<double> numbers_of(const at::Tensor& tensor);

// An axis counted from the back becomes one counted from the front.
// throws  Error{InvalidArgument} not in [-rank, rank)
std::int64_t axis_of(std::int64_t axis, std::int64_t rank);
std::vector<std::int64_t> axes_of(std::vector<std::int64_t> axes, std::int64_t rank);

// throws  Error{Unavailable} for a tensor of more than 2^31 values: before memory is asked for
void check_size(at::IntArrayRef shape);

// As ONNX has it: [1, 2, 3] is a value for the channels of [n, 1 or 2 or 3, ...].
at::Tensor per_channel(const at::Tensor& values, std::int64_t rank);

[[noreturn]] void fail(const std::string& what);  // Error{InvalidArgument}: operands that do not fit

}  // namespace kyc
