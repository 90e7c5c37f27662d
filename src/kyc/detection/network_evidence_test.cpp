// A network whose weights are written down here sees nothing but a checkerboard: it is known where the heat
// of its maps must be.

#include "kyc/detection/network_evidence.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/files.h"
#include "kyc/detection/network_detector.h"
#include "kyc/nn/graph.h"
#include "kyc/nn/onnx_builder.h"

namespace kyc {
namespace {

constexpr int kSide = 64;
constexpr int kCell = 8;  // pixels of the picture per place of the last feature map

// [1, 3, 64, 64] -> differences across the diagonal of 2 x 2 pixels, both signs; their sum over 7 x 7 of 8 x
// 8 pixels; logits: "attack" rises with their sum; "bona fide" is its opposite, if there are two.
std::vector<std::uint8_t> checkerboard_network(int outputs) {
  OnnxBuilder onnx("kyclops test");
  onnx.input("picture", {1, 3, kSide, kSide});
  Weights edges{{2, 3, 2, 2}, std::vector<float>(24)};
  const float sign[4] = {1, -1, -1, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    edges.values[4 + i] = sign[i];        // green, first channel
    edges.values[12 + 4 + i] = -sign[i];  // second channel
  }
  onnx.node("Conv", {"picture", onnx.constant("edges", edges)}, "edge");
  onnx.node("Relu", {"edge"}, "edge_active");
  Weights pool{{2, 2, kCell - 1, kCell - 1}, std::vector<float>(4 * (kCell - 1) * (kCell - 1), 0.02F)};
  auto& second = onnx.node("Conv", {"edge_active", onnx.constant("pool", pool)}, "texture");
  set_attribute(second, "strides", std::vector<std::int64_t>{kCell, kCell});
  onnx.node("Relu", {"texture"}, "texture_active");
  onnx.node("GlobalAveragePool", {"texture_active"}, "pooled");
  onnx.node("Flatten", {"pooled"}, "flat");
  Weights head{{outputs, 2}, {}};
  Weights bias{{outputs}, {}};
  for (int k = 0; k < outputs; ++k) {
    const float way = k == 0 ? 1 : -1;
    head.values.insert(head.values.end(), {way * 100, way * 100});
    bias.values.push_back(-way * 1.5F);
  }
  auto& gemm =
      onnx.node("Gemm", {"flat", onnx.constant("head", head), onnx.constant("bias", bias)}, "logits");
  set_attribute(gemm, "transB", std::int64_t{1});
  onnx.output("logits", {1, outputs});
  return onnx.bytes();
}

constexpr Box kPlanted{40, 16, 16, 24};

Image smooth_picture() {
  Image out = make_image(kSide, kSide);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) out.row(y)[3 * x + c] = static_cast<std::uint8_t>(60 + x + y / 2 + 8 * c);
  return out;
}

Image planted_picture() {
  Image out = smooth_picture();
  for (int y = static_cast<int>(kPlanted.y); y < static_cast<int>(kPlanted.bottom()); ++y)
    for (int x = static_cast<int>(kPlanted.x); x < static_cast<int>(kPlanted.right()); ++x)
      for (int c = 0; c < 3; ++c)
        out.row(y)[3 * x + c] =
            static_cast<std::uint8_t>(out.row(y)[3 * x + c] + ((x + y) % 2 == 0 ? 30 : -30));
  return out;
}

// A detector out of files, as a user brings them.
class NetworkEvidence : public testing::Test {
 protected:
  std::unique_ptr<AttackDetector> detector(int outputs, const std::string& detection) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) /
                                         testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder);
    write_file(folder / "net.onnx", checkerboard_network(outputs));
    write_text_file(folder / "net.json",
                    R"({"name": "checkerboard", "task": "deepfake", "file": "net.onnx", "format": "onnx",
 "licence": "none", "origin": "this test", "purpose": "finds checkerboards", "user_supplied": true,
 "inputs": [{"name": "picture", "shape": [1, 3, 64, 64], "colour": "RGB", "mean": [0, 0, 0],
             "scale": [255, 255, 255], "crop": "all"}],
 "outputs": ["logits"], "thresholds": [], "detection": )" +
                        detection + "}");
    const ModelManifest none(KYC_SOURCE_DIR "/models");
    return network_detector(folder / "net.json", {none, {}});
  }
};

double heat_inside(const EvidenceMap& map) {
  double inside = 0;
  double all = 0;
  for (int row = 0; row < map.rows; ++row)
    for (int column = 0; column < map.columns; ++column) {
      const float x =
          map.area.x + (static_cast<float>(column) + 0.5F) * map.area.width / static_cast<float>(map.columns);
      const float y =
          map.area.y + (static_cast<float>(row) + 0.5F) * map.area.height / static_cast<float>(map.rows);
      const double value =
          static_cast<double>(map.values[static_cast<std::size_t>(row * map.columns + column)]);
      all += value;
      if (x >= kPlanted.x && x < kPlanted.right() && y >= kPlanted.y && y < kPlanted.bottom())
        inside += value;
    }
  return inside / all;
}

double score_of(const AttackDetector& detector, const FaceFrame& frame) {
  return detector.frame_score(detector.observe(frame)).value();
}

TEST_F(NetworkEvidence, TheHeatIsWhereTheArtefactWasPlanted) {
  for (const char* detection :
       {R"({"detects": ["deepfake"], "box": 0, "output": "sigmoid", "attack": 0})",
        R"({"detects": ["deepfake"], "box": 0, "output": "softmax", "attack": 0})",
        R"({"detects": ["deepfake"], "box": 0, "output": "softmax", "bona_fide": 1})"}) {
    const bool two = std::string(detection).find("softmax") != std::string::npos;
    const auto found = detector(two ? 2 : 1, detection);
    const Image image = planted_picture();
    const Face face{};
    const FaceFrame frame{image, face};
    const auto map = found->evidence_map(frame);
    ASSERT_TRUE(map.has_value()) << detection;
    EXPECT_THAT(map->method, testing::HasSubstr(torch_status().available ? "Grad-CAM" : "occlusion"));
    EXPECT_GT(heat_inside(*map), 0.9) << detection;
    const double score = score_of(*found, frame);
    EXPECT_GT(score, 0.9) << detection;
    EXPECT_NEAR(static_cast<double>(*std::max_element(map->values.begin(), map->values.end())), score, 0.02);
  }
}

TEST_F(NetworkEvidence, ABonaFidePictureStaysPale) {
  const auto found = detector(1, R"({"detects": ["deepfake"], "box": 0, "output": "sigmoid", "attack": 0})");
  const Image image = smooth_picture();
  const Face face{};
  const FaceFrame frame{image, face};
  EXPECT_LT(score_of(*found, frame), 0.4);
  const auto map = found->evidence_map(frame);
  ASSERT_TRUE(map.has_value());
  for (const float value : map->values) EXPECT_LT(value, 0.4F);
}

TEST(OcclusionGrid, FindsThePlaceWithoutGradients) {
  Tensor input = make_tensor({1, 1, 32, 32});
  for (std::size_t y = 8; y < 12; ++y)
    for (std::size_t x = 20; x < 24; ++x) input.data[y * 32 + x] = 5;
  const auto grid = occlusion_grid(input, [](const Tensor& part) {
    double sum = 0;
    for (std::size_t y = 8; y < 12; ++y)
      for (std::size_t x = 20; x < 24; ++x) sum += static_cast<double>(part.data[y * 32 + x]);
    return sum / 20;
  });
  ASSERT_TRUE(grid.has_value());
  ASSERT_EQ(grid->values.size(), 64U);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_FLOAT_EQ(grid->values[i], i == 2 * 8 + 5 ? 1.0F : 0.0F) << i;
}

TEST(AttackGradient, IsThatOfTheLogOdds) {
  const std::vector<float> logits{0.3F, -1.2F, 0.8F};
  for (const bool bona_fide : {false, true}) {
    ModelDetection detection;
    detection.index = 2;
    detection.bona_fide = bona_fide;
    const std::vector<float> gradient = attack_gradient(logits, detection);
    for (std::size_t k = 0; k < logits.size(); ++k) {
      const float step = 1e-2F;
      std::vector<float> up = logits;
      std::vector<float> down = logits;
      up[k] += step;
      down[k] -= step;
      EXPECT_NEAR(static_cast<double>(gradient[k]),
                  (attack_log_odds(up, detection) - attack_log_odds(down, detection)) / (2 * 1e-2),
                  1e-4);
    }
  }
}

}  // namespace
}  // namespace kyc
