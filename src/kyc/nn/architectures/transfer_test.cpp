#include "kyc/nn/architectures/transfer.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "kyc/image/image.h"
#include "kyc/nn/last_layer.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/session.h"
#include "kyc/testing/refusal.h"

namespace kyc {
namespace {

using ::testing::HasSubstr;

const char* const kMiddle = "conv_dw_4_relu/clip_by_value";
const char* const kLater = "conv_dw_6_relu/clip_by_value";
constexpr int kSide = 64;

const ModelManifest& models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

std::vector<std::uint8_t> made(const std::string& architecture, std::uint64_t seed = 1) {
  return transferred_network(models(), architecture, {.side = kSide, .seed = seed});
}

// The same model for pictures of kSide, with one of its tensors as its only output.
std::vector<std::uint8_t> with_output(const std::vector<std::uint8_t>& model, const std::string& tensor) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromArray(model.data(), static_cast<int>(model.size())));
  auto& graph = *proto.mutable_graph();
  for (int side : {2, 3})
    graph.mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(side)
        ->set_dim_value(kSide);
  graph.clear_value_info();
  graph.clear_output();
  auto& output = *graph.add_output();
  output.set_name(tensor);
  output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  std::vector<std::uint8_t> out(proto.ByteSizeLong());
  proto.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

Tensor answer(const std::vector<std::uint8_t>& model, const Tensor& picture) {
  return Session(model, "a part", {.rewrite_graph = false, .free_batch = false}).run(picture);
}

// Pixel values 0 to 255 in R, G, B.
Tensor pixels() {
  Tensor out = make_tensor({1, 3, kSide, kSide});
  for (std::size_t i = 0; i < out.data.size(); ++i)
    out.data[i] = static_cast<float>(127.5 + 120 * std::sin(0.013 * static_cast<double>(i * i % 9973)));
  return out;
}

Tensor as_detector_sees(Tensor picture) {
  for (float& value : picture.data) value = (value - 127.5F) / 127.5F;
  return picture;
}

// As the manifest says of faceres: B, G, R, without the means.
Tensor as_faceres_sees(const Tensor& picture) {
  Tensor out = picture;
  const std::size_t plane = picture.data.size() / 3;
  const float means[] = {103.939F, 116.779F, 123.68F};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < plane; ++i)
      out.data[c * plane + i] = picture.data[(2 - c) * plane + i] - means[c];
  return out;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.data.size(), b.data.size());
  double out = 0;
  for (std::size_t i = 0; i < std::min(a.data.size(), b.data.size()); ++i)
    out = std::max(out, static_cast<double>(std::abs(a.data[i] - b.data[i])));
  return out;
}

// The name that the end of the graft has in the new network: what the first node of the head takes.
std::string end_of(const std::vector<std::uint8_t>& model, const std::string& consumer) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromArray(model.data(), static_cast<int>(model.size())));
  for (const auto& node : proto.graph().node())
    if (node.op_type() == consumer) return node.input(0);
  ADD_FAILURE() << "no " << consumer;
  return {};
}

TEST(TransferredNetwork, ComputesWhatTheModelComputesUpToThere) {
  const auto model = made(std::string("faceres@") + kMiddle);
  const Tensor theirs =
      answer(with_output(load_onnx(models(), "faceres"), kMiddle), as_faceres_sees(pixels()));
  const Tensor ours = answer(with_output(model, end_of(model, "GlobalMaxPool")), as_detector_sees(pixels()));
  // Values lie in 0..6; folding rounds otherwise.
  EXPECT_LT(largest_difference(theirs, ours), 1e-3);
}

TEST(TransferredNetwork, OfSeveralTensorsKeepsItsLayersInSixteenBits) {
  const auto model = made(std::string("faceres@") + kMiddle + "," + kLater);
  const Tensor theirs =
      answer(with_output(load_onnx(models(), "faceres"), kMiddle), as_faceres_sees(pixels()));
  const Tensor ours =
      answer(with_output(model, end_of(model, "GlobalAveragePool")), as_detector_sees(pixels()));
  EXPECT_LT(largest_difference(theirs, ours), 0.05);  // 11 bits of mantissa, four layers of weights
  // 128 and 256 channels: two statistics each, scaled, shifted and weighted; and a bias
  EXPECT_EQ(count_parameters(model, "test").trained, 3U * 2 * (128 + 256) + 1);
}

// What a node makes of the picture, by the end of its output's name and its number among those.
Tensor made_by(const std::vector<std::uint8_t>& model,
               const std::string& type,
               int number,
               const Tensor& of) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromArray(model.data(), static_cast<int>(model.size())));
  for (const auto& node : proto.graph().node())
    if (node.op_type() == type && number-- == 0) return answer(with_output(model, node.output(0)), of);
  ADD_FAILURE() << "no " << type;
  return {};
}

TEST(TransferredNetwork, OfRegionsMeasuresTheMiddleAndTheRimEachForItself) {
  const auto model = made(std::string("faceres@") + kMiddle + "#regions");
  const Tensor picture = as_detector_sees(pixels());
  const Tensor layer =
      answer(with_output(load_onnx(models(), "faceres"), kMiddle), as_faceres_sees(pixels()));
  ASSERT_EQ(layer.shape, (std::vector<std::int64_t>{1, 128, 8, 8}));
  // Means and variances of channel c by the definition. Of 8 pixels the middle covers rows 2 to 5 wholly, 1
  // and 6 by 0.4.
  const double covered[] = {0, 0.4, 1, 1, 1, 1, 0.4, 0};
  for (int region = 0; region < 2; ++region) {
    const Tensor means = made_by(model, "GlobalAveragePool", 2 * region, picture);
    const Tensor variances = made_by(model, "GlobalAveragePool", 2 * region + 1, picture);
    for (std::size_t c : {0U, 17U, 127U}) {
      double sum = 0;
      double values = 0;
      double squares = 0;
      for (std::size_t i = 0; i < 64; ++i) {
        const double inside = covered[i / 8] * covered[i % 8];
        const double share = region == 0 ? inside : 1 - inside;
        sum += share;
        values += share * layer.data[64 * c + i];
        squares += share * layer.data[64 * c + i] * layer.data[64 * c + i];
      }
      const double mean = values / sum;
      EXPECT_NEAR(means.data[c], mean, 0.02) << region << ", channel " << c;  // weights of 16 bits
      EXPECT_NEAR(variances.data[c], squares / sum - mean * mean, 0.03) << region << ", channel " << c;
    }
  }
  EXPECT_EQ(count_parameters(model, "test").trained, 3U * 4 * 128 + 1);
}

// The middle of a picture, three fifths or four fifths of its side, enlarged bilinearly to its size.
Tensor enlarged_by_definition(const Tensor& picture, int rim) {
  const int side = kSide - 2 * rim;
  Tensor out = picture;
  const auto sample = [&](std::size_t c, double y, double x) {
    const auto at = [&](double v, int whole) {
      return static_cast<std::size_t>(rim + std::clamp(static_cast<int>(std::floor(v)) + whole, 0, side - 1));
    };
    const double fy = y - std::floor(y);
    const double fx = x - std::floor(x);
    const auto value = [&](int dy, int dx) {
      return static_cast<double>(picture.data[(c * kSide + at(y, dy)) * kSide + at(x, dx)]);
    };
    return (1 - fy) * ((1 - fx) * value(0, 0) + fx * value(0, 1)) +
           fy * ((1 - fx) * value(1, 0) + fx * value(1, 1));
  };
  for (std::size_t c = 0; c < 3; ++c)
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x)
        out.data[(c * kSide + static_cast<std::size_t>(y)) * kSide + static_cast<std::size_t>(x)] =
            static_cast<float>(sample(c,
                                      std::clamp((y + 0.5) * side / kSide - 0.5, 0.0, side - 1.0),
                                      std::clamp((x + 0.5) * side / kSide - 0.5, 0.0, side - 1.0)));
  return out;
}

Tensor mirrored_by_definition(const Tensor& picture) {
  Tensor out = picture;
  for (std::size_t row = 0; row < picture.data.size(); row += kSide)
    std::reverse(out.data.begin() + static_cast<std::ptrdiff_t>(row),
                 out.data.begin() + static_cast<std::ptrdiff_t>(row + kSide));
  return out;
}

TEST(TransferredNetwork, OfViewsMeasuresThePictureItsMiddlesAndTheirMirrorImages) {
  constexpr std::size_t kEach = 2 * 128;  // a mean and a variance of every channel
  constexpr std::size_t kAll = 6 * kEach;
  const auto features = without_last_layer(made(std::string("faceres@") + kMiddle + "#views"), "test");
  const Tensor picture = as_detector_sees(pixels());
  Tensor two{{2, 3, kSide, kSide}, picture.data};
  const Tensor mirrored = mirrored_by_definition(picture);
  two.data.insert(two.data.end(), mirrored.data.begin(), mirrored.data.end());
  const Tensor ours = answer(features, two);
  ASSERT_EQ(ours.shape, (std::vector<std::int64_t>{2, kAll}));
  // The views of the mirror image are those of the picture, every two of them in the other order. (Logarithms
  // of small variances keep two digits.)
  for (std::size_t i = 0; i < kAll; ++i) {
    const float swapped = ours.data[kAll + (i / kEach ^ 1U) * kEach + i % kEach];
    EXPECT_NEAR(ours.data[i], swapped, 1e-2 * std::max(1.0F, std::abs(swapped))) << i;
  }

  const auto theirs = with_output(load_onnx(models(), "faceres"), kMiddle);
  const int rims[] = {0, 6, 13};  // round(64 * 0.2 / 2), round(64 * 0.4 / 2)
  for (std::size_t view = 0; view < 6; ++view) {
    Tensor seen = enlarged_by_definition(pixels(), rims[view / 2]);
    if (view % 2 == 1) seen = mirrored_by_definition(seen);
    const Tensor layer = answer(theirs, as_faceres_sees(seen));
    const std::size_t count = layer.data.size() / 128;
    std::vector<double> mean(128);
    std::vector<double> log_variance(128);
    for (std::size_t c = 0; c < 128; ++c) {
      double sum = 0;
      double squares = 0;
      for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(layer.data[c * count + i]);
      mean[c] = sum / static_cast<double>(count);
      for (std::size_t i = 0; i < count; ++i)
        squares += std::pow(static_cast<double>(layer.data[c * count + i]) - mean[c], 2);
      log_variance[c] = std::log(squares / static_cast<double>(count) + 1e-4);
    }
    const auto off = [&](std::size_t other, std::size_t first, const std::vector<double>& expected) {
      double out = 0;
      for (std::size_t c = 0; c < 128; ++c)
        out += std::abs(static_cast<double>(ours.data[kEach * other + first + c]) - expected[c]) / 128;
      return out;
    };
    // Weights of 8 bits: values of 0 to 6 are off by a hundredth of that on average.
    EXPECT_LT(off(view, 0, mean), 0.06) << "view " << view;
    EXPECT_LT(off(view, 128, log_variance), 0.12) << "view " << view;
    for (std::size_t other = 0; other < 6; ++other)
      if (other / 2 != view / 2) {
        EXPECT_GT(off(other, 0, mean), 2 * off(view, 0, mean)) << "view " << view << " and " << other;
        EXPECT_GT(off(other, 128, log_variance), 2 * off(view, 128, log_variance)) << view << ", " << other;
      }
  }
}

TEST(TransferredNetwork, GivesOneLogitAndIsTheSameForTheSameSeed) {
  const auto model = made(std::string("faceres@") + kMiddle);
  EXPECT_EQ(answer(model, as_detector_sees(pixels())).shape, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(model, made(std::string("faceres@") + kMiddle));
  EXPECT_NE(model, made(std::string("faceres@") + kMiddle, 2));
}

TEST(TransferredNetwork, SaysWhatItCanNotTake) {
  EXPECT_THAT(refusal(ErrorCode::NotFound, [] { (void)made("faceres@nowhere"); }), HasSubstr("nowhere"));
  EXPECT_THAT(refusal(ErrorCode::Unsupported,
                      [] { (void)made("facemesh@StatefulPartitionedCall/model_1/add_9/add"); }),
              HasSubstr("MaxPool"));
  refusal(ErrorCode::NotFound, [] { (void)made("nobody@x"); });
  refusal(ErrorCode::InvalidArgument,
          [] { (void)transferred_network(models(), std::string("faceres@") + kMiddle, {}); });
}

}  // namespace
}  // namespace kyc
