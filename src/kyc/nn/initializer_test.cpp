#include "kyc/nn/initializer.h"

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

std::vector<std::uint8_t> model_bytes_of(const onnx::ModelProto& model) {
  const std::string text = model.SerializeAsString();
  return {text.begin(), text.end()};
}

onnx::TensorProto& add_floats(onnx::ModelProto& model, std::int64_t rows, std::int64_t columns, int values) {
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(rows);
  tensor.add_dims(columns);
  for (int i = 0; i < values; ++i) tensor.add_float_data(static_cast<float>(i));
  return tensor;
}

ErrorCode refusal_code(const onnx::ModelProto& model) {
  try {
    last_initializer(model_bytes_of(model), "tiny");
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::Internal;
}

TEST(LastInitializer, IsTheLastOneOfTheFile) {
  onnx::ModelProto model;
  add_floats(model, 1, 2, 2);
  add_floats(model, 2, 3, 6);
  EXPECT_EQ(last_initializer(model_bytes_of(model), "tiny"), (Tensor{{2, 3}, {0, 1, 2, 3, 4, 5}}));
}

TEST(LastInitializer, RefusesWhatCannotBeRead) {
  onnx::ModelProto model;
  EXPECT_EQ(refusal_code(model), ErrorCode::Unsupported);  // none
  add_floats(model, 2, 3, 5);
  EXPECT_EQ(refusal_code(model), ErrorCode::Corrupt);  // one value short
  add_floats(model, 1, 1, 1).set_data_type(onnx::TensorProto::FLOAT16);
  EXPECT_EQ(refusal_code(model), ErrorCode::Unsupported);
  add_floats(model, 1, 1, 0).set_data_location(onnx::TensorProto::EXTERNAL);
  EXPECT_EQ(refusal_code(model), ErrorCode::Unsupported);
  add_floats(model, 3'000'000'000, 3'000'000'000, 4);
  EXPECT_EQ(refusal_code(model), ErrorCode::Corrupt);
  const std::vector<std::uint8_t> noise{1, 2, 3, 255, 255};
  EXPECT_THROW(last_initializer(noise, "noise"), Error);
}

}  // namespace
}  // namespace kyc
