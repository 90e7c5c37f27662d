#include "kyc/nn/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <numbers>
#include <sstream>

#include <malloc.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/pipeline.h"
#include "kyc/nn/checkpoint.h"
#include "kyc/nn/graph_engine.h"
#include "kyc/nn/onnx_model.h"

namespace kyc {
namespace {

using Clock = std::chrono::steady_clock;

// What one update frees, the next one wants again: hundreds of megabytes. Left alone, glibc gives them back
// to the kernel, which clears every page anew (docs/performance.md, "Training").
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Well mixed from what it is made of (splitmix64): neighbours have nothing in common.
std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t x = a;
  for (const std::uint64_t part : {b, c}) {
    x += 0x9E3779B97F4A7C15ULL + part;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    x ^= x >> 31;
  }
  return x;
}

std::string text_of(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + word;
  return out;
}

// What decides the result of a run, but for how long it goes on.
std::vector<std::pair<std::string, std::string>> deciding(const TrainingOptions& o, int ranks) {
  return {{"loss", o.loss == TrainingLoss::BinaryCrossEntropy ? "binary cross entropy" : "cross entropy"},
          {"output", o.output},
          {"trained weights", joined(o.trained)},
          {"optimizer",
           o.optimizer == TrainingOptimizer::Sgd    ? "sgd"
           : o.optimizer == TrainingOptimizer::Adam ? "adam"
                                                    : "adamw"},
          {"learning rate", text_of(o.learning_rate)},
          {"weight decay", text_of(o.weight_decay)},
          {"momentum", text_of(o.momentum)},
          {"beta2", text_of(o.beta2)},
          {"epsilon", text_of(o.epsilon)},
          {"clip norm", text_of(o.clip_norm)},
          {"schedule",
           o.schedule == TrainingSchedule::Constant ? "constant"
           : o.schedule == TrainingSchedule::Step   ? "step"
                                                    : "cosine"},
          {"warm-up steps", std::to_string(o.warm_up_steps)},
          {"period", std::to_string(o.period)},
          {"factor", text_of(o.factor)},
          {"final rate", text_of(o.final_rate)},
          {"averaging", text_of(o.averaging)},
          {"steps per epoch", std::to_string(o.steps_per_epoch)},
          {"seed", std::to_string(o.seed)},
          {"mixed precision", o.mixed_precision ? "on" : "off"},
          {"ranks", std::to_string(ranks)}};
}

bool alike(const TypedTensor& a, const TypedTensor& b) {
  return a.type == b.type && a.shape == b.shape && a.bytes.size() == b.bytes.size();
}

struct TrainingPlace {
  std::uint64_t epoch = 0;
  std::size_t step = 0;
};

}  // namespace

void check(const TrainingOptions& o) {
  const auto expect = [](bool holds, const std::string& name, const std::string& range) {
    if (!holds) throw Error(ErrorCode::InvalidArgument, "training: " + name + ": expected " + range);
  };
  const auto finite = [](double value) { return std::isfinite(value) && value >= 0; };
  expect(finite(o.learning_rate) && o.learning_rate > 0, "learning_rate", "a number above 0");
  expect(finite(o.weight_decay), "weight_decay", "a number from 0");
  expect(o.momentum >= 0 && o.momentum < 1, "momentum", "0 to below 1");
  expect(o.beta2 >= 0 && o.beta2 < 1, "beta2", "0 to below 1");
  expect(finite(o.epsilon) && o.epsilon > 0, "epsilon", "a number above 0");
  expect(finite(o.clip_norm), "clip_norm", "a number from 0");
  expect(o.period >= 1, "period", "at least 1 epoch");
  expect(finite(o.factor) && o.factor > 0, "factor", "a number above 0");
  expect(finite(o.final_rate) && o.final_rate <= o.learning_rate, "final_rate", "0 to the learning rate");
  expect(o.averaging >= 0 && o.averaging < 1, "averaging", "0 to below 1");
  expect(o.epochs >= 1, "epochs", "at least 1");
  expect(o.steps_per_epoch >= 1, "steps_per_epoch", "at least 1");
  expect(o.threads >= 1, "threads", "at least 1");
  expect(o.loaders >= 1, "loaders", "at least 1");
  expect(!o.mixed_precision || o.device == GraphDevice::Cuda, "mixed_precision", "a CUDA device");
}

double learning_rate_at(const TrainingOptions& options, std::uint64_t update) {
  double rate = options.learning_rate;
  switch (options.schedule) {
    case TrainingSchedule::Constant:
      break;
    case TrainingSchedule::Step: {
      const auto whole_periods = update / options.steps_per_epoch / options.period;
      rate *= std::pow(options.factor, static_cast<double>(whole_periods));
      break;
    }
    case TrainingSchedule::Cosine: {
      const auto total = static_cast<double>(options.epochs * options.steps_per_epoch);
      const auto begin = static_cast<double>(options.warm_up_steps);
      const double share =
          std::clamp((static_cast<double>(update) - begin) / std::max(1.0, total - 1 - begin), 0.0, 1.0);
      rate =
          options.final_rate + (rate - options.final_rate) * 0.5 * (1 + std::cos(std::numbers::pi * share));
      break;
    }
  }
  if (update < options.warm_up_steps)
    rate *= static_cast<double>(update + 1) / static_cast<double>(options.warm_up_steps);
  return rate;
}

struct Trainer::State {
  State(std::span<const std::uint8_t> bytes,
        const std::string& called,
        const TrainingOptions& chosen,
        const Ranks* together)
      : name(called), options(chosen), ranks(together), model(bytes, called) {
    check(options);
    engine = torch_module().make_training(model.plan(), options);
    done.architecture = architecture_hash(model.plan());
    done.options = deciding(options, size());
  }

  std::string name;
  TrainingOptions options;
  const Ranks* ranks;
  OnnxModel model;
  std::unique_ptr<TrainingEngine> engine;
  TrainingCheckpoint done;  // what a checkpoint would hold; `engine` only while it is written
  std::vector<float> exchange;

  int size() const { return ranks != nullptr ? ranks->size() : 1; }
  bool is_first() const { return ranks == nullptr || ranks->rank() == 0; }

  // What the first rank made, or the failure that it met, on all of them.
  template <typename Work>
  std::string by_first(const Work& work) const {
    if (ranks == nullptr || size() == 1) return work();
    std::string said;
    std::exception_ptr failure;
    if (is_first()) {
      try {
        said = "." + work();
      } catch (const std::exception& error) {
        failure = std::current_exception();
        said = std::string("!") + error.what();
      }
    }
    const std::string heard = ranks->from_first(said);
    if (failure) std::rethrow_exception(failure);
    if (heard.starts_with("!"))
      throw Error(ErrorCode::Unavailable, "the first rank failed: " + heard.substr(1));
    return heard.substr(1);
  }

  void resume(TrainingRun& out) {
    if (options.checkpoint.empty()) return;
    const std::string bytes = by_first([&]() -> std::string {
      if (!std::filesystem::exists(options.checkpoint)) return {};
      return read_text_file(options.checkpoint, 1ULL << 34);
    });
    if (bytes.empty()) return;
    const std::string file = options.checkpoint.string();
    TrainingCheckpoint found =
        checkpoint_from({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, file);
    if (found.architecture != done.architecture)
      throw Error(ErrorCode::InvalidArgument,
                  file + ": a checkpoint of another network than " + name +
                      "; give another file, or remove this one to start anew");
    for (std::size_t i = 0; i < done.options.size(); ++i)
      if (found.options.size() != done.options.size() || found.options[i] != done.options[i])
        throw Error(ErrorCode::InvalidArgument,
                    file + ": a checkpoint of a run with other options: " + difference(found, i));
    for (const auto& [index, tensor] : found.best)
      if (index >= model.plan().constants.size() || !alike(model.plan().constants[index].tensor, tensor))
        throw Error(ErrorCode::Corrupt, file + ": this checkpoint is damaged");
    engine->set_state(found.engine);
    found.engine.clear();
    done = std::move(found);
    out.resumed_at = done.updates;
  }

  std::string difference(const TrainingCheckpoint& found, std::size_t i) const {
    if (found.options.size() != done.options.size()) return "it was written by another version";
    return done.options[i].first + " was '" + found.options[i].second + "', is '" + done.options[i].second +
           "'";
  }

  // Running statistics are each rank's own, and nothing in training depends on them: they become the mean of
  // all where somebody will look at them.
  void share_statistics() {
    if (size() == 1) return;
    std::vector<float> values = engine->statistics();
    ranks->sum(std::span<float>(values));
    for (float& value : values) value /= static_cast<float>(size());
    engine->set_statistics(values);
  }

  void write() {
    if (options.checkpoint.empty()) return;
    share_statistics();
    by_first([&]() -> std::string {
      done.engine = engine->state();
      write_checkpoint(options.checkpoint, done);
      done.engine.clear();
      return {};
    });
  }

  TrainingPlace place() const {
    return {done.updates / options.steps_per_epoch,
            static_cast<std::size_t>(done.updates % options.steps_per_epoch)};
  }

  bool enough() const {
    if (place().epoch >= options.epochs) return true;
    return ran_out_of_patience();
  }

  bool ran_out_of_patience() const {
    return options.patience > 0 && done.best_epoch && !done.history.empty() &&
           done.history.back().epoch - *done.best_epoch >= options.patience;
  }

  // One update on all ranks. A rank that failed says so in the place of its gradients: nobody waits for it.
  // returns  true: somebody asks to stop
  bool step(const std::function<TrainingBatch()>& next, const TrainingHooks& hooks, double (&sums)[2]) {
    std::exception_ptr failure;
    double samples = 0;
    TrainingStep told{.epoch = place().epoch, .step = place().step};
    told.learning_rate = learning_rate_at(options, done.updates);
    try {
      const TrainingBatch batch = next();
      const auto rank = static_cast<std::uint64_t>(ranks != nullptr ? ranks->rank() : 0);
      told.loss = engine->compute(batch, mixed(options.seed, done.updates, rank));
      samples = static_cast<double>(batch.targets.size());
      if (!std::isfinite(told.loss))
        throw Error(ErrorCode::InvalidArgument,
                    name + ": the loss is no number any more at update " + std::to_string(done.updates) +
                        "; a smaller learning rate may help");
    } catch (...) {  // thrown again below, once the others know
      if (size() == 1) throw;
      failure = std::current_exception();
    }
    const bool stop = size() > 1 && exchange_gradients(samples, failure, hooks.stop.stop_requested());
    // Updates that overflowed in mixed precision count: the schedule goes on.
    const TrainingEngine::Update update = engine->update(told.learning_rate, done.updates + 1);
    if (!update.done && !options.mixed_precision)
      throw Error(ErrorCode::InvalidArgument,
                  name + ": gradients are no numbers any more at update " + std::to_string(done.updates) +
                      "; a smaller learning rate may help");
    told.gradient_norm = update.gradient_norm;
    sums[0] += told.loss * samples;
    sums[1] += samples;
    ++done.updates;
    if (hooks.on_step) hooks.on_step(told);
    return stop || (size() == 1 && hooks.stop.stop_requested());
  }

  // Gradients become the mean over the samples of all ranks.
  bool exchange_gradients(double samples, const std::exception_ptr& failure, bool stop) {
    const std::size_t count = engine->gradient_count();
    exchange.assign(count + 3, 0);
    if (!failure) {
      engine->read_gradients(std::span(exchange).first(count));
      for (std::size_t i = 0; i < count; ++i) exchange[i] *= static_cast<float>(samples);
    }
    exchange[count] = static_cast<float>(samples);
    exchange[count + 1] = failure ? 1.0F : 0.0F;
    exchange[count + 2] = stop ? 1.0F : 0.0F;
    ranks->sum(std::span<float>(exchange));
    if (failure) std::rethrow_exception(failure);
    if (exchange[count + 1] > 0)
      throw Error(ErrorCode::Unavailable, name + ": training ended because another rank failed");
    for (std::size_t i = 0; i < count; ++i) exchange[i] /= exchange[count];
    engine->write_gradients(std::span<const float>(exchange).first(count));
    return exchange[count + 2] > 0;
  }

  // Adds what this process saw since the last time to the epoch's sums, which all ranks have.
  void collect(double (&sums)[2]) {
    if (size() > 1) ranks->sum(std::span<double>(sums));
    done.loss_sum += sums[0];
    done.loss_count += sums[1];
    sums[0] = sums[1] = 0;
  }

  void end_epoch(const TrainingHooks& hooks, double seconds) {
    EpochResult result{.epoch = place().epoch - 1};
    result.learning_rate = learning_rate_at(options, done.updates - 1);
    result.loss = done.loss_sum / done.loss_count;
    result.seconds = seconds;
    result.samples_per_second = seconds > 0 ? done.loss_count / seconds : 0;
    done.loss_sum = done.loss_count = 0;
    share_statistics();
    if (hooks.validate) {
      // The words of a checkpoint's epoch: every rank reads the same result.
      TrainingCheckpoint message;
      const std::string text = by_first([&]() -> std::string {
        result.validation =
            hooks.validate(result.epoch, [&](const Tensor& inputs) { return engine->predict(inputs); });
        if (!std::isfinite(result.validation->score))
          throw Error(ErrorCode::InvalidArgument, name + ": the validation's score is no number");
        message.history.push_back(result);
        const auto bytes = checkpoint_bytes(message);
        return {bytes.begin(), bytes.end()};
      });
      result = checkpoint_from({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, name)
                   .history.at(0);
    }
    done.history.push_back(result);
    keep_best(result);
    if (hooks.on_epoch) hooks.on_epoch(result);
  }

  void keep_best(const EpochResult& result) {
    if (!result.validation) return;
    if (done.best_epoch) {
      const auto best = std::find_if(done.history.begin(), done.history.end(), [&](const EpochResult& e) {
        return e.epoch == *done.best_epoch;
      });
      if (best != done.history.end() && result.validation->score <= best->validation->score) return;
    }
    done.best_epoch = result.epoch;
    done.best = engine->constants();
  }

  TrainingRun run(const BatchSource& source, const TrainingHooks& hooks) {
    keep_freed_memory();
    TrainingRun out;
    resume(out);
    TrainingPlace ahead = place();
    const auto rank = static_cast<std::size_t>(ranks != nullptr ? ranks->rank() : 0);
    const std::function<bool(TrainingPlace&)> produce = [&](TrainingPlace& item) {
      if (ahead.epoch >= options.epochs) return false;
      item = ahead;
      if (++ahead.step == options.steps_per_epoch) ahead = {ahead.epoch + 1, 0};
      return true;
    };
    const std::function<TrainingBatch(TrainingPlace&, int)> load = [&](TrainingPlace& item, int) {
      return source(item.epoch, item.step * static_cast<std::size_t>(size()) + rank);
    };
    if (!enough()) train(produce, load, hooks, out);
    out.stopped_early = !out.interrupted && ran_out_of_patience();
    out.history = done.history;
    out.best_epoch = done.best_epoch;
    for (const auto& [index, value] : done.best_epoch ? done.best : engine->constants())
      model.set_constant(index, value);
    out.model = model.bytes();
    return out;
  }

  void train(const std::function<bool(TrainingPlace&)>& produce,
             const std::function<TrainingBatch(TrainingPlace&, int)>& load,
             const TrainingHooks& hooks,
             TrainingRun& out) {
    OrderedPipeline<TrainingPlace, TrainingBatch> batches(produce, load, options.loaders);
    const auto next = [&batches] { return std::move(*batches.next()); };
    double sums[2] = {0, 0};
    auto start = Clock::now();
    while (!enough()) {
      const bool stop = step(next, hooks, sums);
      const bool whole = place().step == 0;
      const bool due = options.checkpoint_steps > 0 && done.updates % options.checkpoint_steps == 0;
      if (whole || due || stop) collect(sums);
      if (whole) end_epoch(hooks, seconds_since(start));
      if (whole || due || stop) write();
      if (whole) start = Clock::now();
      if (stop) {
        out.interrupted = !enough();
        return;
      }
    }
  }
};

Trainer::Trainer(std::span<const std::uint8_t> model,
                 const std::string& name,
                 const TrainingOptions& options,
                 const Ranks* ranks)
    : state_(std::make_unique<State>(model, name, options, ranks)) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

TrainingRun Trainer::run(const BatchSource& source, const TrainingHooks& hooks) {
  return state_->run(source, hooks);
}

}  // namespace kyc
