#include "kyc/nn/onnx_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kyc/core/error.h"
#include "kyc/nn/half_weights.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {
namespace {

constexpr int kOpset = 13;     // axes of Squeeze and ReduceSum are operands, softmax has one axis
constexpr int kIrVersion = 7;  // of the same ONNX release, 1.8

void declare(onnx::ValueInfoProto& value, const std::string& name, const std::vector<std::int64_t>& shape) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  auto& dims = *type.mutable_shape();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    auto& dim = *dims.add_dim();
    if (shape[i] >= 0)
      dim.set_dim_value(shape[i]);
    else
      dim.set_dim_param(i == 0 ? "n" : name + "_" + std::to_string(i));
  }
}

}  // namespace

void set_attribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) made.add_ints(value);
}

void set_attribute(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::STRING);
  made.set_s(value);
}

void set_float_attribute(onnx::NodeProto& node, const std::string& name, float value) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::FLOAT);
  made.set_f(value);
}

struct OnnxBuilder::State {
  onnx::ModelProto model;
  std::set<std::string> names;
};

OnnxBuilder::OnnxBuilder(const std::string& producer) : state_(std::make_unique<State>()) {
  state_->model.set_ir_version(kIrVersion);
  state_->model.set_producer_name(producer);
  state_->model.add_opset_import()->set_version(kOpset);
  state_->model.mutable_graph()->set_name("graph");
}
OnnxBuilder::~OnnxBuilder() = default;

void OnnxBuilder::input(const std::string& name, const std::vector<std::int64_t>& shape) {
  declare(*state_->model.mutable_graph()->add_input(), name, shape);
  state_->names.insert(name);
}

void OnnxBuilder::output(const std::string& name, const std::vector<std::int64_t>& shape) {
  declare(*state_->model.mutable_graph()->add_output(), name, shape);
}

std::string OnnxBuilder::constant(const std::string& stem, const Weights& weights) {
  auto& tensor = *state_->model.mutable_graph()->add_initializer();
  tensor.set_name(fresh_name(stem));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dimension : weights.dims) tensor.add_dims(dimension);
  tensor.set_raw_data(weights.values.data(), weights.values.size() * sizeof(float));
  return tensor.name();
}

std::string OnnxBuilder::constant(const std::string& stem, const std::vector<std::int64_t>& numbers) {
  auto& tensor = *state_->model.mutable_graph()->add_initializer();
  tensor.set_name(fresh_name(stem));
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(numbers.size()));
  for (const std::int64_t number : numbers) tensor.add_int64_data(number);
  return tensor.name();
}

std::string OnnxBuilder::half_constant(const std::string& stem, const Weights& weights) {
  std::vector<std::uint16_t> bits;
  for (const float value : weights.values) bits.push_back(half_bits(value));
  auto& tensor = *state_->model.mutable_graph()->add_initializer();
  tensor.set_name(fresh_name(stem));
  tensor.set_data_type(onnx::TensorProto::FLOAT16);
  for (const std::int64_t dimension : weights.dims) tensor.add_dims(dimension);
  tensor.set_raw_data(bits.data(), bits.size() * sizeof(std::uint16_t));
  return tensor.name();
}

std::string OnnxBuilder::byte_constant(const std::string& stem,
                                       const std::vector<std::int64_t>& dims,
                                       const std::vector<std::int8_t>& values) {
  auto& tensor = *state_->model.mutable_graph()->add_initializer();
  tensor.set_name(fresh_name(stem));
  tensor.set_data_type(onnx::TensorProto::INT8);
  for (const std::int64_t dimension : dims) tensor.add_dims(dimension);
  tensor.set_raw_data(values.data(), values.size());
  return tensor.name();
}

onnx::NodeProto& OnnxBuilder::node(const std::string& type,
                                   const std::vector<std::string>& inputs,
                                   const std::string& output) {
  auto& made = *state_->model.mutable_graph()->add_node();
  made.set_op_type(type);
  made.set_name(output);
  for (const std::string& input : inputs) made.add_input(input);
  made.add_output(output);
  state_->names.insert(output);
  return made;
}

std::string OnnxBuilder::fresh_name(const std::string& stem) {
  std::string name = stem;
  for (int i = 1; !state_->names.insert(name).second; ++i) name = stem + "_" + std::to_string(i);
  return name;
}

std::vector<std::uint8_t> OnnxBuilder::bytes() const {
  if (state_->model.ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw Error(ErrorCode::Unsupported, "an ONNX model of more than 2 GB");
  std::vector<std::uint8_t> out(state_->model.ByteSizeLong());
  state_->model.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

}  // namespace kyc
