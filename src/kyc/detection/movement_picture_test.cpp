#include "kyc/detection/movement_picture.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

constexpr int kPictureSide = 90;  // half of a view

Face face_in_middle(const Image& image) {
  Face out;
  const auto width = static_cast<float>(image.width);
  const auto height = static_cast<float>(image.height);
  out.detection.box = {width * 0.3F, height * 0.3F, width * 0.4F, height * 0.4F};
  return out;
}

Image drawn_portrait() {
  return resize(draw_synthetic_face({.identity = 3}, 3).image, 180, 180);
}

Image picture_of_two(const Image& one, const Image& other) {
  const Face face = face_in_middle(one);
  return movement_picture(StillView(still_view_notes({one, face})),
                          StillView(still_view_notes({other, face})),
                          face,
                          180,
                          kPictureSide);
}

// Mean of a channel over the middle of the picture.
double mean_of_middle(const Image& picture, int channel) {
  constexpr int kFrom = kPictureSide / 4;
  constexpr int kTo = 3 * kPictureSide / 4;
  double sum = 0;
  for (int y = kFrom; y < kTo; ++y)
    for (int x = kFrom; x < kTo; ++x) sum += picture.row(y)[3 * x + channel];
  constexpr int kPixels = (kTo - kFrom) * (kTo - kFrom);
  return sum / kPixels;
}

enum Channel { kNothing, kResidual, kBending };

// As a mesh would: more in the middle than around it.
Image bent_in_the_middle(const Image& image) {
  Image out = make_image(image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const double u = (x - 90.0) / 30;
      const double v = (y - 90.0) / 30;
      const int from = std::clamp(x + static_cast<int>(std::lround(4 * std::exp(-u * u - v * v))), 0, 179);
      for (int c = 0; c < 3; ++c) out.row(y)[3 * x + c] = image.row(y)[3 * from + c];
    }
  return out;
}

TEST(MovementPicture, OfNoMovementIsBlack) {
  const Image image = drawn_portrait();
  const Image picture = picture_of_two(image, image);
  EXPECT_EQ(picture.width, kPictureSide);
  EXPECT_EQ(picture.height, kPictureSide);
  EXPECT_EQ(mean_of_middle(picture, kNothing), 0);
  EXPECT_LT(mean_of_middle(picture, kResidual), 1);
  EXPECT_LT(mean_of_middle(picture, kBending), 3);
}

TEST(MovementPicture, TellsBendingFromWhatNoBendingExplains) {
  const Image image = drawn_portrait();
  const Image driven = picture_of_two(image, bent_in_the_middle(image));
  // Another person's face in the same place: light and shape of parts that were not there.
  const Image other =
      picture_of_two(image, resize(draw_synthetic_face({.identity = 11}, 11).image, 180, 180));
  const Image still = picture_of_two(image, image);
  EXPECT_GT(mean_of_middle(driven, kBending), mean_of_middle(still, kBending) + 20);
  EXPECT_GT(mean_of_middle(other, kResidual), 2 * mean_of_middle(driven, kResidual));
}

TEST(MovementPicture, IsBlackWhereAFrameShowsNothing) {
  const Image image = drawn_portrait();
  Face face = face_in_middle(image);
  face.detection.box.x = -30;  // the left half of the view lies outside of the image
  const Image other = resize(draw_synthetic_face({.identity = 11}, 11).image, 180, 180);
  const Image picture = movement_picture(StillView(still_view_notes({image, face})),
                                         StillView(still_view_notes({other, face})),
                                         face,
                                         180,
                                         kPictureSide);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(picture.row(kPictureSide / 2)[3 * 5 + c], 0);
  EXPECT_GT(picture.row(kPictureSide / 2)[3 * (kPictureSide / 2 + 10) + kResidual], 0);
}

std::vector<SeenFrame> moving_frames(std::size_t count) {
  std::vector<SeenFrame> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].index = static_cast<std::int64_t>(i);
    out[i].face.detection.box = {40, 40, 100, 100};
    for (std::size_t k = 0; k < 68; ++k) {
      const auto angle = static_cast<float>(k);
      out[i].face.landmarks[k] = {90 + 40 * std::cos(angle), 90 + 40 * std::sin(angle)};
    }
  }
  return out;
}

TEST(MovementPairs, AreThoseBetweenWhichTheFaceBentMost) {
  std::vector<SeenFrame> frames = moving_frames(6);
  frames[4].face.landmarks[60].y += 20;  // the mouth opens once
  const auto pairs = movement_pairs(frames, 2);
  ASSERT_EQ(pairs.size(), 2U);
  for (const auto& [from, to] : pairs) EXPECT_TRUE(from == 4 || to == 4) << from << " " << to;
}

TEST(MovementPairs, AreOfFacesLargeEnough) {
  std::vector<SeenFrame> frames = moving_frames(6);
  for (const std::size_t i : {0, 2, 3, 5}) frames[i].face.detection.box.width = kLeastMovementFace - 1;
  const auto pairs = movement_pairs(frames, 4);
  ASSERT_EQ(pairs.size(), 2U);  // there and back
  for (const auto& [from, to] : pairs) EXPECT_EQ(from + to, 5U) << from << " " << to;
}

TEST(MovementPairs, AreSpreadOverTheFramesAndNoMoreThanThereAre) {
  EXPECT_TRUE(movement_pairs(moving_frames(0), 4).empty());
  EXPECT_TRUE(movement_pairs(moving_frames(1), 4).empty());
  EXPECT_EQ(movement_pairs(moving_frames(2), 4).size(), 2U);  // there and back
  const std::vector<SeenFrame> frames = moving_frames(100);
  const auto pairs = movement_pairs(frames, 6);
  EXPECT_EQ(pairs.size(), 6U);
  std::map<std::size_t, int> used;
  for (const auto& [from, to] : pairs) {
    ++used[from];
    ++used[to];
  }
  for (const auto& [frame, times] : used) EXPECT_LE(times, 3) << frame;
}

}  // namespace
}  // namespace kyc
