// Trains a network. An ONNX file goes in, the same graph with trained weights comes out; LibTorch computes
// (nn/graph.h). Where LibTorch is not there, torch_status() of graph.h says so and the constructor throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "kyc/core/ranks.h"
#include "kyc/nn/graph.h"
#include "kyc/nn/tensor.h"

namespace kyc {

struct TrainingBatch {
  Tensor inputs;               // [n, ...]: what the network's (only) input takes
  std::vector<float> targets;  // n. BinaryCrossEntropy: 0 to 1 (1 = attack); CrossEntropy: a class, 0 ...
};

// Called from loader threads, several at once; what it gives must depend on (epoch, step) alone.
// epoch   0 ...
// step    0 ... TrainingOptions::steps_per_epoch * ranks - 1: each rank takes every ranks-th of them
using BatchSource = std::function<TrainingBatch(std::uint64_t epoch, std::size_t step)>;

enum class TrainingLoss {
  BinaryCrossEntropy,  // of logits; the output has one value per sample ([n] or [n, 1])
  CrossEntropy,        // of logits [n, classes]
};
enum class TrainingOptimizer { Sgd, Adam, AdamW };  // as torch.optim has them
enum class TrainingSchedule {
  Constant,
  Step,    // times `factor` after every `period` epochs
  Cosine,  // down to `final_rate` at the end of the last epoch
};

struct TrainingOptions {
  TrainingLoss loss = TrainingLoss::BinaryCrossEntropy;
  std::string output;                // the output that is trained; empty: the first
  std::vector<std::string> trained;  // weights whose names begin so are trained; empty: all

  TrainingOptimizer optimizer = TrainingOptimizer::AdamW;
  double learning_rate = 1e-3;
  double weight_decay = 0;  // of all trained weights; AdamW: decoupled
  double momentum = 0.9;    // Sgd; Adam's first moment has it as beta1
  double beta2 = 0.999;     // Adam, AdamW
  double epsilon = 1e-8;    // Adam, AdamW
  double clip_norm = 0;     // gradients are scaled down to this length; 0: they are not

  TrainingSchedule schedule = TrainingSchedule::Constant;
  std::size_t warm_up_steps = 0;  // the learning rate rises linearly over these first updates
  std::size_t period = 1;         // Step
  double factor = 0.1;            // Step
  double final_rate = 0;          // Cosine

  // The weights given back and validated are a moving average of those that are trained: each update keeps
  // this share of the average (0.999; less in the first updates). 0: no averaging.
  double averaging = 0;

  std::size_t epochs = 10;
  std::size_t steps_per_epoch = 100;  // updates; each takes one batch of every rank
  std::size_t patience = 0;  // epochs without a better validation score until training ends; 0: never

  std::uint64_t seed = 0;  // of Dropout; initial weights are the file's, the order of samples the source's
  GraphDevice device = GraphDevice::Cpu;
  bool mixed_precision = false;  // float16 products, with scaling of the loss; Cuda only
  int threads = 1;               // inside one operator; the results of another number differ in rounding
  int loaders = 1;               // threads that call the source; loaders + 2 batches wait at most

  // Written after each epoch and every `checkpoint_steps` updates, whole or not at all; run() goes on from
  // it if it is there. Empty: none. With several ranks, the first writes, all read (a shared folder).
  std::filesystem::path checkpoint;
  std::size_t checkpoint_steps = 0;  // 0: after epochs only
};

// Of a validation. `score`, up = better, decides about the best weights and the early stop.
struct TrainingValidation {
  double score = 0;
  std::vector<std::pair<std::string, double>> metrics = {};  // for the record
};

struct EpochResult {
  std::uint64_t epoch = 0;
  double learning_rate = 0;  // at its last update
  double loss = 0;           // mean over the samples of all ranks
  double seconds = 0;        // training alone; not part of what a resumed run repeats
  double samples_per_second = 0;
  std::optional<TrainingValidation> validation = std::nullopt;
};

// One update, just done.
struct TrainingStep {
  std::uint64_t epoch = 0;
  std::size_t step = 0;  // of the epoch
  double loss = 0;       // of this rank's batch
  double learning_rate = 0;
  double gradient_norm = 0;  // before clipping
};

// Logits of a batch under the weights that would be given back now, in evaluation mode.
using Predictor = std::function<Tensor(const Tensor& inputs)>;

// All may be empty. Called by the thread that calls run(). on_step and on_epoch must not throw where there
// are several ranks: the others would wait.
struct TrainingHooks {
  // After each epoch; with several ranks on the first alone, while the others wait.
  std::function<TrainingValidation(std::uint64_t epoch, const Predictor& predict)> validate = {};
  std::function<void(const TrainingStep&)> on_step = {};
  std::function<void(const EpochResult&)> on_epoch = {};
  std::stop_token stop = {};  // training ends after the running update, with a checkpoint
};

struct TrainingRun {
  std::vector<std::uint8_t> model;  // ONNX; of the best epoch where there is a validation, else the last
  std::vector<EpochResult> history;
  std::optional<std::uint64_t> best_epoch;
  bool stopped_early = false;  // patience ran out
  bool interrupted = false;    // hooks.stop; the checkpoint holds what to go on from
  // Updates that the checkpoint had when this run took it up; nothing: it began from the start.
  std::optional<std::uint64_t> resumed_at;
};

// throws  Error{InvalidArgument} that names the option out of range
void check(const TrainingOptions& options);

// The learning rate of an update (0 ...), of all those of a run.
double learning_rate_at(const TrainingOptions& options, std::uint64_t update);

// From run() on the process keeps the memory that it frees (glibc's malloc), up to 2 GB.
// On the CPU, a run and the same run killed and resumed give the same bytes, and so do two runs with the
// same options, source and number of threads and ranks.
class Trainer {
 public:
  // model   bytes of an .onnx file with one input; weights start as they are in it
  // name    what error messages call it
  // ranks   of whom this process is one: gradients are averaged over them. Null: alone. Must outlive the
  //         trainer and not be left (Ranks::leave) before run() is done
  // throws  as check and as Graph's constructor; Error{Unavailable} without LibTorch, or without a GPU
  Trainer(std::span<const std::uint8_t> model,
          const std::string& name,
          const TrainingOptions& options,
          const Ranks* ranks = nullptr);
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  // throws  what source and hooks throw (on the rank where it happened; the others throw
  //         Error{Unavailable}); Error{InvalidArgument} a batch that does not fit the network, a checkpoint
  //         of another network or of a run with other options, or a loss that is no number any more;
  //         Error{Corrupt} a damaged checkpoint; Error{Unavailable} a checkpoint that can not be written:
  //         the one before is still there
  TrainingRun run(const BatchSource& source, const TrainingHooks& hooks = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
