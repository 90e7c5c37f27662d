#include "kyc/image/transform.h"

#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

Image noise(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image image = make_image(width, height);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random());
  return image;
}

// Red rises with x, green with y: linear, so that bilinear sampling between pixels is exact but for rounding.
Image ramp(int width, int height) {
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.row(y)[x * 3] = static_cast<std::uint8_t>(4 * x);
      image.row(y)[x * 3 + 1] = static_cast<std::uint8_t>(4 * y);
      image.row(y)[x * 3 + 2] = 100;
    }
  return image;
}

void expect_refused(const std::function<void()>& call) {
  try {
    call();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.what();
  }
}

TEST(Resize, LinearBlendsBetweenPixelCentresAndRepeatsEdges) {
  Image image = make_image(2, 1);
  image.pixels = {0, 100, 7, 200, 20, 7};
  // Centres of the four new pixels lie at -0.25, 0.25, 0.75 and 1.25 of the old ones.
  EXPECT_EQ(resize(image, 4, 1).pixels,
            (std::vector<std::uint8_t>{0, 100, 7, 50, 80, 7, 150, 40, 7, 200, 20, 7}));
}

TEST(Resize, AreaOfAWholeFactorIsTheMean) {
  Image image = make_image(2, 2);
  image.pixels = {10, 0, 0, 20, 0, 255, 30, 0, 0, 41, 1, 255};
  EXPECT_EQ(resize(image, 1, 1, Interpolation::Area).pixels, (std::vector<std::uint8_t>{25, 0, 128}));
}

TEST(Resize, ToTheSameSizeChangesNothing) {
  const Image image = noise(20, 30, 3);
  EXPECT_EQ(resize(image, 20, 30), image);
  EXPECT_EQ(resize(image, 20, 30, Interpolation::Area), image);
}

TEST(Resize, RefusesAnEmptyOutput) {
  const Image image = noise(4, 4, 4);
  expect_refused([&] { resize(image, 0, 4); });
  expect_refused([&] { resize(image, 4, -1); });
}

TEST(Crop, FarOutsideIsAllBlack) {
  const Image image = noise(50, 40, 7);
  for (const Box& box :
       {Box{1000, 0, 10, 10}, Box{-1000, 0, 10, 10}, Box{0, 1e9F, 10, 10}, Box{0, -1e9F, 10, 10}})
    EXPECT_EQ(crop(image, box, 8, 8), make_image(8, 8));
}

TEST(Crop, WhatLiesOutsideIsBlackAndTheRestStays) {
  const Image image = noise(50, 40, 6);
  const Image part = crop(image, {-10, 30, 60, 20}, 60, 20);
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 60; ++x)
      for (int c = 0; c < 3; ++c)
        EXPECT_EQ(part.row(y)[3 * x + c], x >= 10 && y < 10 ? image.row(y + 30)[3 * (x - 10) + c] : 0);
}

TEST(Crop, KeepsTheFractionsOfTheBox) {
  const Image image = ramp(60, 60);
  const Image part = crop(image, {10.25F, 20.5F, 8, 8}, 8, 8);
  // Pixel (x, y) of the output has its centre at (10.25 + x + 0.5, 20.5 + y + 0.5): red is 4 * (10.25 + x).
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) {
      EXPECT_EQ(part.row(y)[x * 3], 41 + 4 * x) << x << ", " << y;
      EXPECT_EQ(part.row(y)[x * 3 + 1], 82 + 4 * y) << x << ", " << y;
      EXPECT_EQ(part.row(y)[x * 3 + 2], 100);
    }
}

TEST(Crop, RefusesABoxWithoutArea) {
  const Image image = noise(4, 4, 8);
  expect_refused([&] { crop(image, {0, 0, 0, 4}, 4, 4); });
  expect_refused([&] { crop(image, {0, 0, 4, -4}, 4, 4); });
  expect_refused([&] { crop(image, {NAN, 0, 4, 4}, 4, 4); });
  expect_refused([&] { crop(image, {0, 0, INFINITY, 4}, 4, 4); });
  expect_refused([&] { crop(image, {0, 0, 4, 4}, 0, 4); });
}

TEST(Warp, ByNothingChangesNothing) {
  const Image image = noise(40, 30, 9);
  EXPECT_EQ(warp(image, {}, 40, 30), image);
}

TEST(Warp, ByWholePixelsMovesAndFillsWithBlack) {
  const Image image = noise(40, 30, 10);
  const Image moved = warp(image, {1, 0, 5, -3}, 40, 30);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 40; ++x)
      for (int c = 0; c < 3; ++c) {
        const bool covered = x >= 5 && y + 3 < 30;
        EXPECT_EQ(moved.row(y)[x * 3 + c], covered ? image.row(y + 3)[(x - 5) * 3 + c] : 0);
      }
}

TEST(Warp, SamplesWhereTheInversePointsTo) {
  const Image image = ramp(60, 60);
  const Similarity to_output{0.9F, 0.2F, 3, -4};
  const Similarity to_image = inverse(to_output);
  const Image out = warp(image, to_output, 40, 40);
  int compared = 0;
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 40; ++x) {
      const Point p = to_image({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F});
      if (p.x < 1 || p.y < 1 || p.x > 59 || p.y > 59) continue;
      ++compared;
      EXPECT_NEAR(out.row(y)[x * 3], 4 * (p.x - 0.5F), 0.51);
      EXPECT_NEAR(out.row(y)[x * 3 + 1], 4 * (p.y - 0.5F), 0.51);
    }
  EXPECT_GT(compared, 1000);
}

TEST(Warp, RefusesASimilarityThatShrinksToAPoint) {
  expect_refused([] { warp(noise(4, 4, 12), {0, 0, 1, 1}, 4, 4); });
}

Image numbered(int width, int height) {
  Image image = make_image(width, height);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i);
  return image;
}

TEST(Turn, MovesEveryPixelToItsPlace) {
  const Image image = numbered(5, 3);
  const Image right = turn(image, Turn::Clockwise90);
  const Image left = turn(image, Turn::Counterclockwise90);
  const Image half = turn(image, Turn::Half);
  ASSERT_EQ(right.width, 3);
  ASSERT_EQ(left.height, 5);
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 5; ++x)
      for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(right.row(x)[3 * (2 - y) + c], image.row(y)[3 * x + c]);
        EXPECT_EQ(left.row(4 - x)[3 * y + c], image.row(y)[3 * x + c]);
        EXPECT_EQ(half.row(2 - y)[3 * (4 - x) + c], image.row(y)[3 * x + c]);
      }
  EXPECT_EQ(turn(image, Turn::None), image);
}

TEST(Mirror, ExchangesLeftAndRight) {
  Image image = make_image(2, 1);
  image.pixels = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(mirror(image).pixels, (std::vector<std::uint8_t>{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(mirror(mirror(numbered(5, 3))), numbered(5, 3));
}

}  // namespace
}  // namespace kyc
