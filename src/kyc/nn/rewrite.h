// Edits of an ONNX graph before ONNX Runtime sees it. Internal to nn/. Each leaves the results as they are
// (up to rounding) and does nothing where it does not understand the graph.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace onnx {
class GraphProto;
class ModelProto;
}  // namespace onnx

namespace kyc {

// Constant nodes become initializers, initializers are no longer inputs, Identity and Dropout disappear.
void simplify(onnx::ModelProto& model);

// Makes a batch of 1, fixed by the file, free: inputs, outputs, and the Reshape constants that repeat it.
// Only if every operator is known to treat the rows of a batch apart. returns  false: nothing was changed
bool free_batch(onnx::GraphProto& graph);

// Fills channels up with zeros to a multiple of `block`, so that ONNX Runtime keeps its blocked layout.
bool pad_channels(onnx::GraphProto& graph, std::int64_t block);

// PRelu becomes a x + (1 - a) Relu(x) in operators that ONNX Runtime fuses within its blocked layout.
bool split_prelu(onnx::GraphProto& graph, std::int64_t block);

// Channels in a block of ONNX Runtime's layout on this processor: 16 with AVX-512, else 8.
std::int64_t channel_block();

struct RewriteOptions {
  bool free_batch = true;
  bool faster = true;
};

// model   bytes of an .onnx file
// name    for error messages
// throws  Error{Corrupt} not a model, Error{Unsupported} constants in other files
std::vector<std::uint8_t> rewritten(std::span<const std::uint8_t> model,
                                    const std::string& name,
                                    const RewriteOptions& options);

}  // namespace kyc
