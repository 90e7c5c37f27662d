// Training steps of Xception through nn/, beside the same network written in LibTorch's own modules:
// graph_peers XCEPTION.onnx [batch [repeats [threads]]]
//
// The file is what `kyclops models new xception` writes. Both have the same weights (checked: the same
// logits), the same batch and AdamW; they take turns, and the median counts.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "kyc/cli/measured.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/graph_engine.h"
#include "kyc/nn/onnx_model.h"

namespace kyc {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(int from, int to, int kernel, int stride, int padding, int groups) {
  return nn::Conv2d(
      nn::Conv2dOptions(from, to, kernel).stride(stride).padding(padding).groups(groups).bias(false));
}

struct BlockImpl : nn::Module {
  BlockImpl(int from, int to, int count, int stride, bool first_relu, bool grow_first) {
    for (int i = 1; i <= count; ++i) {
      const int in = i == 1 || !grow_first ? from : to;
      const int out = grow_first || i == count ? to : from;
      if (i > 1 || first_relu) body->push_back(nn::ReLU());
      body->push_back(convolution(in, in, 3, 1, 1, in));
      body->push_back(convolution(in, out, 1, 1, 0, 1));
      body->push_back(nn::BatchNorm2d(out));
    }
    if (stride > 1) body->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(stride).padding(1)));
    register_module("body", body);
    if (from != to || stride > 1) {
      skip->push_back(convolution(from, to, 1, stride, 0, 1));
      skip->push_back(nn::BatchNorm2d(to));
      register_module("skip", skip);
    }
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return body->forward(x) + (skip->is_empty() ? x : skip->forward(x));
  }
  nn::Sequential body;
  nn::Sequential skip;
};
TORCH_MODULE(Block);

struct XceptionImpl : nn::Module {
  XceptionImpl() {
    all->push_back(convolution(3, 32, 3, 2, 0, 1));
    all->push_back(nn::BatchNorm2d(32));
    all->push_back(nn::ReLU());
    all->push_back(convolution(32, 64, 3, 1, 0, 1));
    all->push_back(nn::BatchNorm2d(64));
    all->push_back(nn::ReLU());
    all->push_back(Block(64, 128, 2, 2, false, true));
    all->push_back(Block(128, 256, 2, 2, true, true));
    all->push_back(Block(256, 728, 2, 2, true, true));
    for (int i = 4; i <= 11; ++i) all->push_back(Block(728, 728, 3, 1, true, true));
    all->push_back(Block(728, 1024, 2, 2, true, false));
    for (const auto& [from, to] : {std::pair(1024, 1536), std::pair(1536, 2048)}) {
      all->push_back(convolution(from, from, 3, 1, 1, from));
      all->push_back(convolution(from, to, 1, 1, 0, 1));
      all->push_back(nn::BatchNorm2d(to));
      all->push_back(nn::ReLU());
    }
    register_module("all", all);
    register_module("fc", fc);
  }
  torch::Tensor forward(const torch::Tensor& x) { return fc->forward(all->forward(x).mean({2, 3})); }
  nn::Sequential all;
  nn::Linear fc{2048, 1};
};
TORCH_MODULE(Xception);

// The file's weights, in the order in which both make them.
void copy_weights(const GraphPlan& plan, Xception& to) {
  const torch::NoGradGuard no_gradients;
  auto parameters = to->parameters();
  std::size_t next = 0;
  for (const PlanConstant& constant : plan.constants) {
    if (!constant.trained) continue;
    if (next == parameters.size())
      throw Error(ErrorCode::InvalidArgument, "the file has more weights than Xception");
    torch::Tensor& parameter = parameters[next++];
    if (parameter.numel() * 4 != static_cast<std::int64_t>(constant.tensor.bytes.size()))
      throw Error(ErrorCode::InvalidArgument,
                  "weight " + std::to_string(next) + ", " +
                      plan.values[static_cast<std::size_t>(constant.value)] +
                      ", is of another size than Xception's");
    parameter.copy_(torch::from_blob(
        const_cast<std::uint8_t*>(constant.tensor.bytes.data()), parameter.sizes(), torch::kFloat));
  }
  if (next != parameters.size())
    throw Error(ErrorCode::InvalidArgument, "the file has fewer weights than Xception");
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: graph_peers XCEPTION.onnx [batch [repeats [threads]]]\n");
    return 2;
  }
  const std::int64_t count = argc > 2 ? std::atoi(argv[2]) : 16;
  const int repeats = argc > 3 ? std::atoi(argv[3]) : 3;
  const OnnxModel model(read_file(argv[1]), argv[1]);
  TrainingOptions options;
  options.threads = argc > 4 ? std::atoi(argv[4]) : 2;
  const auto ours = torch_module().make_training(model.plan(), options);
  Xception theirs;
  copy_weights(model.plan(), theirs);
  torch::set_num_threads(options.threads);
  torch::optim::AdamW optimizer(theirs->parameters(),
                                torch::optim::AdamWOptions(options.learning_rate).weight_decay(0));

  TrainingBatch batch{make_tensor({count, 3, 299, 299}), std::vector<float>(static_cast<std::size_t>(count))};
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (float& value : batch.inputs.data) value = normal(generator);
  for (std::size_t i = 0; i < batch.targets.size(); ++i) batch.targets[i] = static_cast<float>(i % 2);
  const torch::Tensor x =
      torch::from_blob(batch.inputs.data.data(), batch.inputs.shape, torch::kFloat).clone();
  const torch::Tensor y = torch::from_blob(batch.targets.data(), {count}, torch::kFloat).clone();

  std::uint64_t steps = 0;
  double our_loss = 0;
  double their_loss = 0;
  const auto our_step = [&] {
    our_loss = ours->compute(batch, steps);
    ours->update(options.learning_rate, ++steps);
  };
  const auto their_step = [&] {
    optimizer.zero_grad();
    const torch::Tensor loss = torch::binary_cross_entropy_with_logits(theirs->forward(x).reshape({-1}), y);
    loss.backward();
    optimizer.step();
    their_loss = loss.item<double>();
  };
  std::vector<double> wall[2];
  std::vector<double> processor[2];
  for (int i = 0; i <= repeats; ++i) {  // the first of each warms up
    for (const int who : i % 2 == 0 ? std::vector{0, 1} : std::vector{1, 0}) {
      const cli::Times seconds = cli::times_of(who == 0 ? std::function<void()>(our_step) : their_step);
      std::printf("%s: %.2f s, %.2f s of processor time%s\n",
                  who == 0 ? "graph  " : "modules",
                  seconds.wall,
                  seconds.processor,
                  i == 0 ? " (warming up)" : "");
      std::fflush(stdout);
      if (i == 0) continue;
      wall[who].push_back(seconds.wall);
      processor[who].push_back(seconds.processor);
    }
    std::printf("loss: %.6f and %.6f\n", our_loss, their_loss);
    if (i == 0 && std::abs(our_loss - their_loss) > 1e-4 * std::abs(their_loss))
      throw Error(ErrorCode::Internal, "the two networks are not the same");
  }
  std::printf("training throughput, graph / modules: %.3f by the clock, %.3f by processor time\n",
              median(wall[1]) / median(wall[0]),
              median(processor[1]) / median(processor[0]));
  return 0;
}

}  // namespace
}  // namespace kyc

int main(int argc, char** argv) {
  try {
    return kyc::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
