#include "kyc/verification/frame_change.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace kyc {
namespace {

Image filled(int width, int height, std::uint8_t value) {
  Image image = make_image(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

TEST(MeanChange, IsZeroBetweenEqualFrames) {
  const LumaThumbnail thumbnail = luma_thumbnail(filled(640, 480, 90));
  EXPECT_EQ(thumbnail.width, 160);
  EXPECT_EQ(thumbnail.height, 120);
  EXPECT_EQ(mean_change(thumbnail, thumbnail, {100, 100, 200, 200}), 0);
}

TEST(MeanChange, IsTheDifferenceOfLuma) {
  const LumaThumbnail before = luma_thumbnail(filled(320, 320, 90));
  const LumaThumbnail after = luma_thumbnail(filled(320, 320, 100));
  EXPECT_NEAR(mean_change(before, after, {10, 10, 100, 100}), 10, 1e-3);
}

TEST(MeanChange, LooksAtTheFaceOnly) {
  const Image before = filled(320, 320, 90);
  Image after = before;
  for (int y = 0; y < 320; ++y) std::fill(after.row(y), after.row(y) + 100 * 3, std::uint8_t{200});
  const LumaThumbnail a = luma_thumbnail(before);
  const LumaThumbnail b = luma_thumbnail(after);
  EXPECT_EQ(mean_change(a, b, {150, 100, 100, 100}), 0);
  EXPECT_GT(mean_change(a, b, {0, 100, 80, 100}), 100);
}

TEST(MeanChange, ABoxBeyondTheEdgeIsCut) {
  const LumaThumbnail thumbnail = luma_thumbnail(filled(64, 64, 90));
  EXPECT_EQ(mean_change(thumbnail, thumbnail, {-50, -50, 500, 500}), 0);
  EXPECT_EQ(mean_change(thumbnail, thumbnail, {500, 500, 10, 10}), 0);
}

TEST(MeanChange, FramesOfDifferentSizeAreWhollyDifferent) {
  EXPECT_EQ(mean_change(luma_thumbnail(filled(64, 64, 0)), luma_thumbnail(filled(64, 32, 0)), {0, 0, 10, 10}),
            255);
}

}  // namespace
}  // namespace kyc
