// Geometry and statistics against OpenCV, where it is installed.

#include <gtest/gtest.h>

#include "kyc/image/image.h"

#ifdef KYC_HAS_OPENCV
#include <opencv2/imgproc.hpp>

#include "kyc/image/statistics.h"
#include "kyc/image/support_test.h"
#include "kyc/image/transform.h"
#endif

namespace kyc {
namespace {

#ifdef KYC_HAS_OPENCV
cv::Mat view(const Image& image) {
  return {image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data())};
}

Image from_mat(const cv::Mat& mat) {
  Image image = make_image(mat.cols, mat.rows);
  mat.copyTo(view(image));
  return image;
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
    const Image image = noise_image(from.width, from.height, 1);
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
  const Image image = noise_image(333, 400, 2);
  for (const auto& to : kSizes) {
    cv::Mat expected;
    cv::resize(view(image), expected, {to.width, to.height}, 0, 0, cv::INTER_AREA);
    EXPECT_LE(largest_difference(resize(image, to.width, to.height, Interpolation::Area), from_mat(expected)),
              1)
        << to.width << " x " << to.height;  // 1: ties are rounded the other way
  }
}

TEST(Crop, OfAWholePixelBoxIsOpenCvsLinearOfThatPart) {
  const Image image = noise_image(300, 260, 5);
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
  const Image image = noise_image(50, 40, 6);
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

// OpenCV's pixel centres are at whole numbers, and it samples at 1/32 pixel: on a smooth picture that is all.
TEST(Warp, AgreesWithOpenCv) {
  cv::Mat smooth;
  cv::GaussianBlur(view(noise_image(200, 200, 11)), smooth, {}, 4);
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

TEST(Turn, AgreesWithOpenCv) {
  const Image image = noise_image(5, 3, 13);
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

TEST(Sharpness, IsOpenCvsLaplacianAtItsOwnSize) {
  const Image image = noise_image(112, 112, 2);
  cv::Mat floats;
  view(image).convertTo(floats, CV_32F);
  cv::Mat grey;
  cv::cvtColor(floats, grey, cv::COLOR_RGB2GRAY);
  cv::Mat laplacian;
  cv::Laplacian(grey, laplacian, CV_32F);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(laplacian(cv::Rect(1, 1, 110, 110)), mean, deviation);
  const double expected = deviation[0] * deviation[0];
  EXPECT_NEAR(sharpness(image, {0, 0, 112, 112}), expected, expected * 1e-4);
}
#else
TEST(Transform, AgreesWithOpenCv) {
  GTEST_SKIP() << "OpenCV is absent (apt-get install libopencv-imgproc-dev)";
}
#endif

}  // namespace
}  // namespace kyc
