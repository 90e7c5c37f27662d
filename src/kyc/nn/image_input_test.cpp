#include "kyc/nn/image_input.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

ModelInput picture_input(std::int64_t channels, std::int64_t height, std::int64_t width) {
  ModelInput input;
  input.name = "input";
  input.shape = {1, channels, height, width};
  input.colour = channels == 1 ? "grey" : "RGB";
  return input;
}

Image random_image(int width, int height) {
  Image image = make_image(width, height);
  std::mt19937 generator(3);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(generator() & 255U);
  return image;
}

float at(const Tensor& t, std::int64_t c, std::int64_t y, std::int64_t x) {
  return t.data[static_cast<std::size_t>((c * t.shape[2] + y) * t.shape[3] + x)];
}

TEST(TensorFromImage, CopiesAnImageOfTheRightSize) {
  const Image image = random_image(5, 3);
  const Tensor t = tensor_from_image(image, picture_input(3, 3, 5));
  ASSERT_EQ(t.shape, (std::vector<std::int64_t>{1, 3, 3, 5}));
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 5; ++x)
      for (int c = 0; c < 3; ++c) EXPECT_EQ(at(t, c, y, x), image.row(y)[3 * x + c]);
}

TEST(TensorFromImage, NormalisesInTheOrderOfTheChannels) {
  Image image = make_image(1, 1);
  image.pixels = {10, 20, 30};
  ModelInput input = picture_input(3, 1, 1);
  input.colour = "BGR";
  input.mean = {1, 2, 3};
  input.scale = {2, 4, 8};
  const Tensor t = tensor_from_image(image, input);
  EXPECT_THAT(
      t.data,
      testing::Pointwise(testing::FloatNear(1e-5F), {(30 - 1) / 2.0F, (20 - 2) / 4.0F, (10 - 3) / 8.0F}));
}

TEST(TensorFromImage, WeighsColoursIntoGreyAsBt601) {
  Image image = make_image(1, 1);
  image.pixels = {100, 50, 200};
  EXPECT_NEAR(tensor_from_image(image, picture_input(1, 1, 1)).data[0], 29.9 + 29.35 + 22.8, 1e-3);
}

TEST(TensorFromImage, InterpolatesBetweenPixelCentres) {
  Image image = make_image(2, 1);
  image.pixels = {0, 0, 0, 100, 100, 100};
  // Four output pixels at 0.25, 0.75, 1.25, 1.75; the centres of the two pixels are 0.5 and 1.5; edges
  // repeat.
  const Tensor t = tensor_from_image(image, picture_input(1, 1, 4));
  EXPECT_THAT(t.data, testing::Pointwise(testing::FloatNear(1e-3F), {0.0F, 25.0F, 75.0F, 100.0F}));
}

TEST(TensorFromImage, IsBlackOutside) {
  Image image = make_image(2, 2);
  image.pixels.assign(12, 200);
  const Tensor t = tensor_from_image(image, Box{-2, 0, 4, 2}, picture_input(1, 2, 4));
  EXPECT_THAT(
      t.data,
      testing::Pointwise(testing::FloatNear(1e-3F), {0.F, 0.F, 200.F, 200.F, 0.F, 0.F, 200.F, 200.F}));
  for (const float value : tensor_from_image(image, Box{1e9F, -1e9F, 5, 5}, picture_input(1, 2, 2)).data)
    EXPECT_EQ(value, 0);
}

// crop() rounds to whole values, twice; along the edge it repeats the box's own last pixels, where this one
// looks at what lies beside the box.
TEST(TensorFromImage, AgreesWithCrop) {
  const Image image = random_image(60, 40);
  const Box box{10.3F, 5.7F, 31.5F, 22.25F};
  for (const auto& [width, height] : {std::pair{17, 13}, std::pair{64, 48}}) {
    const Image expected = crop(image, box, width, height);
    const Tensor t = tensor_from_image(image, box, picture_input(3, height, width));
    for (int y = 2; y < height - 2; ++y)
      for (int x = 2; x < width - 2; ++x)
        for (int c = 0; c < 3; ++c) EXPECT_NEAR(at(t, c, y, x), expected.row(y)[3 * x + c], 1.0);
  }
}

TEST(TensorFromImage, RefusesWhatIsNoPicture) {
  const Image image = make_image(4, 4);
  ModelInput input = picture_input(3, 2, 2);
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{1, 512}, {1, 3, 0, 0}, {1, 4, 2, 2}, {1, 1, 2, 2}}) {
    input.shape = shape;
    EXPECT_THROW(tensor_from_image(image, input), Error) << shape_text(shape);
  }
  input.shape = {1, 3, 2, 2};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Box& box :
       {Box{0, 0, 0, 1}, Box{0, 0, 1, -1}, Box{nan, 0, 1, 1}, Box{0, 0, infinity, 1}, Box{0, 0, nan, 1}})
    EXPECT_THROW(tensor_from_image(image, box, input), Error);
}

TEST(Softmax, SurvivesLargeValues) {
  std::vector<float> values = {1000, 1000, -1000};
  softmax(values);
  EXPECT_THAT(values, testing::Pointwise(testing::FloatNear(1e-6F), {0.5F, 0.5F, 0.0F}));
  std::vector<float> none;
  softmax(none);
}

TEST(Sigmoid, DoesNotOverflow) {
  EXPECT_DOUBLE_EQ(sigmoid(0), 0.5);
  EXPECT_EQ(sigmoid(1e4), 1);
  EXPECT_EQ(sigmoid(-1e4), 0);
  EXPECT_NEAR(sigmoid(2) + sigmoid(-2), 1, 1e-15);
}

}  // namespace
}  // namespace kyc
