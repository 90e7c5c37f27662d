// GraphEngine: runs and gradients for nn/graph.h.

#include <algorithm>

#include "kyc/nn/graph_engine.h"
#include "kyc/nn/torch/executor.h"
#include "kyc/nn/torch/module.h"

namespace kyc {
namespace {

class TorchGraph final : public GraphEngine {
 public:
  TorchGraph(const GraphPlan& plan, const GraphOptions& options)
      : executor_(plan, options.device, at::kFloat), options_(options) {}

  std::vector<TypedTensor> run(std::span<const TypedTensor> inputs) override {
    prepare();
    const at::NoGradGuard no_gradients;
    const auto outputs = executor_.run(executor_.to_device(inputs), {options_.training});
    std::vector<TypedTensor> out;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      out.push_back(typed_tensor(outputs[i], executor_.plan().outputs[i].type));
    return out;
  }

  GraphGradients gradients(std::span<const TypedTensor> inputs,
                           const OutputGradients& loss,
                           const GradientRequest& request) override {
    prepare();
    std::map<int, at::Tensor> kept = requested(request);
    std::vector<at::Tensor> leaves = executor_.to_device(inputs);
    if (request.inputs)
      for (at::Tensor& leaf : leaves)
        if (leaf.is_floating_point()) leaf.requires_grad_(true);
    const std::vector<at::Tensor> plain = executor_.constants();
    if (request.weights || !request.inputs)  // something must, for values in between to have gradients
      for (std::size_t i = 0; i < plain.size(); ++i)
        if (executor_.plan().constants[i].trained)
          executor_.constants()[i] = plain[i].detach().requires_grad_(true);
    GraphGradients out;
    try {
      compute(leaves, loss, kept, request, out);
    } catch (...) {  // the constants are as they were, whatever happened
      executor_.constants() = plain;
      throw;
    }
    executor_.constants() = plain;
    return out;
  }

  TypedTensor constant(std::size_t index) const override {
    return typed_tensor(executor_.constants()[index], executor_.plan().constants[index].tensor.type);
  }

  void set_constant(std::size_t index, const TypedTensor& value) override {
    executor_.constants()[index] = executor_.to_device(value);
  }

 private:
  void prepare() {
    enter(options_.threads);
    if (options_.training) at::manual_seed(options_.seed + runs_);
    ++runs_;
  }

  const std::string& name() const { return executor_.plan().name; }

  // Places for the values that are asked for by name.
  std::map<int, at::Tensor> requested(const GradientRequest& request) const {
    const auto& values = executor_.plan().values;
    std::map<int, at::Tensor> out;
    for (const std::string& wanted : request.tensors) {
      const auto found = std::find(values.begin(), values.end(), wanted);
      if (found == values.end())
        throw Error(ErrorCode::InvalidArgument, name() + ": no tensor '" + wanted + "' in the graph");
      out.emplace(static_cast<int>(found - values.begin()), at::Tensor());
    }
    return out;
  }

  std::vector<at::Tensor> loss_gradients(const std::vector<at::Tensor>& outputs,
                                         const OutputGradients& loss,
                                         GraphGradients& out) const {
    for (const at::Tensor& output : outputs) out.outputs.push_back(plain_tensor(output));
    const std::vector<Tensor> given = loss(out.outputs);
    if (given.size() != outputs.size())
      throw Error(ErrorCode::InvalidArgument,
                  name() + ": expected " + std::to_string(outputs.size()) + " output gradients, got " +
                      std::to_string(given.size()));
    std::vector<at::Tensor> gradients;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (given[i].shape != out.outputs[i].shape || given[i].data.size() != out.outputs[i].data.size())
        throw Error(ErrorCode::InvalidArgument,
                    name() + ": the gradient of an output: expected shape " + text_of(out.outputs[i].shape) +
                        ", got " + text_of(given[i].shape));
      at::Tensor gradient = at::empty(given[i].shape, at::kFloat);
      std::copy(given[i].data.begin(), given[i].data.end(), gradient.data_ptr<float>());
      gradients.push_back(gradient.to(outputs[i].options()));
    }
    return gradients;
  }

  static std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (const std::int64_t size : shape) text += (text.size() == 1 ? "" : ", ") + std::to_string(size);
    return text + "]";
  }

  void compute(const std::vector<at::Tensor>& leaves,
               const OutputGradients& loss,
               std::map<int, at::Tensor>& kept,
               const GradientRequest& request,
               GraphGradients& out) {
    const at::AutoGradMode with_gradients(true);
    const auto outputs = executor_.run(leaves, {options_.training}, &kept);
    const auto gradients = loss_gradients(outputs, loss, out);
    for (auto& [value, tensor] : kept) {
      if (!tensor.defined()) tensor = leaf_of(value, leaves);
      if (tensor.requires_grad()) tensor.retain_grad();
    }
    // The loss as a number whose gradients are those given.
    at::Tensor total;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].requires_grad()) continue;
      const at::Tensor part = at::sum(at::mul(outputs[i], gradients[i]));
      total = total.defined() ? at::add(total, part) : part;
    }
    try {
      if (total.defined()) total.backward();
    } catch (const c10::Error& error) {
      throw_translated(error, name() + ": the way back");
    }
    hand_out(leaves, kept, request, out);
  }

  at::Tensor leaf_of(int value, const std::vector<at::Tensor>& leaves) const {
    const auto& plan = executor_.plan();
    for (std::size_t i = 0; i < plan.inputs.size(); ++i)
      if (plan.inputs[i].value == value) return leaves[i];
    for (std::size_t i = 0; i < plan.constants.size(); ++i)
      if (plan.constants[i].value == value) return executor_.constants()[i];
    throw Error(ErrorCode::InvalidArgument,
                name() + ": '" + plan.values[static_cast<std::size_t>(value)] + "' is not computed");
  }

  static Tensor gradient_of(const at::Tensor& tensor) {
    return plain_tensor(tensor.grad().defined() ? tensor.grad() : at::zeros_like(tensor, at::kFloat));
  }

  void hand_out(const std::vector<at::Tensor>& leaves,
                const std::map<int, at::Tensor>& kept,
                const GradientRequest& request,
                GraphGradients& out) const {
    const auto& plan = executor_.plan();
    if (request.inputs)
      for (const at::Tensor& leaf : leaves) out.inputs.push_back(gradient_of(leaf));
    if (request.weights)
      for (std::size_t i = 0; i < plan.constants.size(); ++i)
        if (plan.constants[i].trained)
          out.weights.emplace(plan.values[static_cast<std::size_t>(plan.constants[i].value)],
                              gradient_of(executor_.constants()[i]));
    for (const auto& [value, tensor] : kept)
      out.tensors.emplace(plan.values[static_cast<std::size_t>(value)],
                          GraphGradients::Inner{plain_tensor(tensor), gradient_of(tensor)});
  }

  Executor executor_;
  GraphOptions options_;
  std::uint64_t runs_ = 0;
};

}  // namespace

std::unique_ptr<GraphEngine> make_torch_graph(const GraphPlan& plan, const GraphOptions& options) {
  return std::make_unique<TorchGraph>(plan, options);
}

}  // namespace kyc
