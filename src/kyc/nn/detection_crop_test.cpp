#include "kyc/nn/detection_crop.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

TEST(SquareAround, IsTheLongerSideTimesTheMarginAboutTheCentre) {
  EXPECT_EQ(square_around({10, 20, 40, 80}, 1.5F), (Box{-30, 0, 120, 120}));
}

TEST(CutSquare, AveragesFineStripesInsteadOfPickingSome) {
  Image stripes = make_image(256, 256);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256 * 3; ++x) stripes.row(y)[x] = (x / 3) % 2 == 0 ? 0 : 255;
  const Image small = cut_square(stripes, {32, 32, 192, 192}, 64);
  ASSERT_EQ(small.width, 64);
  for (const std::uint8_t value : small.pixels) {
    EXPECT_GT(value, 80);  // three pixels: one or two of them white
    EXPECT_LT(value, 175);
  }
}

TEST(CutSquare, KeepsPixelsThatNeedNoScalingAndIsBlackOutside) {
  Image image = make_image(8, 8);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i + 1);
  const Image cut = cut_square(image, {4, 4, 8, 8}, 8);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4 * 3; ++x) EXPECT_EQ(cut.row(y)[x], image.row(y + 4)[x + 12]);
  EXPECT_EQ(cut.row(7)[23], 0);
}

TEST(Sigmoid, DoesNotOverflow) {
  EXPECT_DOUBLE_EQ(sigmoid(0), 0.5);
  EXPECT_EQ(sigmoid(1e4), 1);
  EXPECT_EQ(sigmoid(-1e4), 0);
  EXPECT_NEAR(sigmoid(2) + sigmoid(-2), 1, 1e-15);
}

class DetectionKey : public testing::Test {
 protected:
  DetectionKey() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kyc_crop_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~DetectionKey() override { std::filesystem::remove_all(folder_); }

  ModelManifest with(const std::string& keys) const {
    std::ofstream(folder_ / "manifest.json")
        << R"({"models": [{"name": "net", "task": "deepfake", "file": "net.onnx", "format": "onnx", "licence": "MIT",)"
        << R"("origin": "here", "purpose": "test", "user_supplied": true)" << keys << "}]}";
    return ModelManifest(folder_);
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(DetectionKey, SaysTheMarginOfADetector) {
  EXPECT_FALSE(detection_crop(with(""), "net").has_value());
  EXPECT_EQ(detection_crop(with(R"(, "detection": {"margin": 1.5})"), "net")->margin, 1.5F);
}

TEST_F(DetectionKey, RefusesAMarginThatMakesNoSense) {
  EXPECT_THROW(with(R"(, "detection": {"margin": 0})"), Error);
  EXPECT_THROW(with(R"(, "detection": {})"), Error);
  EXPECT_THROW(with(R"(, "detection": {"margin": 1.3, "shape": "round"})"), Error);
}

}  // namespace
}  // namespace kyc
