#include "kyc/nn/torch/gradient_check.h"

#include <algorithm>
#include <cmath>

#include "kyc/nn/torch/executor.h"

namespace kyc {
namespace {

// A loss that no symmetry of an operator leaves unchanged: the outputs, each times a number of its own.
at::Tensor loss_of(const std::vector<at::Tensor>& outputs) {
  at::Tensor total = at::zeros({}, at::kDouble);
  for (const at::Tensor& output : outputs) {
    if (!output.is_floating_point()) continue;
    const at::Tensor places = at::arange(output.numel(), at::kDouble);
    const at::Tensor factors = at::add(at::sin(at::mul(places, 1.7)), 1.3);
    total = at::add(total, at::sum(at::mul(output.reshape({-1}).to(at::kDouble), factors)));
  }
  return total;
}

// True if all who use the value read it as numbers (axes, sizes, bounds): no gradient goes there.
bool is_read_only(const GraphPlan& plan, int value) {
  for (const PlanNode& node : plan.nodes) {
    const std::uint32_t host = operators().at(node.op).host;
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (node.inputs[i] == value && (host & kAllHost) == 0 && (i >= 31 || (host & (1U << i)) == 0))
        return false;
  }
  return true;
}

GradientCheck checked(const GraphPlan& plan, std::span<const TypedTensor> inputs, bool training) {
  constexpr double kStep = 1e-5;
  constexpr std::int64_t kMost = 24;  // elements of a tensor that are looked at
  Executor executor(plan, GraphDevice::Cpu, at::kDouble);
  enter(1);
  std::vector<at::Tensor> leaves = executor.to_device(inputs);
  const std::vector<at::Tensor> constants = executor.constants();
  const auto loss = [&] {
    // Running statistics start the same each time.
    for (std::size_t i = 0; i < constants.size(); ++i)
      if (!executor.constants()[i].requires_grad()) executor.constants()[i] = constants[i].clone();
    at::manual_seed(3);
    return loss_of(executor.run(leaves, {.training = training}));
  };
  std::vector<at::Tensor> moved;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (leaves[i].scalar_type() == at::kDouble && !is_read_only(plan, plan.inputs[i].value))
      moved.push_back(leaves[i].requires_grad_(true));
  for (std::size_t i = 0; i < constants.size(); ++i)
    if (plan.constants[i].trained)
      moved.push_back(executor.constants()[i] = constants[i].clone().requires_grad_(true));
  const at::Tensor total = loss();
  if (total.requires_grad()) total.backward();

  GradientCheck out;
  const at::NoGradGuard no_gradients;
  for (const at::Tensor& tensor : moved) {
    const at::Tensor analytic =
        (tensor.grad().defined() ? tensor.grad() : at::zeros_like(tensor)).contiguous();
    auto* values = tensor.data_ptr<double>();
    const std::int64_t stride = std::max<std::int64_t>(1, tensor.numel() / kMost);
    for (std::int64_t i = 0; i < tensor.numel(); i += stride) {
      const double before = values[i];
      values[i] = before + kStep;
      const double above = loss().item<double>();
      values[i] = before - kStep;
      const double below = loss().item<double>();
      values[i] = before;
      const double numeric = (above - below) / (2 * kStep);
      const double given = analytic.data_ptr<double>()[i];
      out.worst = std::max(out.worst, std::abs(given - numeric) / std::max(1.0, std::abs(numeric)));
      out.largest = std::max(out.largest, std::abs(given));
      ++out.compared;
    }
  }
  return out;
}

}  // namespace
}  // namespace kyc

extern "C" {
extern __attribute__((visibility("default"))) const kyc::GradientChecker kyc_gradient_checker;
const kyc::GradientChecker kyc_gradient_checker = kyc::checked;
}
