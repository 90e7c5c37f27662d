#include "kyc/nn/architectures/architecture.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

struct Published {
  const char* name;
  std::uint64_t trained;
  std::uint64_t with_statistics;  // 0: not published
  const char* source;
};

// With 1,000 outputs, as they were published; MesoNet's with one.
const std::vector<Published>& published() {
  static const std::vector<Published> kAll = {
      {"xception", 22'855'952, 22'910'480, "Keras: trainable and total"},
      {"efficientnet_b4", 19'341'616, 0, "TensorFlow's own test of EfficientNet; torchvision"},
      {"efficientnet_v2_s", 21'458'488, 21'612'360, "torchvision; Keras total"},
      {"efficientnet_v2_b0", 7'139'704, 7'200'312, "Keras: total"},
      {"efficientnet_v2_b1", 8'141'052, 8'212'124, "Keras: total"},
      {"efficientnet_v2_b2", 10'096'086, 10'178'374, "Keras: total"},
      {"efficientnet_v2_b3", 14'377'062, 14'486'374, "Keras: total"},
      // Never published: by arithmetic from the scaling rule, outside of this program; it gives the four
      // above
      {"efficientnet_v2_b4", 24'083'284, 24'245'012, "arithmetic"},
      {"resnet_18", 11'689'512, 0, "torchvision"},
      {"mesonet_4", 27'977, 0, "the paper, section III-A"},
      {"mesoinception_4", 28'615, 0, "the paper, section III-B"},
      // 3x3 kernels over 3 16 24 32 48 64 96 128 channels, two numbers a channel for the normalisation, 128 +
      // 1
      {"convnet",
       9 * (3 * 16 + 16 * 24 + 24 * 32 + 32 * 48 + 48 * 64 + 64 * 96 + 96 * 128) +
           2 * (16 + 24 + 32 + 48 + 64 + 96 + 128) + 129,
       0,
       "arithmetic"},
  };
  return kAll;
}

TEST(NewNetwork, HasThePublishedNumberOfParameters) {
  for (const Published& one : published()) {
    const bool small = one.trained < 1'000'000;
    const ParameterCount count =
        count_parameters(new_network(one.name, {.outputs = small ? 1 : 1000}), one.name);
    EXPECT_EQ(count.trained, one.trained) << one.name << ", " << one.source;
    if (one.with_statistics == 0) continue;
    EXPECT_EQ(count.trained + count.statistics, one.with_statistics) << one.name << ", " << one.source;
  }
  EXPECT_EQ(published().size(), architectures().size()) << "an architecture without a count";
}

TEST(NewNetwork, GivesOneFiniteLogitForEveryPictureOfABatch) {
  for (const ArchitectureInfo& info : architectures()) {
    const int side = info.side == 256 ? 256 : 96;  // MesoNet's last layers are made for one size
    const Session session(new_network(info.name, {.side = side}), info.name);
    ASSERT_EQ(session.inputs().size(), 1U) << info.name;
    EXPECT_EQ(session.inputs()[0].name, "image");
    EXPECT_EQ(session.outputs()[0].name, "logits");
    Tensor batch = make_tensor({2, 3, side, side});
    for (std::size_t i = 0; i < batch.data.size(); ++i)
      batch.data[i] = static_cast<float>(std::sin(0.37 * static_cast<double>(i)));
    const Tensor logits = session.run(batch);
    EXPECT_EQ(logits.shape, (std::vector<std::int64_t>{2, 1})) << info.name;
    for (const float value : logits.data) {
      EXPECT_TRUE(std::isfinite(value)) << info.name;
      EXPECT_LT(std::abs(value), 1e3F) << info.name << ": the weights make it grow from layer to layer";
    }
    EXPECT_NE(logits.data[0], logits.data[1]) << info.name << ": what goes in makes no difference";
  }
}

TEST(NewNetwork, RunsAtTheSideOfThePaper) {
  const Session session(new_network("xception", {.outputs = 2}), "xception");
  EXPECT_EQ(session.inputs()[0].shape, (std::vector<std::int64_t>{-1, 3, 299, 299}));
  EXPECT_EQ(session.run(make_tensor({1, 3, 299, 299})).shape, (std::vector<std::int64_t>{1, 2}));
}

TEST(NewNetwork, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const auto first = new_network("mesonet_4", {.seed = 7});
  EXPECT_EQ(first, new_network("mesonet_4", {.seed = 7}));
  EXPECT_NE(first, new_network("mesonet_4", {.seed = 8}));
}

std::string refusal(const std::string& architecture, const NetworkOptions& options, ErrorCode code) {
  try {
    new_network(architecture, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(NewNetwork, NamesWhatIsKnown) {
  EXPECT_NE(refusal("vgg", {}, ErrorCode::NotFound).find("xception"), std::string::npos);
}

TEST(NewNetwork, RefusesAPictureOfWhichNothingIsLeft) {
  EXPECT_NE(refusal("mesonet_4", {.side = 16}, ErrorCode::InvalidArgument).find("16 pixels"),
            std::string::npos);
  refusal("xception", {.side = 5000}, ErrorCode::InvalidArgument);
  refusal("xception", {.outputs = 0}, ErrorCode::InvalidArgument);
}

TEST(CountParameters, RefusesWhatIsNoModel) {
  const std::vector<std::uint8_t> noise(100, 0xFF);
  EXPECT_THROW((void)count_parameters(noise, "noise"), Error);
}

}  // namespace
}  // namespace kyc
