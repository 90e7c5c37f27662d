#include "kyc/nn/last_layer.h"

#include <gmock/gmock.h>

#include "kyc/nn/architectures/architecture.h"
#include "kyc/nn/architectures/transfer.h"
#include "kyc/nn/session.h"
#include "kyc/testing/refusal.h"

namespace kyc {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> ends_in_normalised_features() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return transferred_network(
      manifest, "faceres@conv_dw_2_relu/clip_by_value,conv_dw_3_relu/clip_by_value", {.side = 32});
}

Tensor some_pictures(std::int64_t count) {
  Tensor out = make_tensor({count, 3, 32, 32});
  for (std::size_t i = 0; i < out.data.size(); ++i)
    out.data[i] = static_cast<float>(i * i % 1009) / 504.5F - 1;
  return out;
}

TEST(LastLayer, IsTheWeightedSumOfTheFeaturesInFrontOfIt) {
  const auto model = ends_in_normalised_features();
  const Tensor features = Session(without_last_layer(model, "test"), "test").run(some_pictures(2));
  ASSERT_EQ(features.shape, (std::vector<std::int64_t>{2, 2 * (64 + 128)}));
  const auto width = static_cast<std::size_t>(features.shape[1]);
  std::vector<float> weights;
  for (std::size_t i = 0; i < width; ++i) weights.push_back(0.01F * static_cast<float>(i % 7) - 0.02F);
  const auto solved = with_last_layer(model, "test", weights, 0.5F);
  const Tensor logits = Session(solved, "test").run(some_pictures(2));
  ASSERT_EQ(logits.shape, (std::vector<std::int64_t>{2, 1}));
  for (std::size_t picture = 0; picture < 2; ++picture) {
    double expected = 0.5;
    for (std::size_t i = 0; i < width; ++i)
      expected += static_cast<double>(weights[i]) * static_cast<double>(features.data[picture * width + i]);
    EXPECT_NEAR(logits.data[picture], expected, 1e-3);
  }
  // What normalised the features is gone: all that is left to train is the layer itself.
  EXPECT_EQ(count_parameters(solved, "test").trained, width + 1);
  EXPECT_EQ(count_parameters(solved, "test").statistics, 0U);
}

TEST(LastLayer, IsSaidToBeMissing) {
  const auto two = new_network("convnet", {.side = 64, .outputs = 2});
  EXPECT_THAT(refusal(ErrorCode::Unsupported, [&] { (void)without_last_layer(two, "two.onnx"); }),
              HasSubstr("two.onnx: expected a network that ends in a linear layer"));
  const std::vector<std::uint8_t> junk{'j', 'u', 'n', 'k'};
  refusal(ErrorCode::Corrupt, [&] { (void)without_last_layer(junk, "junk"); });
  const auto model = ends_in_normalised_features();
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument,
                      [&] { (void)with_last_layer(model, "test", std::vector<float>(3), 0); }),
              HasSubstr("expected 384 weights of the last layer, got 3"));
}

}  // namespace
}  // namespace kyc
