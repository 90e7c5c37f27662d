// Runs a plan on LibTorch's tensors. Internal to libkyc_torch.so.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "kyc/nn/graph.h"
#include "kyc/nn/graph_plan.h"
#include "kyc/nn/torch/operators.h"

namespace kyc {

class Executor {
 public:
  // float_type  what float32 is computed in: kFloat or kDouble
  // throws      Error{Unsupported} an operator, or a mode of one, that is not known, by operator and node;
  //             Error{Unavailable} no such device
  Executor(const GraphPlan& plan, GraphDevice device, at::ScalarType float_type);

  // inputs   in the order of the plan's
  // kept     values besides the outputs that are handed back, by their index
  // returns  the outputs in the order of the plan's
  // throws   Error by node: InvalidArgument, or Unavailable if memory ran out
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs,
                              const RunMode& mode,
                              std::map<int, at::Tensor>* kept = nullptr);

  const GraphPlan& plan() const { return plan_; }
  at::Device device() const { return device_; }
  at::ScalarType float_type() const { return float_type_; }

  // Of the plan's constants; may be replaced by tensors of the same shape.
  std::vector<at::Tensor>& constants() { return constants_; }
  const std::vector<at::Tensor>& constants() const { return constants_; }

  // On this executor's device, in its floating point type.
  at::Tensor to_device(const TypedTensor& tensor) const;
  // throws  Error{InvalidArgument} for a number of inputs other than the plan's
  std::vector<at::Tensor> to_device(std::span<const TypedTensor> tensors) const;

 private:
  struct Step {
    const PlanNode* node = nullptr;
    Kernel kernel;
    std::uint32_t host = 0;
    std::vector<int> last_uses;  // values that nobody needs after it
  };

  void plan_steps();
  void run_step(const Step& step, std::vector<at::Tensor>& values, const RunMode& mode) const;
  std::string where(const PlanNode& node) const;

  GraphPlan plan_;
  at::Device device_;
  at::ScalarType float_type_;
  std::vector<Step> steps_;
  std::vector<at::Tensor> constants_;
};

// In ONNX's type (the executor's double becomes float again).
TypedTensor typed_tensor(const at::Tensor& tensor, ElementType type);
Tensor plain_tensor(const at::Tensor& tensor);  // float32
// Of LibTorch's own types, the ONNX type that has the same bytes.
ElementType element_type_of(at::ScalarType type);

// Before each work of LibTorch's: sets what is this thread's own, the number of threads inside one operator,
// and that nothing is printed.
void enter(int threads);

// c10's errors as ours; `where` begins the message.
[[noreturn]] void throw_translated(const c10::Error& error, const std::string& where);

}  // namespace kyc
