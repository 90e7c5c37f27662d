#include "kyc/nn/torch/executor.h"

#include <cstring>
#include <new>

#include <ATen/Parallel.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

at::Device device_of(GraphDevice device, const std::string& name) {
  if (device == GraphDevice::Cpu) return at::Device(at::kCPU);
  if (!at::globalContext().hasCUDA())
    throw Error(ErrorCode::Unavailable, name + ": LibTorch finds no CUDA device here");
  return at::Device(at::kCUDA, 0);
}

// The tensor's bytes as elements of `Stored`, wider than they are in ONNX.
template <typename From, typename To>
at::Tensor widened(const TypedTensor& from, at::ScalarType type) {
  at::Tensor out = at::empty(from.shape, type);
  auto* data = out.data_ptr<To>();
  for (std::size_t i = 0; i < from.bytes.size() / sizeof(From); ++i) {
    From value{};
    std::memcpy(&value, from.bytes.data() + i * sizeof(From), sizeof(From));
    data[i] = static_cast<To>(value);
  }
  return out;
}

at::Tensor on_cpu(const TypedTensor& from) {
  if (from.type == ElementType::UInt16) return widened<std::uint16_t, std::int32_t>(from, at::kInt);
  if (from.type == ElementType::UInt32) return widened<std::uint32_t, std::int64_t>(from, at::kLong);
  at::Tensor out = at::empty(from.shape, storage_type(from.type, at::kFloat));
  if (!from.bytes.empty()) std::memcpy(out.data_ptr(), from.bytes.data(), from.bytes.size());
  return out;
}

template <typename Stored, typename To>
void narrow(const at::Tensor& from, std::vector<std::uint8_t>& bytes) {
  const auto* data = from.data_ptr<Stored>();
  const auto count = static_cast<std::size_t>(from.numel());
  bytes.resize(count * sizeof(To));
  for (std::size_t i = 0; i < count; ++i) {
    const To value = static_cast<To>(data[i]);
    std::memcpy(bytes.data() + i * sizeof(To), &value, sizeof(To));
  }
}

// Libraries do not print; LibTorch would, that some function is new.
class Silent final : public c10::WarningHandler {
 public:
#if TORCH_VERSION_MAJOR >= 2
  void process(const c10::Warning&) override {}
#else
  void process(const c10::SourceLocation&, const std::string&, const bool) override {}
#endif
};

void silence() {
  static Silent silent;
#if TORCH_VERSION_MAJOR >= 2
  c10::WarningUtils::set_warning_handler(&silent);
#else
  c10::Warning::set_warning_handler(&silent);
#endif
}

}  // namespace

void throw_translated(const c10::Error& error, const std::string& where) {
  std::string message = error.what_without_backtrace();
  message = message.substr(0, message.find('\n'));
  const bool memory = message.find("allocate memory") != std::string::npos ||
                      message.find("out of memory") != std::string::npos;
  throw Error(memory ? ErrorCode::Unavailable : ErrorCode::InvalidArgument, where + ": " + message);
}

void enter(int threads) {
  silence();
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

ElementType element_type_of(at::ScalarType type) {
  if (type == at::kDouble) return ElementType::Float64;
  if (type == at::kHalf) return ElementType::Float16;
  if (type == at::kBFloat16) return ElementType::BFloat16;
  if (type == at::kByte) return ElementType::UInt8;
  if (type == at::kChar) return ElementType::Int8;
  if (type == at::kShort) return ElementType::Int16;
  if (type == at::kInt) return ElementType::Int32;
  if (type == at::kLong) return ElementType::Int64;
  if (type == at::kBool) return ElementType::Bool;
  return ElementType::Float32;
}

TypedTensor typed_tensor(const at::Tensor& tensor, ElementType type) {
  const at::Tensor plain = tensor.detach().to(at::kCPU, storage_type(type, at::kFloat)).contiguous();
  TypedTensor out{type, plain.sizes().vec(), {}};
  if (type == ElementType::UInt16) {
    narrow<std::int32_t, std::uint16_t>(plain, out.bytes);
  } else if (type == ElementType::UInt32) {
    narrow<std::int64_t, std::uint32_t>(plain, out.bytes);
  } else {
    const auto* data = static_cast<const std::uint8_t*>(plain.data_ptr());
    out.bytes.assign(data, data + plain.nbytes());
  }
  return out;
}

Tensor plain_tensor(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  const auto* data = plain.data_ptr<float>();
  return {plain.sizes().vec(), {data, data + plain.numel()}};
}

Executor::Executor(const GraphPlan& plan, GraphDevice device, at::ScalarType float_type)
    : plan_(plan), device_(device_of(device, plan.name)), float_type_(float_type) {
  for (PlanConstant& constant : plan_.constants) {
    constants_.push_back(to_device(constant.tensor));
    constant.tensor.bytes = {};
  }
  plan_steps();
}

std::string Executor::where(const PlanNode& node) const {
  return plan_.name + ": node '" + node.name + "' (" + node.op + ")";
}

void Executor::plan_steps() {
  std::vector<int> last_use(plan_.values.size(), -1);
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    const PlanNode& node = plan_.nodes[i];
    const auto found = operators().find(node.op);
    if (found == operators().end())
      throw Error(ErrorCode::Unsupported, where(node) + ": this operator is not supported");
    const NodeView view(plan_, node, float_type_);
    steps_.push_back({&node, found->second.make(view), found->second.host, {}});
    for (const auto* list : {&node.inputs, &node.outputs})
      for (const int value : *list)
        if (value >= 0) last_use[static_cast<std::size_t>(value)] = static_cast<int>(i);
  }
  for (const PlanPort& output : plan_.outputs) last_use[static_cast<std::size_t>(output.value)] = -1;
  for (std::size_t value = 0; value < last_use.size(); ++value)
    if (last_use[value] >= 0)
      steps_[static_cast<std::size_t>(last_use[value])].last_uses.push_back(static_cast<int>(value));
}

at::Tensor Executor::to_device(const TypedTensor& tensor) const {
  at::Tensor out = on_cpu(tensor);
  if (tensor.type == ElementType::Float32 && float_type_ != at::kFloat) out = out.to(float_type_);
  // Whole numbers are mostly shapes and axes, which are read on the CPU; who computes with them moves them.
  return out.is_floating_point() ? out.to(device_) : out;
}

std::vector<at::Tensor> Executor::to_device(std::span<const TypedTensor> tensors) const {
  if (tensors.size() != plan_.inputs.size())
    throw Error(ErrorCode::InvalidArgument,
                plan_.name + ": expected " + std::to_string(plan_.inputs.size()) + " inputs, got " +
                    std::to_string(tensors.size()));
  std::vector<at::Tensor> out;
  for (const TypedTensor& tensor : tensors) out.push_back(to_device(tensor));
  return out;
}

void Executor::run_step(const Step& step, std::vector<at::Tensor>& values, const RunMode& mode) const {
  std::vector<at::Tensor> operands;
  bool on_device = false;
  for (const int input : step.node->inputs) {
    operands.push_back(input < 0 ? at::Tensor() : values[static_cast<std::size_t>(input)]);
    on_device = on_device || (operands.back().defined() && operands.back().is_cuda());
  }
  for (std::size_t i = 0; i < operands.size() && device_.is_cuda(); ++i) {
    if (!operands[i].defined()) continue;
    const bool host = (step.host & kAllHost) != 0 || (i < 31 && (step.host & (1U << i)) != 0);
    if (host && operands[i].is_cuda()) operands[i] = operands[i].cpu();
    if (!host && on_device && !operands[i].is_cuda()) operands[i] = operands[i].to(device_);
  }
  Results results = step.kernel(Operands(std::move(operands), mode));
  for (std::size_t i = 0; i < step.node->outputs.size(); ++i) {
    const int output = step.node->outputs[i];
    if (output < 0) continue;
    if (i >= results.size() || !results[i].defined())
      throw Error(ErrorCode::Unsupported, "output " + std::to_string(i) + " is not supported");
    values[static_cast<std::size_t>(output)] = std::move(results[i]);
  }
}

std::vector<at::Tensor> Executor::run(const std::vector<at::Tensor>& inputs,
                                      const RunMode& mode,
                                      std::map<int, at::Tensor>* kept) {
  std::vector<at::Tensor> values(plan_.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values[static_cast<std::size_t>(plan_.inputs[i].value)] = inputs[i];
  for (std::size_t i = 0; i < constants_.size(); ++i)
    values[static_cast<std::size_t>(plan_.constants[i].value)] = constants_[i];
  for (const Step& step : steps_) {
    try {
      run_step(step, values, mode);
    } catch (const Error& error) {
      throw Error(error.code(), where(*step.node) + ": " + error.what());
    } catch (const c10::Error& error) {
      throw_translated(error, where(*step.node));
    } catch (const std::bad_alloc&) {
      throw Error(ErrorCode::Unavailable, where(*step.node) + ": out of memory");
    } catch (const std::exception& error) {  // LibTorch has some of these too
      throw Error(ErrorCode::InvalidArgument, where(*step.node) + ": " + error.what());
    }
    for (const int value : step.last_uses) {
      auto& tensor = values[static_cast<std::size_t>(value)];
      if (kept != nullptr && kept->contains(value)) (*kept)[value] = tensor;
      tensor.reset();
    }
  }
  std::vector<at::Tensor> outputs;
  for (const PlanPort& output : plan_.outputs) {
    outputs.push_back(values[static_cast<std::size_t>(output.value)]);
    if (kept != nullptr && kept->contains(output.value)) (*kept)[output.value] = outputs.back();
  }
  return outputs;
}

}  // namespace kyc
