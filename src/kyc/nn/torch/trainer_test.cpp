#include "kyc/nn/trainer.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/graph.h"
#include "kyc/nn/session.h"
#include "kyc/nn/torch/tiny_networks_test.h"
#include "kyc/testing/refusal.h"

namespace kyc {
namespace {

constexpr std::size_t kBatch = 8;

TrainingBatch stripes_of(std::uint64_t epoch, std::size_t step) {
  return stripes(epoch * 1000 + step, kBatch);
}

TrainingOptions quick_options() {
  TrainingOptions out;
  out.learning_rate = 0.02;
  out.epochs = 4;
  out.steps_per_epoch = 10;
  out.seed = 5;
  return out;
}

class Training : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("kyc_trainer_" + std::to_string(getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  TrainingRun run(const TrainingOptions& options,
                  const TrainingHooks& hooks = {},
                  const TinyOptions& network = {.dropout = true}) const {
    return Trainer(tiny_network(network), "tiny", options).run(stripes_of, hooks);
  }

  std::filesystem::path folder_;
};

double accuracy(const std::function<Tensor(const Tensor&)>& predict, std::uint64_t seed) {
  const TrainingBatch batch = stripes(seed, 200);
  const Tensor logits = predict(batch.inputs);
  double right = 0;
  for (std::size_t i = 0; i < 200; ++i) right += (logits.data[i] > 0) == (batch.targets[i] > 0.5F) ? 1 : 0;
  return right / 200;
}

// What a user wants of all this: a network that could not, can, and runs in Session.
TEST_F(Training, TeachesANetworkToTellStripesApart) {
  for (const TrainingOptimizer optimizer :
       {TrainingOptimizer::Sgd, TrainingOptimizer::Adam, TrainingOptimizer::AdamW}) {
    SCOPED_TRACE(static_cast<int>(optimizer));
    TrainingOptions options = quick_options();
    options.optimizer = optimizer;
    options.learning_rate = optimizer == TrainingOptimizer::Sgd ? 0.1 : 0.03;
    options.weight_decay = 1e-4;
    options.clip_norm = 5;
    options.epochs = 6;
    options.schedule = TrainingSchedule::Cosine;
    options.warm_up_steps = 5;
    options.loaders = 2;
    const TrainingRun run = this->run(options);
    ASSERT_EQ(run.history.size(), 6U);
    EXPECT_GT(run.history.front().loss, 2 * run.history.back().loss);
    const Session before(tiny_network(), "before");
    const Session after(run.model, "after");
    EXPECT_LT(accuracy([&](const Tensor& x) { return before.run(x); }, 99), 0.8);
    EXPECT_GT(accuracy([&](const Tensor& x) { return after.run(x); }, 99), 0.95);
  }
}

TEST_F(Training, WithCrossEntropyLearnsClasses) {
  TrainingOptions options = quick_options();
  options.loss = TrainingLoss::CrossEntropy;
  options.learning_rate = 0.03;
  options.epochs = 6;
  const TrainingRun run = this->run(options, {}, {.outputs = 2});
  const Session after(run.model, "after");
  const auto margin = [&](const Tensor& x) {
    const Tensor logits = after.run(x);
    Tensor out = make_tensor({x.shape[0], 1});
    for (std::size_t i = 0; i < out.data.size(); ++i)
      out.data[i] = logits.data[2 * i + 1] - logits.data[2 * i];
    return out;
  };
  EXPECT_GT(accuracy(margin, 99), 0.95);
}

// The optimizers by their formulas, on a network of one weight: y = w x, loss of logit y with target 1.
TEST_F(Training, OptimizersTakeTheStepsOfTheirFormulas) {
  OnnxBuilder onnx("test");
  onnx.input("x", {-1, 1});
  onnx.node("MatMul", {"x", onnx.constant("w", Weights{{1, 1}, {0.5F}})}, "y");
  onnx.output("y", {-1, 1});
  const auto gradient = [](double w) { return 1 / (1 + std::exp(-2 * w)) * 2 - 2; };  // x = 2
  for (const TrainingOptimizer optimizer :
       {TrainingOptimizer::Sgd, TrainingOptimizer::Adam, TrainingOptimizer::AdamW}) {
    SCOPED_TRACE(static_cast<int>(optimizer));
    TrainingOptions options;
    options.optimizer = optimizer;
    options.learning_rate = 0.1;
    options.weight_decay = 0.3;
    options.epochs = 1;
    options.steps_per_epoch = 3;
    const TrainingRun run = Trainer(onnx.bytes(), "w", options).run([](std::uint64_t, std::size_t) {
      return TrainingBatch{{{1, 1}, {2}}, {1}};
    });
    double w = 0.5;
    double m = 0;
    double v = 0;
    for (int t = 1; t <= 3; ++t) {
      double g = gradient(w);
      if (optimizer == TrainingOptimizer::AdamW)
        w -= 0.1 * 0.3 * w;
      else
        g += 0.3 * w;
      if (optimizer == TrainingOptimizer::Sgd) {
        m = 0.9 * m + g;
        w -= 0.1 * m;
        continue;
      }
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= 0.1 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
    }
    EXPECT_NEAR(Graph(run.model, "w").weight("w").data[0], w, 1e-5);
  }
}

TEST(LearningRateAt, FollowsWarmUpStepsAndCosine) {
  TrainingOptions options;
  options.learning_rate = 1;
  options.epochs = 4;
  options.steps_per_epoch = 10;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 0), 1);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 39), 1);
  options.warm_up_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 0), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 3), 1);
  options.warm_up_steps = 0;
  options.schedule = TrainingSchedule::Step;
  options.period = 2;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 19), 1);
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 20), 0.1);
  options.schedule = TrainingSchedule::Cosine;
  options.final_rate = 0.2;
  EXPECT_DOUBLE_EQ(learning_rate_at(options, 0), 1);
  EXPECT_NEAR(learning_rate_at(options, 39), 0.2, 1e-12);
  EXPECT_NEAR(learning_rate_at(options, 13), 0.2 + 0.8 * 0.75, 1e-12);  // a third of the way
}

TEST_F(Training, GivesTheSameBytesEachTimeButOtherOnesForAnotherSeed) {
  TrainingOptions options = quick_options();
  options.averaging = 0.9;
  const TrainingRun first = run(options);
  options.loaders = 3;  // how many threads load makes no difference
  EXPECT_EQ(run(options).model, first.model);
  options.seed = 6;  // of Dropout
  EXPECT_NE(run(options).model, first.model);
}

TEST_F(Training, AveragesWeights) {
  TrainingOptions options = quick_options();
  options.epochs = 1;
  const TrainingRun last = run(options);
  options.averaging = 0.9;
  const TrainingRun averaged = run(options);
  // The same path, so the average lies between begin and end, somewhere behind the end.
  const float begin = Graph(tiny_network({.dropout = true}), "begin").weight("head.bias").data[0];
  const float end = Graph(last.model, "end").weight("head.bias").data[0];
  const float mean = Graph(averaged.model, "mean").weight("head.bias").data[0];
  EXPECT_NE(mean, end);
  EXPECT_LT(std::abs(mean - begin), std::abs(end - begin) + 0.1F);
  EXPECT_EQ(last.history[0].loss, averaged.history[0].loss);
}

TEST_F(Training, TrainsOnlyWhatItIsToldTo) {
  TrainingOptions options = quick_options();
  options.trained = {"head."};
  const std::vector<std::uint8_t> begin = tiny_network({.dropout = true});
  Graph before(begin, "before");
  Graph after(run(options).model, "after");
  EXPECT_EQ(after.weight("conv.weight"), before.weight("conv.weight"));
  EXPECT_NE(after.weight("head.weight"), before.weight("head.weight"));
  options.trained = {"nothing"};
  refusal(ErrorCode::InvalidArgument, [&] { run(options); });
}

TEST_F(Training, KeepsTheBestEpochAndStopsWhenItGetsNoBetter) {
  TrainingOptions options = quick_options();
  options.epochs = 20;
  options.patience = 3;
  std::vector<Tensor> heads;
  TrainingHooks hooks;
  const TrainingBatch fixed = stripes(1, 4);
  hooks.validate = [&](std::uint64_t epoch, const Predictor& predict) {
    heads.push_back(predict(fixed.inputs));
    const double score = epoch == 2 ? 1.0 : 0.5;
    return TrainingValidation{score, {{"auc", score}}};
  };
  const TrainingRun run = this->run(options, hooks);
  EXPECT_TRUE(run.stopped_early);
  EXPECT_EQ(run.history.size(), 6U);  // the third was the best, three more were not better
  EXPECT_EQ(run.best_epoch, 2U);
  EXPECT_EQ(run.history[2].validation->metrics[0].first, "auc");
  // What comes back is what was validated then.
  const Tensor logits = Graph(run.model, "best").run(fixed.inputs);
  EXPECT_EQ(logits, heads[2]);
  EXPECT_NE(logits, heads[5]);
}

// ---- checkpoints ----

TEST_F(Training, ResumedIsTheSameBitForBitAsUninterrupted) {
  TrainingOptions options = quick_options();
  options.averaging = 0.95;
  options.schedule = TrainingSchedule::Cosine;
  TrainingHooks hooks;
  hooks.validate = [](std::uint64_t, const Predictor& predict) {
    return TrainingValidation{accuracy(predict, 77), {}};
  };
  const TrainingRun whole = run(options, hooks);

  options.checkpoint = folder_ / "run.checkpoint";
  options.checkpoint_steps = 7;
  int stops = 0;
  TrainingRun last;
  do {  // stopped again and again, in the middle of epochs too
    std::stop_source source;
    int steps = 0;
    hooks.stop = source.get_token();
    hooks.on_step = [&](const TrainingStep&) {
      if (++steps == 9) source.request_stop();
    };
    last = run(options, hooks);
    ++stops;
  } while (last.interrupted && stops < 20);
  EXPECT_EQ(stops, 5);
  EXPECT_EQ(last.model, whole.model);
  ASSERT_EQ(last.history.size(), whole.history.size());
  for (std::size_t i = 0; i < whole.history.size(); ++i) {
    EXPECT_EQ(last.history[i].loss, whole.history[i].loss);
    EXPECT_EQ(last.history[i].validation->score, whole.history[i].validation->score);
  }
  // A finished run says so at once.
  EXPECT_EQ(run(options, hooks).model, whole.model);
}

TEST_F(Training, SurvivesSigkill) {
  TrainingOptions options = quick_options();
  const TrainingRun whole = run(options);
  options.checkpoint = folder_ / "run.checkpoint";
  options.checkpoint_steps = 3;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  // A child process trains and is killed in the middle: it is this program with another test of it.
  const pid_t child = fork();
  if (child == 0) {
    setenv("KYC_TRAINER_CHILD", options.checkpoint.c_str(), 1);
    execl(self.c_str(), self.c_str(), "--gtest_filter=TrainingChild.*", "--gtest_brief=1", nullptr);
    _exit(127);
  }
  int state = 0;
  waitpid(child, &state, 0);
  ASSERT_TRUE(WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL) << state;
  ASSERT_TRUE(std::filesystem::exists(options.checkpoint));
  const TrainingRun resumed = run(options);
  ASSERT_TRUE(resumed.resumed_at.has_value());
  EXPECT_EQ(*resumed.resumed_at, 15U);  // killed after update 17
  EXPECT_EQ(resumed.model, whole.model);
}

// The other half of the test above; alone it has nothing to do.
TEST(TrainingChild, IsKilledInTheMiddle) {
  const char* checkpoint = std::getenv("KYC_TRAINER_CHILD");
  if (checkpoint == nullptr) GTEST_SKIP() << "a part of Training.SurvivesSigkill";
  TrainingOptions options = quick_options();
  options.checkpoint = checkpoint;
  options.checkpoint_steps = 3;
  TrainingHooks hooks;
  hooks.on_step = [](const TrainingStep& step) {
    if (step.epoch == 1 && step.step == 6) raise(SIGKILL);
  };
  Trainer(tiny_network({.dropout = true}), "tiny", options).run(stripes_of, hooks);
}

TEST_F(Training, RefusesACheckpointOfAnotherNetworkOrOfOtherOptions) {
  TrainingOptions options = quick_options();
  options.checkpoint = folder_ / "run.checkpoint";
  options.epochs = 1;
  run(options);
  const auto before = read_file(options.checkpoint);
  EXPECT_THAT(
      refusal(ErrorCode::InvalidArgument, [&] { run(options, {}, {.dropout = true, .channels = 8}); }),
      testing::AllOf(testing::HasSubstr("run.checkpoint"), testing::HasSubstr("another network")));
  TrainingOptions other = options;
  other.learning_rate = 0.5;
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument, [&] { run(other); }),
              testing::AllOf(testing::HasSubstr("learning rate"), testing::HasSubstr("0.5")));
  EXPECT_EQ(read_file(options.checkpoint), before);
  options.epochs = 2;  // longer is fine
  EXPECT_EQ(run(options).resumed_at, 10U);
}

TEST_F(Training, RefusesADamagedCheckpoint) {
  TrainingOptions options = quick_options();
  options.checkpoint = folder_ / "run.checkpoint";
  options.epochs = 1;
  run(options);
  auto bytes = read_file(options.checkpoint);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{80}, bytes.size() - 1}) {
    if (size == 0) continue;
    write_file(options.checkpoint, std::span(bytes).first(size));
    EXPECT_THAT(refusal(ErrorCode::Corrupt, [&] { run(options); }), testing::HasSubstr("run.checkpoint"));
  }
  bytes[bytes.size() / 2] ^= 1;
  write_file(options.checkpoint, bytes);
  refusal(ErrorCode::Corrupt, [&] { run(options); });
}

// A full disk, as a limit on the size of files makes one: what was there stays, and can be gone on from.
TEST_F(Training, LosesNoCheckpointWhenTheDiskIsFull) {
  TrainingOptions options = quick_options();
  const TrainingRun whole = run(options);
  options.checkpoint = folder_ / "run.checkpoint";
  options.checkpoint_steps = 10;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  TrainingHooks hooks;
  hooks.on_epoch = [&](const EpochResult& epoch) {
    if (epoch.epoch != 1) return;
    const rlimit small{100, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  };
  const std::string message = refusal(ErrorCode::Unavailable, [&] { run(options, hooks); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, testing::HasSubstr("run.checkpoint"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);  // no half file beside it
  const TrainingRun resumed = run(options);
  EXPECT_EQ(resumed.resumed_at, 10U);
  EXPECT_EQ(resumed.model, whole.model);
}

// ---- what goes wrong ----

TEST_F(Training, PassesOnWhatTheSourceThrows) {
  Trainer trainer(tiny_network(), "tiny", quick_options());
  const BatchSource broken = [](std::uint64_t, std::size_t step) {
    if (step == 3) throw Error(ErrorCode::NotFound, "photo.jpg is gone");
    return stripes_of(0, step);
  };
  EXPECT_THAT(refusal(ErrorCode::NotFound, [&] { trainer.run(broken); }), testing::HasSubstr("photo.jpg"));
}

TEST_F(Training, RefusesBatchesThatDoNotFit) {
  const auto with = [](const Tensor& inputs, const std::vector<float>& targets) {
    return [=](std::uint64_t, std::size_t) { return TrainingBatch{inputs, targets}; };
  };
  Trainer trainer(tiny_network(), "tiny", quick_options());
  refusal(ErrorCode::InvalidArgument, [&] { trainer.run(with(make_tensor({2, 3, 12, 11}), {0, 1})); });
  refusal(ErrorCode::InvalidArgument, [&] { trainer.run(with(make_tensor({2, 3, 12, 12}), {0, 1, 1})); });
  refusal(ErrorCode::InvalidArgument, [&] { trainer.run(with(make_tensor({2, 3, 12, 12}), {0, 2})); });
}

TEST_F(Training, SaysSoWhenTheLossIsNoNumberAnyMore) {
  TrainingOptions options = quick_options();
  options.optimizer = TrainingOptimizer::Sgd;
  options.learning_rate = 1e30;
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument, [&] { run(options); }),
              testing::HasSubstr("smaller learning rate"));
}

TEST_F(Training, RefusesOptionsOutOfRangeByName) {
  const auto refused = [](const std::function<void(TrainingOptions&)>& change) {
    TrainingOptions options;
    change(options);
    return refusal(ErrorCode::InvalidArgument, [&] { check(options); });
  };
  EXPECT_THAT(refused([](auto& o) { o.learning_rate = -1; }), testing::HasSubstr("learning_rate"));
  EXPECT_THAT(refused([](auto& o) { o.averaging = 1; }), testing::HasSubstr("averaging"));
  EXPECT_THAT(refused([](auto& o) { o.epochs = 0; }), testing::HasSubstr("epochs"));
  EXPECT_THAT(refused([](auto& o) { o.mixed_precision = true; }), testing::HasSubstr("mixed_precision"));
}

// Memory stays bounded however far the loaders could run ahead.
TEST_F(Training, LoadsNoFurtherAheadThanItsThreadsAndTwo) {
  TrainingOptions options = quick_options();
  options.epochs = 1;
  options.loaders = 2;
  std::atomic<int> loaded = 0;
  int used = 0;
  int most = 0;
  TrainingHooks hooks;
  hooks.on_step = [&](const TrainingStep&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ++used;
    most = std::max(most, loaded - used);
  };
  Trainer(tiny_network(), "tiny", options)
      .run(
          [&](std::uint64_t epoch, std::size_t step) {
            ++loaded;
            return stripes_of(epoch, step);
          },
          hooks);
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 4);
}

// ---- several ranks: started by mpirun (torch/ranks of ctest) ----

// One per program.
const Ranks& world() {
  static const Ranks ranks;
  return ranks;
}

// Weights of two ranks with batches of 8, and of one with the same 16.
TEST(TrainingRanks, GiveWhatOneRankWithTheirBatchesGives) {
  const Ranks& ranks = world();
  if (ranks.size() != 2) GTEST_SKIP() << "wants mpirun -n 2";
  TrainingOptions options = quick_options();
  options.epochs = 2;
  const TinyOptions network{.normalised = false};  // each rank normalises by its own batch
  std::uint64_t validations = 0;
  TrainingHooks hooks;
  hooks.validate = [&](std::uint64_t, const Predictor& predict) {
    ++validations;
    return TrainingValidation{accuracy(predict, 5), {}};
  };
  const TrainingRun shared = Trainer(tiny_network(network), "tiny", options, &ranks).run(stripes_of, hooks);
  EXPECT_EQ(validations, ranks.rank() == 0 ? 2U : 0U);
  EXPECT_EQ(shared.history.size(), 2U);
  EXPECT_TRUE(shared.history[1].validation.has_value());

  const TrainingRun alone =
      Trainer(tiny_network(network), "tiny", options)
          .run(
              [](std::uint64_t epoch, std::size_t step) {
                TrainingBatch both = stripes_of(epoch, 2 * step);
                const TrainingBatch second = stripes_of(epoch, 2 * step + 1);
                both.inputs.shape[0] *= 2;
                both.inputs.data.insert(
                    both.inputs.data.end(), second.inputs.data.begin(), second.inputs.data.end());
                both.targets.insert(both.targets.end(), second.targets.begin(), second.targets.end());
                return both;
              },
              {.validate = [](std::uint64_t, const Predictor& predict) {
                return TrainingValidation{accuracy(predict, 5), {}};
              }});
  Graph a(shared.model, "shared");
  Graph b(alone.model, "alone");
  for (const GraphWeight& weight : a.weights()) {
    const Tensor x = a.weight(weight.name);
    const Tensor y = b.weight(weight.name);
    // Sums in another order: rounding, which Adam's division keeps in bounds.
    for (std::size_t i = 0; i < x.data.size(); ++i) EXPECT_NEAR(x.data[i], y.data[i], 2e-4) << weight.name;
  }
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(shared.history[i].loss, alone.history[i].loss, 1e-4);
}

TEST(TrainingRanks, EndTogetherWhenOneFails) {
  const Ranks& ranks = world();
  if (ranks.size() != 2) GTEST_SKIP() << "wants mpirun -n 2";
  const BatchSource source = [&](std::uint64_t epoch, std::size_t step) {
    if (step == 7) throw Error(ErrorCode::NotFound, "photo.jpg is gone");  // the second rank's
    return stripes_of(epoch, step);
  };
  Trainer trainer(tiny_network(), "tiny", quick_options(), &ranks);
  refusal(ranks.rank() == 1 ? ErrorCode::NotFound : ErrorCode::Unavailable, [&] { trainer.run(source); });
}

}  // namespace
}  // namespace kyc
