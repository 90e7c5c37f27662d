#include "kyc/nn/session.h"

#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

const std::filesystem::path kModels = std::filesystem::path(KYC_SOURCE_DIR) / "models";

Tensor random_tensor(std::vector<std::int64_t> shape, unsigned seed) {
  Tensor out = make_tensor(std::move(shape));
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (float& value : out.data) value = normal(generator);
  return out;
}

TEST(Session, RunsEveryModelThatTheSetUpFetches) {
  const ModelManifest manifest(kModels);
  for (const ModelEntry& entry : manifest.entries()) {
    if (entry.user_supplied) continue;
    SCOPED_TRACE(entry.name);
    const Session session(manifest, entry.name);
    ASSERT_EQ(session.inputs().size(), 1U);
    EXPECT_EQ(session.inputs()[0].name, entry.inputs[0].name);
    EXPECT_EQ(session.outputs().size(), entry.outputs.size());
    const std::vector<Tensor> out = session.run(std::vector<Tensor>{random_tensor(entry.inputs[0].shape, 1)});
    EXPECT_EQ(out.size(), entry.outputs.size());
  }
}

}  // namespace
}  // namespace kyc
