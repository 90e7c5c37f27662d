// Runs an ONNX model on LibTorch, operator by operator, with gradients with respect to inputs, weights and
// anything in between: what nn/session.h, which is faster, can not do. docs/graph.md lists the operators.
//
// LibTorch is loaded when the first graph is made (it takes a second and 160 MB, so no other start of the
// program should pay for it), from libkyc_torch.so; builds without LibTorch have no such file.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kyc/nn/tensor.h"

namespace kyc {

enum class GraphDevice { Cpu, Cuda };

// What LibTorch is to be had here. Loads it.
struct TorchStatus {
  bool available = false;
  std::string version;  // "1.13.0"; empty if not available
  bool cuda = false;
  std::string reason;  // why it is not available, in one sentence
};
TorchStatus torch_status();

// The names of the operators that graphs may hold, sorted. Empty without LibTorch.
std::vector<std::string> graph_operators();

struct GraphOptions {
  GraphDevice device = GraphDevice::Cpu;
  // Batch statistics in BatchNormalization, whose running statistics move with each run; Dropout drops.
  bool training = false;
  std::uint64_t seed = 0;  // of Dropout
  int threads = 1;         // inside one operator
};

struct GraphTensor {
  std::string name;
  std::vector<std::int64_t> shape;  // -1: free
};

struct GraphWeight {
  std::string name;
  std::vector<std::int64_t> shape;
};

// What gradients() is to give besides the outputs.
struct GradientRequest {
  bool inputs = true;
  bool weights = false;
  std::vector<std::string> tensors = {};  // anything that a node gives, by its name: Grad-CAM
};

struct GraphGradients {
  std::vector<Tensor> outputs;  // in the order of Graph::outputs()
  std::vector<Tensor> inputs;   // gradients; empty if not asked for. Zero where the loss is constant
  std::map<std::string, Tensor> weights;  // gradients by name; empty if not asked for
  struct Inner {
    Tensor value;
    Tensor gradient;
  };
  std::map<std::string, Inner> tensors;
};

// From the outputs of a graph, the gradient of some loss with respect to each of them, in the same shapes.
using OutputGradients = std::function<std::vector<Tensor>(std::span<const Tensor> outputs)>;

// Not thread-safe: one graph per thread. Inputs and outputs that are no float32 in the file are converted.
class Graph {
 public:
  // model   bytes of an .onnx file, opset 6 to 21; all weights inside
  // name    what error messages call it
  // throws  Error{Corrupt} not a model, or one whose parts contradict each other; Error{Unsupported} an
  //         operator, a mode of one or a type that is not known here, by operator and node;
  //         Error{Unavailable} no LibTorch, or no GPU
  Graph(std::span<const std::uint8_t> model, const std::string& name, const GraphOptions& options = {});
  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;

  const std::vector<GraphTensor>& inputs() const;
  const std::vector<GraphTensor>& outputs() const;
  // What training changes: weights and biases of Conv, ConvTranspose, Gemm and MatMul (and of an Add behind
  // it), scales and biases of normalisations, slopes of PRelu, where they are constants of the file.
  const std::vector<GraphWeight>& weights() const;
  // The tensors that convolutions give, behind the normalisation and activation that follow them, in the
  // order of the graph: what Grad-CAM looks at.
  std::vector<std::string> feature_maps() const;

  // inputs   one per input, in the order of inputs()
  // returns  one per output, in the order of outputs()
  // throws   Error{InvalidArgument} shapes that do not fit, by node; Error{Unavailable} out of memory
  std::vector<Tensor> run(std::span<const Tensor> inputs);
  Tensor run(const Tensor& input);  // for networks of one input: the first output

  // One run forward and one back.
  // loss     gives the gradients at the outputs, where the way back begins
  // throws   as run; Error{InvalidArgument} if a gradient has another shape than its output, or a requested
  //          tensor is not in the graph
  GraphGradients gradients(std::span<const Tensor> inputs,
                           const OutputGradients& loss,
                           const GradientRequest& request = {});

  // throws  Error{NotFound} no constant of that name, Error{InvalidArgument} another shape
  Tensor weight(const std::string& name) const;
  void set_weight(const std::string& name, const Tensor& value);

  // The model with the weights (and running statistics) as they are now; all else as it was.
  std::vector<std::uint8_t> onnx() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
