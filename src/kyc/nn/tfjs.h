// TensorFlow.js models -> ONNX, in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

// The bytes of a weight file, by the name that the model gives it.
// max_bytes  more than this is an error: what the weights of the file add up to
using TfjsFiles = std::function<std::vector<std::uint8_t>(const std::string& path, std::uint64_t max_bytes)>;

// A graph model ("model.json": modelTopology and weightsManifest). Weights are float32 or int32, plain or
// quantised to float16, uint16 or uint8.
//   - Pictures (tensors of rank 4) are [n, height, width, channel] there and [n, channel, height, width]
//   here,
//     at inputs and outputs too. Everything else is as it was; a free batch stays free.
//   - Inputs are named as the graph names them, outputs as its signature does (without ":0"), in its order.
//     Without a signature: every node that nobody uses.
//   - Operators: Abs Add AddV2 AvgPool BiasAdd ConcatV2 Conv2D DepthwiseConv2dNative Identity MatMul Max
//     MaxPool Maximum Mean Minimum Mul Pad Prelu Relu Relu6 Reshape Rsqrt Sigmoid Softmax Square Squeeze Sub
//     Sum, and _FusedConv2D, FusedDepthwiseConv2dNative, _FusedMatMul with BiasAdd and Relu, Relu6 or Prelu.
//
// json    the text of the model
// name    what error messages call it
// throws  Error{Corrupt} what is wrong and at which node; Error{Unsupported} an operator, a layout or a
//         type that is not in this list, by its name and node; and what `files` throws
std::vector<std::uint8_t> onnx_from_tfjs(std::string_view json,
                                         const std::string& name,
                                         const TfjsFiles& files);

// Of a model.json with its weight files beside it (or in folders beside it; never above).
// throws  as above; Error{NotFound} names the file that is not there
std::vector<std::uint8_t> onnx_from_tfjs(const std::filesystem::path& model);

// A weights manifest without a graph: an array of {paths, weights}, as @vladmandic/face-api ships them. The
// graph is ours, chosen by name: "dlib_resnet34", the face recognition network of dlib and face-api
// (input "image" [n, 3, 150, 150], output "descriptor" [n, 128]).
// throws  as above; Error{Unsupported} for an unknown graph, Error{Corrupt} if weights are missing or of
// other shapes
std::vector<std::uint8_t> onnx_from_tfjs_weights(std::string_view json,
                                                 const std::string& name,
                                                 const std::string& graph,
                                                 const TfjsFiles& files);

// Weight files in the folder of `model`, which must not name any elsewhere.
TfjsFiles tfjs_files_beside(const std::filesystem::path& model);

}  // namespace kyc
