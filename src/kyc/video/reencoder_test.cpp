#include "kyc/video/reencoder.h"

#include <cmath>
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc {
namespace {

// A soft pattern that moves.
Image picture(int width, int height, int index) {
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.row(y)[3 * x + c] =
            static_cast<std::uint8_t>(128 + 90 * std::sin(0.07 * (x + 3 * index) + 0.05 * y + c));
  return image;
}

WriteOptions options_of(int width, int height, int crf) {
  WriteOptions options;
  options.width = width;
  options.height = height;
  options.crf = crf;
  options.preset = "veryfast";
  return options;
}

double error_of(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

std::vector<Image> reencoded(int width, int height, int crf, int frames, std::size_t* most_late = nullptr) {
  Reencoder codec(options_of(width, height, crf));
  std::vector<Image> out;
  for (int i = 0; i < frames; ++i) {
    codec.push(picture(width, height, i));
    while (std::optional<Image> image = codec.pop()) out.push_back(std::move(*image));
    if (most_late) *most_late = std::max(*most_late, static_cast<std::size_t>(i) + 1 - out.size());
  }
  codec.finish();
  while (std::optional<Image> image = codec.pop()) out.push_back(std::move(*image));
  return out;
}

TEST(Reencoder, GivesBackEveryImageInOrderAndInItsSize) {
  for (const auto& [width, height] : {std::pair(64, 48), std::pair(63, 47)}) {
    const std::vector<Image> out = reencoded(width, height, 18, 60);
    ASSERT_EQ(out.size(), 60U);
    for (int i = 0; i < 60; ++i) {
      const Image& image = out[static_cast<std::size_t>(i)];
      ASSERT_EQ(image.width, width);
      ASSERT_EQ(image.height, height);
      EXPECT_LT(error_of(image, picture(width, height, i)), 4) << i;
      EXPECT_GT(error_of(image, picture(width, height, i + 4)), 8) << "not another image";
    }
  }
}

TEST(Reencoder, HoldsFewImages) {
  std::size_t most_late = 0;
  reencoded(64, 48, 28, 200, &most_late);
  EXPECT_LT(most_late, 20U);
}

TEST(Reencoder, LosesMoreAtAHigherFactor) {
  double error[2] = {};
  for (const int which : {0, 1}) {
    const std::vector<Image> out = reencoded(96, 96, which == 0 ? 20 : 45, 30);
    for (int i = 0; i < 30; ++i)
      error[which] += error_of(out[static_cast<std::size_t>(i)], picture(96, 96, i));
  }
  EXPECT_GT(error[1], 1.5 * error[0]);
}

TEST(Reencoder, GivesThePixelsThatAFileWouldGive) {
  const auto path = std::filesystem::path(testing::TempDir()) / "kyc_reencoder_test.mp4";
  VideoWriter writer(path, options_of(64, 48, 30));
  for (int i = 0; i < 25; ++i) writer.write(picture(64, 48, i));
  writer.finish();
  VideoReader reader(path);
  std::vector<Image> from_file;
  for (Frame frame; reader.next(frame);) from_file.push_back(frame.image);
  EXPECT_EQ(from_file, reencoded(64, 48, 30, 25));
  std::filesystem::remove(path);
}

TEST(Reencoder, RefusesImagesOfAnotherSize) {
  Reencoder codec(options_of(64, 48, 30));
  codec.push(picture(64, 48, 0));
  EXPECT_THROW(codec.push(picture(48, 64, 1)), Error);
}

}  // namespace
}  // namespace kyc
