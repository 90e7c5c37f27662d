#include "kyc/face/pose.h"

#include <cmath>
#include <numbers>
#include <utility>

#include <gtest/gtest.h>

#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

Landmarks68 head_at(const HeadPose& pose) {
  SyntheticFace face;
  face.pose = pose;
  return draw_synthetic_face(face).faces[0].landmarks;
}

TEST(RotationOf, AndBackGivesTheSameAngles) {
  for (const HeadPose& pose :
       {HeadPose{0, 0, 0}, HeadPose{30, 0, 0}, HeadPose{-20, 15, 40}, HeadPose{70, -60, -170}}) {
    const HeadPose back = pose_of(rotation_of(pose));
    EXPECT_NEAR(back.yaw, pose.yaw, 1e-4);
    EXPECT_NEAR(back.pitch, pose.pitch, 1e-4);
    EXPECT_NEAR(back.roll, pose.roll, 1e-4);
  }
}

TEST(RotationOf, MovesTheNoseAsTheSignsSay) {
  // The nose points along -z: minus the third column.
  EXPECT_GT(-rotation_of({30, 0, 0})[2], 0.4);   // yaw > 0: to the image's right
  EXPECT_LT(-rotation_of({0, 30, 0})[5], -0.4);  // pitch > 0: up
  const Rotation roll = rotation_of({0, 0, 30});
  EXPECT_GT(-roll[1], 0.4);  // roll > 0: the top of the head (along -y) goes to the image's right
}

TEST(PoseFromLandmarks, HasTheSignsOfHeadPose) {
  EXPECT_GT(pose_from_landmarks(head_at({20, 0, 0})).yaw, 10);
  EXPECT_LT(pose_from_landmarks(head_at({-20, 0, 0})).yaw, -10);
  EXPECT_GT(pose_from_landmarks(head_at({0, 15, 0})).pitch,
            pose_from_landmarks(head_at({0, 0, 0})).pitch + 8);
  EXPECT_LT(pose_from_landmarks(head_at({0, -15, 0})).pitch,
            pose_from_landmarks(head_at({0, 0, 0})).pitch - 8);
}

TEST(PoseFromLandmarks, FollowsATurnInTheImageExactly) {
  const Landmarks68 upright = head_at({10, 0, 0});
  const HeadPose pose = pose_from_landmarks(upright);
  for (const double degrees : {-80.0, -25.0, 25.0, 80.0}) {
    const double a = degrees * std::numbers::pi / 180;
    Landmarks68 turned;
    for (std::size_t i = 0; i < turned.size(); ++i) {
      const Point& p = upright[i];
      turned[i] = {static_cast<float>(std::cos(a) * p.x - std::sin(a) * p.y),
                   static_cast<float>(std::sin(a) * p.x + std::cos(a) * p.y)};
    }
    // The optimum is the same one turned, so all that is left is where the iteration stops.
    const Rotation expected = rotation_of(pose);
    const Rotation got = rotation_of(pose_from_landmarks(turned));
    EXPECT_NEAR(got[2], std::cos(a) * expected[2] - std::sin(a) * expected[5], 0.01) << degrees;
    EXPECT_NEAR(got[5], std::sin(a) * expected[2] + std::cos(a) * expected[5], 0.01) << degrees;
  }
}

TEST(PoseFromLandmarks, DoesNotDependOnPlaceAndSize) {
  const Landmarks68 here = head_at({12, 5, 3});
  Landmarks68 there;
  for (std::size_t i = 0; i < there.size(); ++i) there[i] = {here[i].x * 7 + 3000, here[i].y * 7 - 500};
  const HeadPose a = pose_from_landmarks(here);
  const HeadPose b = pose_from_landmarks(there);
  EXPECT_NEAR(a.yaw, b.yaw, 0.05);
  EXPECT_NEAR(a.pitch, b.pitch, 0.05);
  EXPECT_NEAR(a.roll, b.roll, 0.05);
}

TEST(PoseFromLandmarks, SurvivesLandmarksThatCollapsed) {
  Landmarks68 landmarks;
  landmarks.fill({50, 50});
  const HeadPose pose = pose_from_landmarks(landmarks);
  EXPECT_TRUE(std::isfinite(pose.yaw) && std::isfinite(pose.pitch) && std::isfinite(pose.roll));
}

}  // namespace
}  // namespace kyc
