// Our reading of TensorFlow.js models against TensorFlow.js itself (its plain CPU backend, in Node).

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;

const std::filesystem::path kSource = KYC_SOURCE_DIR;

struct Network {
  const char* name;                  // in the manifest
  std::vector<const char*> outputs;  // nodes of the graph, in the order of its signature
};
const std::vector<Network> kNetworks{
    {"facemesh", {"Identity_2", "Identity_1", "Identity"}},
    {"faceres", {"gender_pred/Sigmoid", "global_pooling/Mean", "age_pred/Softmax"}},
    {"mobilefacenet", {"embeddings"}},
    {"mobileface", {"batchnorm0/add_1"}},
    {"antispoof", {"Identity"}},
    {"liveness", {"Identity"}},
    {"iris", {"Identity"}},
    {"resnet34", {"descriptor"}}};

Tensor random_pixels(const ModelInput& input) {
  Tensor out = make_tensor(input.shape);
  std::mt19937 generator(7);
  std::uniform_real_distribution<float> pixel(0, 255);
  for (float& value : out.data) value = (pixel(generator) - input.mean[0]) / input.scale[0];
  return out;
}

// [1, channel, height, width] -> [1, height, width, channel].
std::vector<float> channels_last(const Tensor& picture) {
  const auto channels = static_cast<std::size_t>(picture.shape[1]);
  const std::size_t pixels = picture.data.size() / channels;
  std::vector<float> out(picture.data.size());
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t p = 0; p < pixels; ++p) out[p * channels + c] = picture.data[c * pixels + p];
  return out;
}

std::span<const std::uint8_t> bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

struct Job {
  std::string network;
  std::string input;
  std::vector<Tensor> ours;
  std::string out;  // prefix of what TensorFlow.js writes
};

// The rule: no value differs by more than 1e-4 of the largest of its output, or than 1e-4 where that is
// below 1.
void compare(const Job& job) {
  for (std::size_t i = 0; i < job.ours.size(); ++i) {
    SCOPED_TRACE(job.network + " on " + job.input + ", output " + std::to_string(i));
    const std::vector<std::uint8_t> bytes = read_file(job.out + "." + std::to_string(i) + ".f32");
    const std::vector<float>& ours = job.ours[i].data;
    ASSERT_EQ(bytes.size(), ours.size() * sizeof(float));
    std::vector<float> theirs(ours.size());
    std::memcpy(theirs.data(), bytes.data(), bytes.size());
    float scale = 1;
    float worst = 0;
    for (std::size_t k = 0; k < ours.size(); ++k) {
      scale = std::max(scale, std::abs(theirs[k]));
      worst = std::max(worst, std::abs(theirs[k] - ours[k]));
    }
    EXPECT_LE(worst, 1e-4F * scale);
  }
}

TEST(TfjsOracle, SaysTheSameOnNoiseAndOnFaces) {
  const std::filesystem::path modules = kSource / ".deps/tfjs/node_modules";
  if (!std::filesystem::exists(modules))
    GTEST_SKIP() << "TensorFlow.js is not there; tools/setup --oracles (make test) fetches it";
  const ModelManifest manifest(kSource / "models");
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("kyc_tfjs_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::vector<Job> jobs;
  Json orders = Json::array();
  for (const Network& network : kNetworks) {
    const ModelEntry& entry = manifest.entry(network.name);
    const ModelInput& input = entry.inputs[0];
    const Session session(manifest, network.name);
    for (const char* name : {"noise", "audrey_crop.jpg", "franck_02159.jpg"}) {
      const Tensor picture = std::string(name) == "noise"
                                 ? random_pixels(input)
                                 : tensor_from_image(read_image(kSource / "samples" / name), input);
      Job job{network.name,
              name,
              session.run(std::span(&picture, 1)),
              (folder / std::to_string(jobs.size())).string()};
      const std::string file = job.out + ".in";
      write_file(file, bytes_of(channels_last(picture)));
      orders.push_back({{"model", manifest.file_of(entry).string()},
                        {"inputs",
                         {{{"name", input.name},
                           {"shape", {1, picture.shape[2], picture.shape[3], picture.shape[1]}},
                           {"file", file}}}},
                        {"outputs", network.outputs},
                        {"descriptor", entry.format == "tfjs_weights"},
                        {"out", job.out}});
      jobs.push_back(std::move(job));
    }
  }
  write_text_file(folder / "jobs.json", orders.dump());
  const std::string command = "node \"" + (kSource / "tests/oracles/tfjs/run.mjs").string() + "\" \"" +
                              modules.string() + "\" \"" + (folder / "jobs.json").string() + "\" >\"" +
                              (folder / "log").string() + "\" 2>&1";
  // NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c,bugprone-command-processor): a test, of one thread
  ASSERT_EQ(std::system(command.c_str()), 0) << read_text_file(folder / "log");
  for (const Job& job : jobs) compare(job);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kyc
