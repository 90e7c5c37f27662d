// The linear layer that a network ends in, apart from the rest: what a closed form solves for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kyc {

// The network up to what its last linear layer takes: one output "features", [n, width]. Dropout and batch
// normalisation right in front of that layer are left out, too.
// model   bytes of an .onnx file that ends in a linear layer of one output (Gemm with transB, and Identity)
// name    what error messages call it
// throws  Error{Corrupt} not a model; Error{Unsupported} it ends in something else
std::vector<std::uint8_t> without_last_layer(std::span<const std::uint8_t> model, const std::string& name);

// The network whose last layer is logit = weights * features + bias, of the same features.
// throws  as without_last_layer; Error{InvalidArgument} another number of weights than the layer has
std::vector<std::uint8_t> with_last_layer(std::span<const std::uint8_t> model,
                                          const std::string& name,
                                          std::span<const float> weights,
                                          float bias);

}  // namespace kyc
