#include "kyc/nn/session.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

const std::filesystem::path kModels = std::filesystem::path(KYC_SOURCE_DIR) / "models";

// As the manifest has it, with a size where it leaves one free.
ModelInput sized(ModelInput input) {
  for (std::size_t i = 1; i < input.shape.size(); ++i)
    if (input.shape[i] == 0) input.shape[i] = 96;
  return input;
}

// Random values that look like an image to this input.
Tensor random_picture(const ModelInput& input, std::int64_t rows, unsigned seed) {
  std::vector<std::int64_t> shape = input.shape;
  shape[0] = rows;
  Tensor out = make_tensor(shape);
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> pixel(0, 255);
  for (float& value : out.data) value = (pixel(generator) - input.mean[0]) / input.scale[0];
  return out;
}

Tensor row_of(const Tensor& batch, std::int64_t row) {
  Tensor out = batch;
  out.shape[0] = 1;
  const auto size = static_cast<std::ptrdiff_t>(batch.data.size()) / batch.shape[0];
  out.data.assign(batch.data.begin() + row * size, batch.data.begin() + (row + 1) * size);
  return out;
}

float largest(const Tensor& tensor) {
  float out = 0;
  for (const float value : tensor.data) out = std::max(out, std::abs(value));
  return out;
}

// ONNX Runtime works logistic functions out around 0.5, in steps of 3e-8: where a text detector sees no text,
// such steps are all that it says. Less than this is measured against this.
constexpr float kNothing = 0.02F;

// The largest difference, as a share of the largest value.
double relative_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.data.size(), b.data.size());
  float worst = 0;
  for (std::size_t i = 0; i < std::min(a.data.size(), b.data.size()); ++i)
    worst = std::max(worst, std::abs(a.data[i] - b.data[i]));
  return worst / std::max(largest(a), kNothing);
}

std::vector<std::string> fetched_models(const ModelManifest& manifest) {
  std::vector<std::string> out;
  for (const ModelEntry& entry : manifest.entries())
    if (!entry.user_supplied) out.push_back(entry.name);
  return out;
}

TEST(Session, DescribesEveryModelThatTheSetUpFetches) {
  const ModelManifest manifest(kModels);
  for (const std::string& name : fetched_models(manifest)) {
    SCOPED_TRACE(name);
    const ModelEntry& entry = manifest.entry(name);
    const Session session(manifest, name);
    ASSERT_EQ(session.inputs().size(), 1U);
    EXPECT_EQ(session.inputs()[0].name, entry.inputs[0].name);
    std::vector<std::int64_t> free = entry.inputs[0].shape;
    free[0] = -1;
    std::replace(free.begin(), free.end(), std::int64_t{0}, std::int64_t{-1});
    EXPECT_EQ(session.inputs()[0].shape, free);
    ASSERT_EQ(session.outputs().size(), entry.outputs.size());
    for (std::size_t i = 0; i < entry.outputs.size(); ++i) {
      EXPECT_TRUE(entry.outputs[i].starts_with(session.outputs()[i].name + " [n, ")) << entry.outputs[i];
      EXPECT_EQ(session.outputs()[i].shape[0], -1);
    }
  }
}

// 1e-5 of the output's scale: about 80 roundings of float32, for networks of up to 120 layers.
TEST(Session, GivesTheResultsOfTheFileAsItIs) {
  const ModelManifest manifest(kModels);
  for (const std::string& name : fetched_models(manifest)) {
    SCOPED_TRACE(name);
    const ModelInput input = sized(manifest.entry(name).inputs[0]);
    const Session ours(manifest, name);
    const Session stock(manifest, name, {.rewrite_graph = false, .free_batch = false});
    for (unsigned seed = 0; seed < 3; ++seed) {
      const std::vector<Tensor> picture = {random_picture(input, 1, seed)};
      const std::vector<Tensor> a = stock.run(picture);
      const std::vector<Tensor> b = ours.run(picture);
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_LE(relative_difference(a[i], b[i]), 1e-5) << "output " << i;
    }
  }
}

// Photos of faces drive the networks where they are used: other units are active than on noise.
TEST(Session, GivesTheResultsOfTheFileAsItIsOnRealPictures) {
  const ModelManifest manifest(kModels);
  for (const char* file : {"audrey_crop.jpg", "franck_02159.jpg", "cage.jpg", "sample1.jpg"}) {
    const Image image = read_image(std::filesystem::path(KYC_SOURCE_DIR) / "samples" / file);
    for (const std::string& name : fetched_models(manifest)) {
      SCOPED_TRACE(name + " on " + file);
      const std::vector<Tensor> picture = {tensor_from_image(image, sized(manifest.entry(name).inputs[0]))};
      const std::vector<Tensor> a =
          Session(manifest, name, {.rewrite_graph = false, .free_batch = false}).run(picture);
      const std::vector<Tensor> b = Session(manifest, name).run(picture);
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_LE(relative_difference(a[i], b[i]), 1e-5) << "output " << i;
    }
  }
}

TEST(Session, TreatsTheRowsOfABatchApart) {
  const ModelManifest manifest(kModels);
  for (const std::string& name : fetched_models(manifest)) {
    SCOPED_TRACE(name);
    const Session session(manifest, name);
    const Tensor batch = random_picture(sized(manifest.entry(name).inputs[0]), 3, 7);
    const std::vector<Tensor> together = session.run(std::vector<Tensor>{batch});
    for (std::int64_t row = 0; row < 3; ++row) {
      const std::vector<Tensor> alone = session.run(std::vector<Tensor>{row_of(batch, row)});
      for (std::size_t i = 0; i < alone.size(); ++i) {
        ASSERT_EQ(together[i].shape[0], 3);
        EXPECT_LE(relative_difference(alone[i], row_of(together[i], row)), 1e-6)
            << "output " << i << " row " << row;
      }
    }
  }
}

// Networks of other makers, as a check that the rewriting does not only fit the ones above.
TEST(Session, GivesTheResultsOfModelsThatUsersBring) {
  const std::filesystem::path folder = std::filesystem::path(KYC_SOURCE_DIR) / "../shared/data/models";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder << " on this machine";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".onnx") continue;
    SCOPED_TRACE(file.path().filename());
    const std::vector<std::uint8_t> bytes = read_file(file.path());
    const Session stock(bytes, "stock", {.rewrite_graph = false, .free_batch = false});
    const Session ours(bytes, "ours");
    ModelInput input;
    input.shape = stock.inputs()[0].shape;
    for (std::size_t i = 0; i < 4; ++i)
      if (input.shape[i] < 0) input.shape[i] = i == 0 ? 1 : 96;
    input.mean = {127.5F, 127.5F, 127.5F};
    input.scale = {128, 128, 128};
    const std::vector<Tensor> picture = {random_picture(input, 1, 4)};
    const std::vector<Tensor> a = stock.run(picture);
    const std::vector<Tensor> b = ours.run(picture);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_LE(relative_difference(a[i], b[i]), 1e-5) << "output " << i;
    if (ours.inputs()[0].shape[0] != -1) continue;
    const Tensor batch = random_picture(input, 2, 5);
    const std::vector<Tensor> together = ours.run(std::vector<Tensor>{batch});
    for (std::int64_t row = 0; row < 2; ++row) {
      const std::vector<Tensor> alone = stock.run(std::vector<Tensor>{row_of(batch, row)});
      for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_LE(relative_difference(alone[i], row_of(together[i], row)), 1e-5)
            << "output " << i << " row " << row;
    }
  }
}

TEST(Session, RefusesFormatsThatItDoesNotRun) {
  const ModelManifest manifest(kModels);
  try {
    const Session session(manifest, "stable_diffusion_1_5");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_STREQ(error.what(),
                 "model stable_diffusion_1_5: only onnx and tfjs files can be run, this one is safetensors");
  }
}

}  // namespace
}  // namespace kyc
