#include "kyc/nn/onnx_model.h"

#include <cassert>
#include <limits>
#include <map>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {

struct OnnxModel::State {
  onnx::ModelProto model;
  GraphPlan plan;
  std::map<std::string, onnx::TensorProto*> tensors;  // by the value that they are

  void find_tensors() {
    for (auto& tensor : *model.mutable_graph()->mutable_initializer()) tensors[tensor.name()] = &tensor;
    for (auto& node : *model.mutable_graph()->mutable_node())
      if (node.op_type() == "Constant" && node.output_size() == 1)
        for (auto& attribute : *node.mutable_attribute())
          if (attribute.has_t()) tensors[node.output(0)] = attribute.mutable_t();
  }
};

OnnxModel::OnnxModel(std::span<const std::uint8_t> model, const std::string& name)
    : state_(std::make_unique<State>()) {
  if (model.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !state_->model.ParseFromArray(model.data(), static_cast<int>(model.size())) ||
      !state_->model.has_graph())
    throw Error(ErrorCode::Corrupt, name + ": this is not an ONNX model");
  state_->plan = graph_plan(state_->model, name);
  state_->find_tensors();
}
OnnxModel::~OnnxModel() = default;
OnnxModel::OnnxModel(OnnxModel&&) noexcept = default;
OnnxModel& OnnxModel::operator=(OnnxModel&&) noexcept = default;

const GraphPlan& OnnxModel::plan() const {
  return state_->plan;
}

void OnnxModel::set_constant(std::size_t index, const TypedTensor& value) {
  const PlanConstant& constant = state_->plan.constants[index];
  assert(constant.tensor.type == value.type && constant.tensor.shape == value.shape);
  const auto found = state_->tensors.find(state_->plan.values[static_cast<std::size_t>(constant.value)]);
  assert(found != state_->tensors.end());
  onnx::TensorProto& tensor = *found->second;
  tensor.clear_float_data();
  tensor.clear_double_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.clear_uint64_data();
  tensor.set_raw_data(value.bytes.data(), value.bytes.size());
}

std::vector<std::uint8_t> OnnxModel::bytes() const {
  std::vector<std::uint8_t> out(state_->model.ByteSizeLong());
  state_->model.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

}  // namespace kyc
