#include "kyc/nn/session.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <onnxruntime_cxx_api.h>

#include "kyc/core/error.h"
#include "kyc/nn/rewrite.h"

namespace kyc {
namespace {

// ONNX Runtime 1.30 keeps a database of what was run and tells its maker; for that it also matches the whole
// command line with a regular expression, which overflows the stack where a folder was given as a thousand
// files. The variable is read when the library starts, in the first Ort::Env: it is set before main, where no
// other thread can be reading the environment. Whoever wants it otherwise can't have it.
[[maybe_unused]] const bool kTelemetryIsOff = setenv("ORT_DISABLE_TELEMETRY", "1", 1) == 0;

void discard_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

// One for the process: ONNX Runtime wants it to outlive every session. Its log goes nowhere: what matters
// comes as an exception.
Ort::Env& environment() {
  static Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "kyc", discard_log, nullptr);
  return env;
}

Ort::SessionOptions ort_options(const SessionOptions& options) {
  Ort::SessionOptions out;
  out.SetIntraOpNumThreads(options.threads);
  out.SetInterOpNumThreads(1);
  out.SetExecutionMode(ORT_SEQUENTIAL);
  out.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  out.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  out.AddConfigEntry("session.intra_op.allow_spinning", options.threads > 1 ? "1" : "0");
  return out;
}

// ONNX Runtime has no error code for "well formed, but newer or other than I am", only these words.
bool says_unsupported(const std::string& message) {
  for (const char* words : {"No Op registered for",
                            "is not a registered function/op",
                            "Unsupported model IR version",
                            "Opset",
                            "Could not find an implementation"})
    if (message.find(words) != std::string::npos) return true;
  return false;
}

Error translated(const Ort::Exception& error, const std::string& name) {
  std::string message = error.what();
  while (!message.empty() && message.back() == '\n') message.pop_back();
  const bool unsupported = error.GetOrtErrorCode() == ORT_NOT_IMPLEMENTED || says_unsupported(message);
  return {unsupported ? ErrorCode::Unsupported : ErrorCode::Corrupt, name + ": " + message};
}

TensorInfo tensor_info(const std::string& name, const Ort::TypeInfo& type, const std::string& model) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR ||
      type.GetTensorTypeAndShapeInfo().GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    throw Error(ErrorCode::Unsupported, model + ": '" + name + "' is no float32 tensor");
  return {name, type.GetTensorTypeAndShapeInfo().GetShape()};
}

bool fits(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& expected) {
  return std::equal(
      shape.begin(), shape.end(), expected.begin(), expected.end(), [](std::int64_t got, std::int64_t want) {
        return got == want || (want < 0 && got > 0);
      });
}

std::int64_t thread_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

struct Session::State {
  std::string name;
  Ort::Session session{nullptr};
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<const char*> input_names;
  std::vector<const char*> output_names;
  std::shared_ptr<RunClock> clock;

  void open(std::span<const std::uint8_t> model, const SessionOptions& options) {
    session = Ort::Session(environment(), model.data(), model.size(), ort_options(options));
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session.GetInputCount(); ++i)
      inputs.push_back(
          tensor_info(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i), name));
    for (std::size_t i = 0; i < session.GetOutputCount(); ++i)
      outputs.push_back(tensor_info(
          session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i), name));
    for (const TensorInfo& input : inputs) input_names.push_back(input.name.c_str());
    for (const TensorInfo& output : outputs) output_names.push_back(output.name.c_str());
  }

  void check(std::span<const Tensor> given) const {
    if (given.size() != inputs.size())
      throw Error(ErrorCode::InvalidArgument,
                  name + ": expected " + std::to_string(inputs.size()) + " inputs, got " +
                      std::to_string(given.size()));
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!fits(given[i].shape, inputs[i].shape))
        throw Error(ErrorCode::InvalidArgument,
                    name + ": input '" + inputs[i].name + "': expected shape " + shape_text(inputs[i].shape) +
                        " (-1: free), got " + shape_text(given[i].shape));
      std::size_t size = 1;
      for (const std::int64_t dimension : given[i].shape) size *= static_cast<std::size_t>(dimension);
      if (size != given[i].data.size())
        throw Error(ErrorCode::InvalidArgument,
                    name + ": input '" + inputs[i].name + "': shape " + shape_text(given[i].shape) +
                        " needs " + std::to_string(size) + " values, got " +
                        std::to_string(given[i].data.size()));
    }
  }
};

Session::Session(std::span<const std::uint8_t> model, const std::string& name, const SessionOptions& options)
    : state_(std::make_unique<State>()) {
  if (options.threads < 1)
    throw Error(ErrorCode::InvalidArgument,
                name + ": threads: expected at least 1, got " + std::to_string(options.threads));
  state_->name = name;
  state_->clock = options.clock;
  const std::vector<std::uint8_t> edited =
      rewritten(model, name, {.free_batch = options.free_batch, .faster = options.rewrite_graph});
  try {
    state_->open(edited, options);
  } catch (const Ort::Exception&) {
    // Our edits are not to blame for a model that does not run, and not to stand in the way of one that does.
    try {
      state_->open(model, options);
    } catch (const Ort::Exception& error) {
      throw translated(error, name);
    }
  }
}

Session::Session(const ModelManifest& manifest, const std::string& name, const SessionOptions& options)
    : Session(load_onnx(manifest, name), manifest.file_of(manifest.entry(name)).string(), options) {}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const std::vector<TensorInfo>& Session::inputs() const {
  return state_->inputs;
}
const std::vector<TensorInfo>& Session::outputs() const {
  return state_->outputs;
}

std::vector<Tensor> Session::run(std::span<const Tensor> inputs) const {
  state_->check(inputs);
  try {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    std::vector<Ort::Value> values;
    values.reserve(inputs.size());
    // ONNX Runtime only reads inputs, but its C API has no const.
    for (const Tensor& input : inputs)
      values.push_back(Ort::Value::CreateTensor<float>(memory,
                                                       const_cast<float*>(input.data.data()),
                                                       input.data.size(),
                                                       input.shape.data(),
                                                       input.shape.size()));
    const std::int64_t start = state_->clock ? thread_nanoseconds() : 0;
    const auto results = state_->session.Run(Ort::RunOptions{nullptr},
                                             state_->input_names.data(),
                                             values.data(),
                                             values.size(),
                                             state_->output_names.data(),
                                             state_->output_names.size());
    if (state_->clock) state_->clock->nanoseconds += thread_nanoseconds() - start;
    std::vector<Tensor> outputs;
    outputs.reserve(results.size());
    for (const Ort::Value& result : results) {
      const auto info = result.GetTensorTypeAndShapeInfo();
      const float* data = result.GetTensorData<float>();
      outputs.push_back({info.GetShape(), {data, data + info.GetElementCount()}});
    }
    return outputs;
  } catch (const Ort::Exception& error) {
    throw translated(error, state_->name);
  }
}

Tensor Session::run(const Tensor& input) const {
  return std::move(run(std::span<const Tensor>(&input, 1)).front());
}

}  // namespace kyc
