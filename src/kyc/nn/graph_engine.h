// What libkyc_torch.so gives, and how it is opened. Internal to nn/ and its tests. No LibTorch type in here:
// both sides are built of the same tree, by the same compiler.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kyc/nn/graph.h"
#include "kyc/nn/graph_plan.h"
#include "kyc/nn/trainer.h"

namespace kyc {

// A plan that runs. All throw Error; messages begin with the plan's name.
class GraphEngine {
 public:
  virtual ~GraphEngine() = default;

  virtual std::vector<TypedTensor> run(std::span<const TypedTensor> inputs) = 0;
  virtual GraphGradients gradients(std::span<const TypedTensor> inputs,
                                   const OutputGradients& loss,
                                   const GradientRequest& request) = 0;

  // index  into GraphPlan::constants
  virtual TypedTensor constant(std::size_t index) const = 0;
  virtual void set_constant(std::size_t index, const TypedTensor& value) = 0;
};

// The arithmetic of a training run; order, files and other processes are the Trainer's. All float32 numbers
// that change lie in four buffers of the same layout: weights and running statistics, gradients (of weights),
// two moments of the optimizer; a fifth holds the moving average.
class TrainingEngine {
 public:
  virtual ~TrainingEngine() = default;

  // Forward and back over a batch: the gradients of its mean loss replace what the buffer held.
  // returns  the loss
  virtual double compute(const TrainingBatch& batch, std::uint64_t seed) = 0;

  // Gradients on their way to other ranks and back. Of a scaled loss (mixed precision), still scaled.
  virtual void read_gradients(std::span<float> out) const = 0;
  virtual void write_gradients(std::span<const float> from) = 0;
  virtual std::size_t gradient_count() const = 0;

  struct Update {
    bool done = true;  // false: gradients that are no numbers, left out (mixed precision tries on)
    double gradient_norm = 0;
  };
  // One step of the optimizer, the `count`th (1 ...).
  virtual Update update(double learning_rate, std::uint64_t count) = 0;

  // Under the averaged weights where there are.
  virtual Tensor predict(const Tensor& inputs) = 0;

  // Running statistics, that ranks average at the end of an epoch.
  virtual std::vector<float> statistics() const = 0;
  virtual void set_statistics(std::span<const float> values) = 0;

  // Everything that compute and update depend on.
  virtual std::vector<std::uint8_t> state() const = 0;
  // throws  Error{Corrupt} if it is of another size
  virtual void set_state(std::span<const std::uint8_t> state) = 0;

  // Constants by their index in the plan, as predict() uses them.
  virtual std::vector<std::pair<std::size_t, TypedTensor>> constants() const = 0;
};

struct TorchModule {
  int interface = 0;  // kTorchInterface
  std::string (*version)() = nullptr;
  bool (*has_cuda)() = nullptr;
  std::vector<std::string> (*operators)() = nullptr;
  // The plan need not outlive what is made of it.
  std::unique_ptr<GraphEngine> (*make_graph)(const GraphPlan& plan, const GraphOptions& options) = nullptr;
  std::unique_ptr<TrainingEngine> (*make_training)(const GraphPlan& plan,
                                                   const TrainingOptions& options) = nullptr;
};
constexpr int kTorchInterface = 1;  // goes up with any change of the above

// Opens the library on the first call.
// throws  Error{Unavailable} it is not there, or does not fit this program
const TorchModule& torch_module();

// What the library exports, under the name "kyc_torch_module".
using TorchModuleEntry = const TorchModule* (*)();

}  // namespace kyc
