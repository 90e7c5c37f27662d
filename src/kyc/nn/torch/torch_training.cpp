// TrainingEngine: what one update of a training run computes.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kyc/nn/graph_engine.h"
#include "kyc/nn/torch/executor.h"
#include "kyc/nn/torch/module.h"

namespace kyc {
namespace {

constexpr std::int64_t kAlignment = 16;  // floats: a cache line, which LibTorch's kernels like

// While it lives, products on CUDA are of float16.
class Autocast {
 public:
  explicit Autocast(bool on) : on_(on) { set(on_); }
  ~Autocast() {
    if (!on_) return;
    set(false);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  void set(bool on) const {
    if (!on_) return;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_enabled(at::kCUDA, on);
#else
    at::autocast::set_enabled(on);
#endif
  }
  bool on_;
};

bool begins_with_one_of(const std::string& text, const std::vector<std::string>& beginnings) {
  return beginnings.empty() || std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& one) {
           return text.starts_with(one);
         });
}

class TorchTraining final : public TrainingEngine {
 public:
  TorchTraining(const GraphPlan& plan, const TrainingOptions& options)
      : executor_(plan, options.device, at::kFloat), options_(options) {
    if (plan.inputs.size() != 1)
      throw Error(
          ErrorCode::InvalidArgument,
          plan.name + ": training wants a network with one input, got " + std::to_string(plan.inputs.size()));
    find_output();
    lay_out_weights();
    find_statistics();
    moments_[0] = at::zeros_like(weights_);
    moments_[1] = at::zeros_like(weights_);
    if (options_.averaging > 0) start_average();
  }

  double compute(const TrainingBatch& batch, std::uint64_t seed) override {
    enter(options_.threads);
    at::manual_seed(seed);
    const at::AutoGradMode with_gradients(true);
    gradients_.zero_();
    at::Tensor loss;
    {
      const Autocast autocast(options_.mixed_precision);
      const at::Tensor logits = executor_.run({to_device(batch.inputs)}, {.training = true})[output_];
      loss = loss_of(logits.to(at::kFloat), batch.targets);
    }
    try {
      (options_.mixed_precision ? at::mul(loss, scale_) : loss).backward();
    } catch (const c10::Error& error) {
      throw_translated(error, name() + ": the way back");
    }
    return loss.item<double>();
  }

  std::size_t gradient_count() const override { return static_cast<std::size_t>(gradients_.numel()); }

  void read_gradients(std::span<float> out) const override {
    const at::Tensor plain = gradients_.cpu();
    std::memcpy(out.data(), plain.data_ptr<float>(), out.size() * sizeof(float));
  }

  void write_gradients(std::span<const float> from) override {
    gradients_.copy_(at::from_blob(const_cast<float*>(from.data()), {gradients_.numel()}, at::kFloat));
  }

  Update update(double learning_rate, std::uint64_t count) override {
    enter(options_.threads);
    const at::NoGradGuard no_gradients;
    if (options_.mixed_precision) gradients_.mul_(1 / scale_);
    const double norm = gradients_.norm().item<double>();
    if (!std::isfinite(norm)) {
      if (options_.mixed_precision) scale_ = std::max(1.0, scale_ / 2);
      good_updates_ = 0;
      return {.done = false, .gradient_norm = norm};
    }
    if (options_.mixed_precision && ++good_updates_ % 2000 == 0) scale_ = std::min(scale_ * 2, 65536.0 * 256);
    if (options_.clip_norm > 0 && norm > options_.clip_norm) gradients_.mul_(options_.clip_norm / norm);
    if (options_.optimizer == TrainingOptimizer::Sgd)
      step_sgd(learning_rate);
    else
      step_adam(learning_rate, static_cast<double>(count));
    if (options_.averaging > 0) move_average(static_cast<double>(count));
    return {.done = true, .gradient_norm = norm};
  }

  Tensor predict(const Tensor& inputs) override {
    enter(options_.threads);
    const at::NoGradGuard no_gradients;
    if (!average_.defined()) return predict_now(inputs);
    executor_.constants().swap(averaged_constants_);
    try {
      Tensor out = predict_now(inputs);
      executor_.constants().swap(averaged_constants_);
      return out;
    } catch (...) {  // the weights in training must be back, whatever happened
      executor_.constants().swap(averaged_constants_);
      throw;
    }
  }

  std::vector<float> statistics() const override {
    std::vector<float> out;
    for (const at::Tensor& tensor : statistic_tensors()) {
      const Tensor plain = plain_tensor(tensor);
      out.insert(out.end(), plain.data.begin(), plain.data.end());
    }
    return out;
  }

  void set_statistics(std::span<const float> values) override {
    const at::NoGradGuard no_gradients;
    for (at::Tensor& tensor : statistic_tensors()) values = values.subspan(copy_in(tensor, values));
  }

  std::vector<std::uint8_t> state() const override {
    std::vector<std::uint8_t> out;
    const auto append = [&out](const void* data, std::size_t size) {
      const auto* bytes = static_cast<const std::uint8_t*>(data);
      out.insert(out.end(), bytes, bytes + size);
    };
    append(&scale_, sizeof(scale_));
    append(&good_updates_, sizeof(good_updates_));
    for (const at::Tensor& tensor : state_tensors()) {
      const at::Tensor plain = tensor.detach().cpu().contiguous();
      append(plain.data_ptr(), plain.nbytes());
    }
    return out;
  }

  void set_state(std::span<const std::uint8_t> state) override {
    std::size_t expected = sizeof(scale_) + sizeof(good_updates_);
    for (const at::Tensor& tensor : state_tensors()) expected += tensor.nbytes();
    if (state.size() != expected)
      throw Error(ErrorCode::Corrupt,
                  name() + ": expected a training state of " + std::to_string(expected) + " bytes, got " +
                      std::to_string(state.size()));
    const at::NoGradGuard no_gradients;
    const auto take = [&state](void* data, std::size_t size) {
      std::memcpy(data, state.data(), size);
      state = state.subspan(size);
    };
    take(&scale_, sizeof(scale_));
    take(&good_updates_, sizeof(good_updates_));
    for (at::Tensor& tensor : state_tensors()) {
      at::Tensor plain = at::empty(tensor.sizes(), at::kFloat);
      take(plain.data_ptr(), plain.nbytes());
      tensor.copy_(plain);
    }
  }

  std::vector<std::pair<std::size_t, TypedTensor>> constants() const override {
    const auto& from = average_.defined() ? averaged_constants_ : executor_.constants();
    std::vector<std::pair<std::size_t, TypedTensor>> out;
    for (const std::size_t index : changed_)
      out.emplace_back(index, typed_tensor(from[index], ElementType::Float32));
    return out;
  }

 private:
  const std::string& name() const { return executor_.plan().name; }
  const std::string& name_of(int value) const {
    return executor_.plan().values[static_cast<std::size_t>(value)];
  }

  void find_output() {
    const auto& outputs = executor_.plan().outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (options_.output.empty() || name_of(outputs[i].value) == options_.output) {
        output_ = i;
        return;
      }
    throw Error(ErrorCode::InvalidArgument, name() + ": no output '" + options_.output + "'");
  }

  // All trained weights become views of one buffer, and their gradients of another: what an optimizer, a
  // checkpoint and other ranks do is done once, not per weight.
  void lay_out_weights() {
    const auto& plan = executor_.plan();
    std::vector<std::size_t> trained;
    std::vector<std::int64_t> offsets;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < plan.constants.size(); ++i)
      if (plan.constants[i].trained &&
          begins_with_one_of(name_of(plan.constants[i].value), options_.trained)) {
        trained.push_back(i);
        offsets.push_back(total);
        total += (executor_.constants()[i].numel() + kAlignment - 1) / kAlignment * kAlignment;
      }
    if (trained.empty())
      throw Error(ErrorCode::InvalidArgument, name() + ": the network has no weights that could be trained");
    const auto options = at::TensorOptions(executor_.device()).dtype(at::kFloat);
    weights_ = at::zeros({total}, options);
    gradients_ = at::zeros({total}, options);
    const at::NoGradGuard no_gradients;
    for (std::size_t k = 0; k < trained.size(); ++k) {
      at::Tensor& constant = executor_.constants()[trained[k]];
      const auto view = [&](const at::Tensor& buffer) {
        return buffer.narrow(0, offsets[k], constant.numel()).view(constant.sizes());
      };
      at::Tensor leaf = view(weights_).detach();
      leaf.copy_(constant);
      leaf.requires_grad_(true);
      leaf.mutable_grad() = view(gradients_);
      constant = leaf;
    }
    trained_ = trained;
    offsets_ = offsets;
    changed_ = trained;
  }

  // Running means and variances, which BatchNormalization moves in place.
  void find_statistics() {
    const auto& plan = executor_.plan();
    for (const PlanNode& node : plan.nodes) {
      if (node.op != "BatchNormalization") continue;
      for (std::size_t operand = 3; operand < 5; ++operand)
        for (std::size_t i = 0; i < plan.constants.size(); ++i)
          if (plan.constants[i].value == node.inputs[operand] &&
              std::find(changed_.begin(), changed_.end(), i) == changed_.end()) {
            executor_.constants()[i] = executor_.constants()[i].clone();
            statistics_.push_back(i);
            changed_.push_back(i);
          }
    }
  }

  void start_average() {
    average_ = weights_.clone();
    averaged_constants_ = executor_.constants();
    for (std::size_t k = 0; k < trained_.size(); ++k) {
      at::Tensor& constant = averaged_constants_[trained_[k]];
      constant = average_.narrow(0, offsets_[k], constant.numel()).view(constant.sizes());
    }
    for (const std::size_t i : statistics_) averaged_constants_[i] = averaged_constants_[i].clone();
  }

  void move_average(double count) {
    const double kept = std::min(options_.averaging, (1 + count) / (10 + count));
    average_.lerp_(weights_, 1 - kept);
    for (const std::size_t i : statistics_) averaged_constants_[i].lerp_(executor_.constants()[i], 1 - kept);
  }

  void step_sgd(double learning_rate) {
    if (options_.weight_decay > 0) gradients_.add_(weights_, options_.weight_decay);
    moments_[0].mul_(options_.momentum).add_(gradients_);
    weights_.sub_(moments_[0], learning_rate);
  }

  void step_adam(double learning_rate, double count) {
    if (options_.optimizer == TrainingOptimizer::AdamW)
      weights_.mul_(1 - learning_rate * options_.weight_decay);
    else if (options_.weight_decay > 0)
      gradients_.add_(weights_, options_.weight_decay);
    moments_[0].mul_(options_.momentum).add_(gradients_, 1 - options_.momentum);
    moments_[1].mul_(options_.beta2).addcmul_(gradients_, gradients_, 1 - options_.beta2);
    const double first = 1 - std::pow(options_.momentum, count);
    const double second = 1 - std::pow(options_.beta2, count);
    const at::Tensor length = at::sqrt(moments_[1]).div_(std::sqrt(second)).add_(options_.epsilon);
    weights_.addcdiv_(moments_[0], length, -learning_rate / first);
  }

  at::Tensor to_device(const Tensor& tensor) const {
    const PlanPort& port = executor_.plan().inputs[0];
    const bool fits = tensor.shape.size() == port.shape.size() &&
                      std::equal(tensor.shape.begin(),
                                 tensor.shape.end(),
                                 port.shape.begin(),
                                 [](std::int64_t a, std::int64_t b) { return b < 0 || a == b; });
    std::size_t count = 1;
    for (const std::int64_t size : tensor.shape) count *= static_cast<std::size_t>(size);
    if ((!fits && !port.shape.empty()) || count != tensor.data.size())
      throw Error(ErrorCode::InvalidArgument,
                  name() + ": a batch does not fit the network's input '" + name_of(port.value) + "'");
    at::Tensor out = at::empty(tensor.shape, at::kFloat);
    if (count > 0) std::memcpy(out.data_ptr(), tensor.data.data(), count * sizeof(float));
    return out.to(executor_.device());
  }

  at::Tensor loss_of(const at::Tensor& logits, const std::vector<float>& targets) const {
    const auto count = static_cast<std::int64_t>(targets.size());
    if (count == 0) throw Error(ErrorCode::InvalidArgument, name() + ": an empty batch");
    at::Tensor wanted = at::empty({count}, at::kFloat);
    std::copy(targets.begin(), targets.end(), wanted.data_ptr<float>());
    if (options_.loss == TrainingLoss::BinaryCrossEntropy) {
      if (logits.numel() != count)
        throw Error(ErrorCode::InvalidArgument,
                    name() + ": expected one logit for each of " + std::to_string(count) + " samples, got " +
                        std::to_string(logits.numel()));
      if (std::any_of(targets.begin(), targets.end(), [](float t) { return !(t >= 0 && t <= 1); }))
        throw Error(ErrorCode::InvalidArgument, name() + ": expected targets from 0 to 1");
      return at::binary_cross_entropy_with_logits(logits.reshape({-1}), wanted.to(logits.device()));
    }
    if (logits.dim() != 2 || logits.size(0) != count)
      throw Error(ErrorCode::InvalidArgument,
                  name() + ": expected logits [" + std::to_string(count) + ", classes]");
    const auto classes = static_cast<float>(logits.size(1));
    if (std::any_of(targets.begin(), targets.end(), [&](float t) {
          return !(t >= 0 && t < classes) || t != std::floor(t);
        }))
      throw Error(
          ErrorCode::InvalidArgument,
          name() + ": expected targets that are one of " + std::to_string(logits.size(1)) + " classes");
    return at::cross_entropy_loss(logits, wanted.to(logits.device(), at::kLong));
  }

  Tensor predict_now(const Tensor& inputs) {
    return plain_tensor(executor_.run({to_device(inputs)}, {.training = false})[output_]);
  }

  std::vector<at::Tensor> statistic_tensors() const {
    std::vector<at::Tensor> out;
    for (const std::size_t i : statistics_) out.push_back(executor_.constants()[i]);
    if (average_.defined())
      for (const std::size_t i : statistics_) out.push_back(averaged_constants_[i]);
    return out;
  }

  std::vector<at::Tensor> state_tensors() const {
    std::vector<at::Tensor> out{weights_, moments_[0], moments_[1]};
    if (average_.defined()) out.push_back(average_);
    for (const at::Tensor& tensor : statistic_tensors()) out.push_back(tensor);
    return out;
  }

  static std::size_t copy_in(at::Tensor& tensor, std::span<const float> values) {
    const auto count = static_cast<std::size_t>(tensor.numel());
    tensor.copy_(at::from_blob(const_cast<float*>(values.data()), tensor.sizes(), at::kFloat));
    return count;
  }

  Executor executor_;
  TrainingOptions options_;
  std::size_t output_ = 0;
  std::vector<std::size_t> trained_;     // of the plan's constants
  std::vector<std::int64_t> offsets_;    // of each of them in the buffers
  std::vector<std::size_t> statistics_;  // of the plan's constants
  std::vector<std::size_t> changed_;     // both
  at::Tensor weights_;
  at::Tensor gradients_;
  at::Tensor moments_[2];
  at::Tensor average_;  // undefined: weights are not averaged
  std::vector<at::Tensor> averaged_constants_;
  double scale_ = 65536;  // of the loss, in mixed precision: small gradients would vanish in float16
  std::uint64_t good_updates_ = 0;
};

}  // namespace

std::unique_ptr<TrainingEngine> make_torch_training(const GraphPlan& plan, const TrainingOptions& options) {
  return std::make_unique<TorchTraining>(plan, options);
}

}  // namespace kyc
