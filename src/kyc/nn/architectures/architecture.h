// Networks of known architectures as ONNX graphs, with weights drawn from a seed: what training begins with.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kyc {

struct ArchitectureInfo {
  std::string name;         // "xception"
  std::string description;  // one line for people
  std::string source;       // the paper
  int side = 0;             // pixels of the input that the paper has
};

// Sorted by name.
const std::vector<ArchitectureInfo>& architectures();

struct NetworkOptions {
  int side = 0;     // pixels of the square input; 0: the architecture's own
  int outputs = 1;  // logits. One: of an attack; 1,000: what the published networks have
  std::uint64_t seed = 1;
};

// Input "image" [n, 3, side, side] float32, R, G, B; output "logits" [n, outputs]. Batch normalisation and
// dropout are nodes of the graph: training needs them. The same options give the same bytes.
//
// Convolutions: He et al. 2015 by fan-out, normal; those that end a squeeze-and-excitation by fan-in; linear
// layers: uniform within 1 / sqrt(fan-in), biases likewise or 0. The stochastic depth of EfficientNet's
// training is no part of the graph. throws  Error{NotFound} that lists the known names;
// Error{InvalidArgument} a side at which nothing would be left of the
//         picture, or more than 4,096; no outputs, or more than 100,000
std::vector<std::uint8_t> new_network(const std::string& architecture, const NetworkOptions& options = {});

struct ParameterCount {
  std::uint64_t trained = 0;     // weights, biases, scales: what papers count
  std::uint64_t statistics = 0;  // running means and variances of batch normalisation; Keras counts them too
};

// Of any ONNX file: its float32 constants of at least one dimension.
// throws  Error{Corrupt} not a model, or constants that contradict themselves; Error{Unsupported} constants
// in other files
ParameterCount count_parameters(std::span<const std::uint8_t> model, const std::string& name);

}  // namespace kyc
