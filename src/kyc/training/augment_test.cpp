#include "kyc/training/augment.h"

#include <cmath>
#include <cstdlib>

#include "kyc/image/statistics.h"
#include "kyc/training/crop_store.h"
#include "kyc/training/drawn_set_test.h"
#include "kyc/training/planes.h"

namespace kyc {
namespace {

Image face() {
  return draw_synthetic_face().image;
}

int largest_difference(const Image& a, const Image& b) {
  int most = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

TEST(Augmented, IsTheSameForTheSameKeyAndAnotherForAnother) {
  const Image image = face();
  const auto made = [&](std::uint64_t epoch, std::uint64_t sample) {
    return augmented(image, 256, {}, Random({1, epoch, sample}));
  };
  EXPECT_EQ(made(3, 4), made(3, 4));
  EXPECT_NE(made(3, 4), made(4, 4));
  EXPECT_NE(made(3, 4), made(3, 5));
  EXPECT_NE(made(3, 4), made(4, 3));
}

TEST(Augmented, WithoutAnyOfItCutsAPartOfTheSize) {
  const Image image = face();
  AugmentOptions none = no_augmentation();
  EXPECT_EQ(augmented(image, image.width, none, Random({1})), image);
  const Image cut = augmented(image, 200, none, Random({1}));
  EXPECT_EQ(cut.width, 200);
  EXPECT_EQ(cut.height, 200);
}

TEST(Augmented, EachKindChangesThePicture) {
  const Image image = face();
  const Image plain = augmented(image, image.width, no_augmentation(), Random({5}));
  for (double AugmentOptions::*kind : {&AugmentOptions::flip,
                                       &AugmentOptions::rotate,
                                       &AugmentOptions::blur,
                                       &AugmentOptions::resize,
                                       &AugmentOptions::colour,
                                       &AugmentOptions::jpeg}) {
    AugmentOptions options = no_augmentation();
    options.*kind = 1;
    const Image changed = augmented(image, image.width, options, Random({5}));
    EXPECT_NE(changed, plain);
    const bool moves = kind == &AugmentOptions::flip || kind == &AugmentOptions::rotate;
    EXPECT_LT(mean_absolute_difference(changed, plain), moves ? 256 : 40) << "nothing of the face is left";
  }
}

TEST(Augmented, ATurnWithinTheRoomOfTheStoredCropShowsNoBlackCorner) {
  Image white = make_image(150, 150);
  for (std::uint8_t& value : white.pixels) value = 255;
  AugmentOptions options = no_augmentation();
  options.rotate = 1;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Image turned = augmented(white, 128, options, Random({i}));
    EXPECT_GE(*std::min_element(turned.pixels.begin(), turned.pixels.end()), 250) << i;
  }
}

TEST(Check, RefusesAugmentationThatMakesNoSense) {
  EXPECT_NO_THROW(check(AugmentOptions{}));
  refusal(ErrorCode::InvalidArgument, [] { check(AugmentOptions{.flip = 1.5}); });
  refusal(ErrorCode::InvalidArgument, [] { check(AugmentOptions{.jpeg_least = 0}); });
  refusal(ErrorCode::InvalidArgument, [] { check(AugmentOptions{.jpeg_least = 90, .jpeg_most = 50}); });
  refusal(ErrorCode::InvalidArgument, [] { check(AugmentOptions{.resize_least = 0}); });
}

TEST(Planes, AHueTurnedAllTheWayIsTheSame) {
  const Image image = face();
  EXPECT_LE(largest_difference(hsv_shifted(image, 360, 0, 0), image), 1);
  EXPECT_LE(largest_difference(hsv_shifted(image, 0, 0, 0), image), 1);
}

TEST(Planes, AThirdOfATurnMakesRedGreen) {
  Image red = make_image(1, 1);
  red.pixels = {200, 0, 0};
  EXPECT_EQ(hsv_shifted(red, 120, 0, 0).pixels, (std::vector<std::uint8_t>{0, 200, 0}));
  red.pixels = {90, 90, 90};
  EXPECT_EQ(hsv_shifted(red, 50, 0.5, 0).pixels, (std::vector<std::uint8_t>{90, 90, 90}));
}

TEST(Planes, BlurKeepsEvenPicturesAndTheMean) {
  Image even = make_image(20, 20);
  for (std::uint8_t& value : even.pixels) value = 77;
  EXPECT_EQ(gaussian_blurred(even, 1.4), even);
  Image point = make_image(21, 21);
  point.row(10)[30] = 255;
  const Image spread = gaussian_blurred(point, 1);
  // exp(-x^2/2) sampled at whole numbers: the middle has 0.399^2 of the whole
  EXPECT_NEAR(spread.row(10)[30], 255 * 0.1592, 1);
  EXPECT_EQ(spread.row(9)[30], spread.row(11)[30]);
  EXPECT_EQ(spread.row(10)[27], spread.row(10)[33]);
}

TEST(Planes, FancyPcaShiftsAlongTheColoursThatAreThere) {
  // Only red varies: only red may be shifted.
  Image image = make_image(64, 1);
  for (int x = 0; x < 64; ++x) {
    image.row(0)[3 * x] = static_cast<std::uint8_t>(100 + x % 2 * 40);
    image.row(0)[3 * x + 1] = 100;
    image.row(0)[3 * x + 2] = 50;
  }
  Random random({3});
  const Image shifted = fancy_pca(image, 0.5, random);
  EXPECT_NE(shifted.pixels[0], image.pixels[0]);
  EXPECT_EQ(shifted.pixels[1], 100);
  EXPECT_EQ(shifted.pixels[2], 50);
}

TEST(CentreOf, IsTheMiddle) {
  Image image = make_image(5, 5);
  image.row(2)[6] = 9;
  const Image middle = centre_of(image, 1);
  EXPECT_EQ(middle.pixels[0], 9);
}

}  // namespace
}  // namespace kyc
