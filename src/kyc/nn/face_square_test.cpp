#include "kyc/nn/face_square.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace kyc
