#include "kyc/nn/initializer.h"

#include <limits>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_graph.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {

Tensor last_initializer(std::span<const std::uint8_t> model, const std::string& name) {
  onnx::ModelProto proto;
  if (model.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !proto.ParseFromArray(model.data(), static_cast<int>(model.size())))
    throw Error(ErrorCode::Corrupt, name + ": not an ONNX model");
  const auto& constants = proto.graph().initializer();
  if (constants.empty()) throw Error(ErrorCode::Unsupported, name + ": the graph has no initializer");
  const onnx::TensorProto& last = constants[constants.size() - 1];
  if (last.data_location() == onnx::TensorProto::EXTERNAL || last.external_data_size() > 0)
    throw Error(ErrorCode::Unsupported, name + ": the last initializer lies in another file");
  if (last.data_type() != onnx::TensorProto::FLOAT)
    throw Error(
        ErrorCode::Unsupported,
        name + ": expected a last initializer of float32, got ONNX type " + std::to_string(last.data_type()));
  auto weights = float_values(last);
  if (!weights)
    throw Error(ErrorCode::Corrupt, name + ": the last initializer's sizes and values contradict each other");
  return {std::move(weights->dims), std::move(weights->values)};
}

}  // namespace kyc
