// Every network of the manifest on one thread: the file as it is, and as kyc::Session rewrites it. Compare
// within one run: kyc_nn_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=5
#include <benchmark/benchmark.h>

#include "kyc/nn/session.h"

#ifndef KYC_SOURCE_DIR
#error "KYC_SOURCE_DIR is where models/ is"
#endif

namespace kyc {
namespace {

void network(benchmark::State& state, const std::string& name, bool rewritten) {
  const ModelManifest models(std::filesystem::path(KYC_SOURCE_DIR) / "models");
  SessionOptions options;
  options.rewrite_graph = rewritten;
  options.free_batch = rewritten;
  const Session session(models, name, options);
  Tensor input = make_tensor(models.entry(name).inputs.at(0).shape);
  for (std::size_t i = 0; i < input.data.size(); ++i)
    input.data[i] = static_cast<float>(i * 7919 % 255) / 128 - 1;
  for (auto _ : state) benchmark::DoNotOptimize(session.run(input));
}

const bool kRegistered = [] {
  for (const char* name : {"fr_detect", "fr_landmark", "fr_feature", "fr_liveness", "fr_pose", "fr_eye"})
    for (const bool rewritten : {false, true})
      benchmark::RegisterBenchmark((std::string(name) + (rewritten ? "/rewritten" : "/stock")).c_str(),
                                   network,
                                   std::string(name),
                                   rewritten)
          ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
}  // namespace kyc
