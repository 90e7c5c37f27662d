#include "kyc/image/statistics.h"

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "kyc/image/support_test.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

cv::Mat view(const Image& image) {
  return {image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data())};
}

Image blurred(const Image& image, double sigma) {
  Image out = make_image(image.width, image.height);
  cv::Mat target = view(out);
  cv::GaussianBlur(view(image), target, {}, sigma);
  return out;
}

TEST(Sharpness, FallsWithBlur) {
  const Image sharp = noise_image(200, 200, 1);
  const Box box{20, 30, 150, 150};
  const double values[] = {
      sharpness(sharp, box), sharpness(blurred(sharp, 1), box), sharpness(blurred(sharp, 3), box)};
  EXPECT_GT(values[0], 2 * values[1]);
  EXPECT_GT(values[1], 2 * values[2]);
  EXPECT_EQ(sharpness(make_image(50, 50), {0, 0, 50, 50}), 0);
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

TEST(Sharpness, OnlyThePartInsideOfTheImageCounts) {
  Image grey = make_image(100, 100);
  std::fill(grey.pixels.begin(), grey.pixels.end(), std::uint8_t{200});
  EXPECT_NEAR(sharpness(grey, {-50, -50, 100, 100}), 0, 1e-6);
  refusal(ErrorCode::InvalidArgument, [&] { sharpness(grey, {100, 0, 10, 10}); });
}

TEST(MeanLuma, WeighsTheColoursAndCountsPixelCentres) {
  Image image = make_image(2, 1);
  image.pixels = {100, 0, 0, 0, 200, 10};
  EXPECT_NEAR(mean_luma(image, {0, 0, 1, 1}), 29.9, 1e-3);
  EXPECT_NEAR(mean_luma(image, {0, 0, 2, 1}), (29.9 + 117.4 + 1.14) / 2, 1e-3);
  EXPECT_NEAR(mean_luma(image, {0.6F, 0.2F, 5, 0.1F}), 118.54, 1e-3);
  EXPECT_NEAR(mean_luma(image, {1.9F, 0.9F, 0.05F, 0.05F}), 118.54, 1e-3);
  refusal(ErrorCode::InvalidArgument, [&] { mean_luma(image, {0, 1, 2, 2}); });
  refusal(ErrorCode::InvalidArgument, [&] { mean_luma(image, {0, 0, -1, 1}); });
}

TEST(MeanAbsoluteDifference, IsTheMeanOverAllValues) {
  Image a = make_image(1, 2);
  Image b = make_image(1, 2);
  a.pixels = {0, 10, 255, 7, 7, 7};
  b.pixels = {10, 0, 0, 7, 7, 4};
  EXPECT_DOUBLE_EQ(mean_absolute_difference(a, b), (10 + 10 + 255 + 3) / 6.0);
  EXPECT_EQ(mean_absolute_difference(a, a), 0);
  refusal(ErrorCode::InvalidArgument, [&] { mean_absolute_difference(a, make_image(2, 1)); });
}

}  // namespace
}  // namespace kyc
