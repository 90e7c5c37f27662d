// Constants that some networks carry for the program that runs them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kyc/nn/tensor.h"

namespace kyc {

// The last constant (initializer) of the graph, float32: where inswapper keeps its "emap".
// model   bytes of an .onnx file
// name    what error messages call it
// throws  Error{Corrupt} not a model, or the constant's sizes contradict each other; Error{Unsupported} there
// is
//         none, it lies in another file, or is not float32
Tensor last_initializer(std::span<const std::uint8_t> model, const std::string& name);

}  // namespace kyc
