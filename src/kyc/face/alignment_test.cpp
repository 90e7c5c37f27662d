#include "kyc/face/alignment.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// insightface's arcface_dst, moved by half a pixel: there, pixel centres are whole numbers.
constexpr FivePoints kArcFace{{{38.7946F, 52.1963F},
                               {74.0318F, 52.0014F},
                               {56.5252F, 72.2366F},
                               {42.0493F, 92.8655F},
                               {71.2299F, 92.7041F}}};

TEST(AlignedFromImage, TakesTheReferencePointsToThemselves) {
  const Similarity s = aligned_from_image(kArcFace);
  for (const Point& p : kArcFace) {
    EXPECT_NEAR(s(p).x, p.x, 1e-3);
    EXPECT_NEAR(s(p).y, p.y, 1e-3);
  }
}

TEST(AlignedFromImage, UndoesTurnScaleAndShift) {
  FivePoints points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& p = kArcFace[i];
    points[i] = {3 * (0.8F * p.x - 0.6F * p.y) + 500, 3 * (0.6F * p.x + 0.8F * p.y) - 40};
  }
  const Similarity s = aligned_from_image(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_NEAR(s(points[i]).x, kArcFace[i].x, 1e-3);
    EXPECT_NEAR(s(points[i]).y, kArcFace[i].y, 1e-3);
  }
}

TEST(AlignedFromImage, RefusesPointsThatCoincide) {
  FivePoints points;
  points.fill({30, 40});
  EXPECT_THROW(aligned_from_image(points), Error);
}

TEST(AlignFace, IsBlackBeyondTheEdge) {
  Image image = make_image(60, 60);
  std::fill(image.pixels.begin(), image.pixels.end(), 200);
  const Image aligned = align_face(image, kArcFace);  // the crop reaches over the right and lower edge
  ASSERT_EQ(aligned.width, kAlignedSize);
  ASSERT_EQ(aligned.height, kAlignedSize);
  EXPECT_EQ(aligned.row(20)[3 * 20], 200);
  EXPECT_EQ(aligned.row(100)[3 * 100], 0);
}

TEST(FivePoints, AreEyesNoseAndMouthOfTheSixtyEight) {
  Landmarks68 landmarks{};
  for (std::size_t i = 36; i < 42; ++i) landmarks[i] = {100, 50};
  for (std::size_t i = 42; i < 48; ++i) landmarks[i] = {160, 50};
  landmarks[30] = {130, 90};
  landmarks[48] = landmarks[60] = {110, 120};
  landmarks[54] = landmarks[64] = {150, 120};
  const FivePoints points = five_points(landmarks);
  EXPECT_EQ(points, (FivePoints{{{100, 50}, {160, 50}, {130, 90}, {110, 120}, {150, 120}}}));
  EXPECT_FLOAT_EQ(inter_eye_distance(points), 60);
}

}  // namespace
}  // namespace kyc
