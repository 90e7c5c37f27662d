#include "kyc/face/perspective.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace kyc {
namespace {

constexpr double kFocal = 800;

const std::vector<Vector3> kBody{{-45, 0, 14},
                                 {45, 0, 14},
                                 {0, 32, -27},
                                 {-26, 70, 0},
                                 {26, 70, 0},
                                 {-67, 20, 60},
                                 {67, 20, 60},
                                 {0, 0, -8}};
const RigidMotion kStart{rotation_of({0, 0, 0}), {0, -30, 630}};

std::vector<Point> seen(const RigidMotion& motion) {
  std::vector<Point> out;
  for (const Vector3& point : kBody) out.push_back(project(motion, point, kFocal));
  return out;
}

double squares(const RigidMotion& motion, const std::vector<Point>& image) {
  const std::vector<Point> there = seen(motion);
  double sum = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double dx = there[i].x - image[i].x, dy = there[i].y - image[i].y;
    sum += dx * dx + dy * dy;
  }
  return sum;
}

TEST(FitPerspective, FindsTheMotionThatMadeThePicture) {
  for (const HeadPose& pose :
       {HeadPose{0, 0, 0}, HeadPose{35, -10, 5}, HeadPose{-60, 25, -30}, HeadPose{15, 40, 70}}) {
    const RigidMotion truth{rotation_of(pose), {12, -25, 540}};
    const RigidMotion found = fit_perspective(kBody, seen(truth), kFocal, kStart);
    // The points of the picture are floats, good to 2e-5 pixels.
    const HeadPose angles = pose_of(found.rotation);
    EXPECT_NEAR(angles.yaw, pose.yaw, 1e-3);
    EXPECT_NEAR(angles.pitch, pose.pitch, 1e-3);
    EXPECT_NEAR(angles.roll, pose.roll, 1e-3);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found.translation[i], truth.translation[i], 0.01);
  }
}

TEST(FitPerspective, StopsAtAMinimumWhereThePointsDoNotFit) {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0, 3);
  std::vector<Point> image = seen({rotation_of({20, 5, -8}), {0, -30, 630}});
  for (Point& point : image) point = {point.x + noise(random), point.y + noise(random)};
  const RigidMotion found = fit_perspective(kBody, image, kFocal, kStart);
  const double least = squares(found, image);
  const HeadPose pose = pose_of(found.rotation);
  for (const HeadPose& turn : {HeadPose{0.2F, 0, 0}, HeadPose{0, 0.2F, 0}, HeadPose{0, 0, 0.2F}}) {
    for (const float sign : {-1.0F, 1.0F}) {
      const HeadPose beside{
          pose.yaw + sign * turn.yaw, pose.pitch + sign * turn.pitch, pose.roll + sign * turn.roll};
      EXPECT_GT(squares({rotation_of(beside), found.translation}, image), least);
    }
  }
  for (std::size_t i = 0; i < 3; ++i)
    for (const double sign : {-1.0, 1.0}) {
      RigidMotion beside = found;
      beside.translation[i] += sign * 2;
      EXPECT_GT(squares(beside, image), least);
    }
}

TEST(FitPerspective, StaysFiniteWhereEverythingFellIntoOnePoint) {
  const std::vector<Point> image(kBody.size(), Point{3, 4});
  const RigidMotion found = fit_perspective(kBody, image, kFocal, kStart);
  for (const double value : found.rotation) EXPECT_TRUE(std::isfinite(value));
  for (const double value : found.translation) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace kyc
