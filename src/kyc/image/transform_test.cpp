#include "kyc/image/transform.h"

#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

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

cv::Mat view(const Image& image) {
  return {image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data())};
}

Image from_mat(const cv::Mat& mat) {
  Image image = make_image(mat.cols, mat.rows);
  mat.copyTo(view(image));
  return image;
}

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  int most = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

void expect_refused(const std::function<void()>& call) {
  try {
    call();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.what();
  }
}

struct Size {
  int width;
  int height;
};
const std::vector<Size> kSizes = {
    {1, 1}, {1, 9}, {9, 1}, {64, 64}, {128, 128}, {31, 200}, {240, 320}, {97, 61}, {333, 400}};

// Bit for bit, but for the first and last rows of an enlarged picture: OpenCV blends the edge row with itself
// there and may lose one grey level in rounding.
int tolerance(int height, int to_height) {
  return to_height > height ? 1 : 0;
}

TEST(Resize, IsOpenCvsLinear) {
  for (const auto& from : kSizes) {
    const Image image = noise(from.width, from.height, 1);
    for (const auto& to : kSizes) {
      cv::Mat expected;
      cv::resize(view(image), expected, {to.width, to.height}, 0, 0, cv::INTER_LINEAR);
      EXPECT_LE(largest_difference(resize(image, to.width, to.height), from_mat(expected)),
                tolerance(from.height, to.height))
          << from.width << " x " << from.height << " -> " << to.width << " x " << to.height;
    }
  }
}

TEST(Resize, AreaIsOpenCvsAreaWhenShrinking) {
  const Image image = noise(333, 400, 2);
  for (const auto& to : kSizes) {
    cv::Mat expected;
    cv::resize(view(image), expected, {to.width, to.height}, 0, 0, cv::INTER_AREA);
    EXPECT_LE(largest_difference(resize(image, to.width, to.height, Interpolation::Area), from_mat(expected)),
              1)
        << to.width << " x " << to.height;  // 1: ties are rounded the other way
  }
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

TEST(Crop, OfAWholePixelBoxIsOpenCvsLinearOfThatPart) {
  const Image image = noise(300, 260, 5);
  const std::vector<cv::Rect> boxes = {
      {0, 0, 300, 260}, {10, 20, 128, 128}, {250, 200, 50, 60}, {7, 9, 1, 1}, {33, 44, 200, 10}};
  for (const auto& box : boxes) {
    for (const auto& to : kSizes) {
      cv::Mat expected;
      cv::resize(view(image)(box), expected, {to.width, to.height}, 0, 0, cv::INTER_LINEAR);
      const Box part{static_cast<float>(box.x),
                     static_cast<float>(box.y),
                     static_cast<float>(box.width),
                     static_cast<float>(box.height)};
      EXPECT_LE(largest_difference(crop(image, part, to.width, to.height), from_mat(expected)),
                tolerance(box.height, to.height))
          << box << " -> " << to.width << " x " << to.height;
    }
  }
}

TEST(Crop, WhatLiesOutsideIsBlackAsWithAPaddedImage) {
  const Image image = noise(50, 40, 6);
  cv::Mat padded;
  cv::copyMakeBorder(view(image), padded, 30, 30, 30, 30, cv::BORDER_CONSTANT, cv::Scalar(0, 0, 0));
  const std::vector<cv::Rect> boxes = {
      {-10, -20, 60, 50}, {-30, -30, 110, 100}, {40, 30, 40, 40}, {-1, 39, 10, 2}, {49, -1, 1, 3}};
  for (const auto& box : boxes) {
    cv::Mat expected;
    cv::resize(padded(cv::Rect(box.x + 30, box.y + 30, box.width, box.height)),
               expected,
               {64, 48},
               0,
               0,
               cv::INTER_LINEAR);
    const Box part{static_cast<float>(box.x),
                   static_cast<float>(box.y),
                   static_cast<float>(box.width),
                   static_cast<float>(box.height)};
    EXPECT_LE(largest_difference(crop(image, part, 64, 48), from_mat(expected)), tolerance(box.height, 48))
        << box;
  }
}

TEST(Crop, FarOutsideIsAllBlack) {
  const Image image = noise(50, 40, 7);
  for (const Box& box :
       {Box{1000, 0, 10, 10}, Box{-1000, 0, 10, 10}, Box{0, 1e9F, 10, 10}, Box{0, -1e9F, 10, 10}})
    EXPECT_EQ(crop(image, box, 8, 8), make_image(8, 8));
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

// OpenCV's pixel centres are at whole numbers, and it samples at 1/32 pixel: on a smooth picture that is all.
TEST(Warp, AgreesWithOpenCv) {
  cv::Mat smooth;
  cv::GaussianBlur(view(noise(200, 200, 11)), smooth, {}, 4);
  const Image image = from_mat(smooth);
  const Similarity s{0.6F, 0.25F, 10, -20};
  const double half = 0.5;
  const cv::Matx23d matrix(
      s.a, -s.b, s.tx + half * (s.a - s.b) - half, s.b, s.a, s.ty + half * (s.b + s.a) - half);
  cv::Mat expected;
  cv::warpAffine(smooth, expected, matrix, {112, 112}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  const Image out = warp(image, s, 112, 112);
  double sum = 0;
  const Image reference = from_mat(expected);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) sum += std::abs(out.pixels[i] - reference.pixels[i]);
  EXPECT_LT(sum / static_cast<double>(out.pixels.size()), 0.5);
}

TEST(Warp, RefusesASimilarityThatShrinksToAPoint) {
  expect_refused([] { warp(noise(4, 4, 12), {0, 0, 1, 1}, 4, 4); });
}

Image numbered(int width, int height) {
  Image image = make_image(width, height);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i);
  return image;
}

TEST(Turn, AgreesWithOpenCv) {
  const Image image = numbered(5, 3);
  const std::vector<std::pair<Turn, cv::RotateFlags>> cases = {
      {Turn::Clockwise90, cv::ROTATE_90_CLOCKWISE},
      {Turn::Half, cv::ROTATE_180},
      {Turn::Counterclockwise90, cv::ROTATE_90_COUNTERCLOCKWISE}};
  for (const auto& [way, code] : cases) {
    cv::Mat expected;
    cv::rotate(view(image), expected, code);
    EXPECT_EQ(turn(image, way), from_mat(expected));
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
