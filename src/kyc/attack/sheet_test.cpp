#include "kyc/attack/sheet.h"

#include <cmath>

#include <gtest/gtest.h>

namespace kyc {
namespace {

constexpr double kFocal = 500;

// Pixel at which a place of the sheet is seen, worked out forwards.
struct Pixel {
  double x;
  double y;
};

Pixel project(const SheetPose& pose, double u, double v) {
  const double degree = std::acos(-1.0) / 180;
  Vector3 p{u, v, 0};
  if (pose.bend != 0) p = {std::sin(u * pose.bend) / pose.bend, v, (1 - std::cos(u * pose.bend)) / pose.bend};
  const double cy = std::cos(pose.yaw * degree);
  const double sy = std::sin(pose.yaw * degree);
  p = {cy * p.x - sy * p.z, p.y, sy * p.x + cy * p.z};
  const double cp = std::cos(pose.pitch * degree);
  const double sp = std::sin(pose.pitch * degree);
  p = {p.x, cp * p.y - sp * p.z, sp * p.y + cp * p.z};
  const double cr = std::cos(pose.roll * degree);
  const double sr = std::sin(pose.roll * degree);
  p = {cr * p.x - sr * p.y, sr * p.x + cr * p.y, p.z};
  p = {p.x + pose.center.x, p.y + pose.center.y, p.z + pose.center.z};
  return {320 + kFocal * p.x / p.z, 240 + kFocal * p.y / p.z};
}

TEST(SheetView, FindsThePlaceThatAPixelSees) {
  for (const double bend : {0.0, 0.003, -0.003}) {
    SheetPose pose;
    pose.center = {6, -9, 340};
    pose.yaw = 12;
    pose.pitch = -8;
    pose.roll = 5;
    pose.bend = bend;
    SheetView view;
    view.look(pose, {}, kFocal, 640, 480);
    std::vector<SheetPoint> points;
    for (int y = 0; y < 480; y += 37) {
      view.row(y, points);
      for (std::size_t x = 0; x < 640; x += 41) {
        if (std::abs(points[x].u) > 105) continue;
        const Pixel back = project(pose, points[x].u, points[x].v);
        EXPECT_NEAR(back.x, static_cast<double>(x) + 0.5, 0.1) << bend;  // straight lines over 8 pixels
        EXPECT_NEAR(back.y, y + 0.5, 0.1) << bend;
      }
    }
  }
}

TEST(SheetView, ShadesWhatTurnsAwayFromTheLamp) {
  SheetPose pose;
  pose.center = {0, 0, 300};
  pose.bend = 0.006;
  SheetLight light;
  light.lamp = {-2000, 0, 0};
  SheetView view;
  view.look(pose, light, kFocal, 640, 480);
  std::vector<SheetPoint> points;
  view.row(240, points);
  EXPECT_GT(points[200].diffuse, points[320].diffuse + 0.1F);
  EXPECT_GT(points[320].diffuse, points[440].diffuse);
}

TEST(HeldPose, WandersAroundTheMean) {
  Random random(3);
  SheetPose mean;
  mean.center = {0, 0, 400};
  const HeldPose held(mean, 1, random);
  double sum = 0;
  double most = 0;
  for (int i = 0; i < 6000; ++i) {
    const SheetPose pose = held.at(i / 30.0);
    sum += pose.center.x / 6000;
    most = std::max(most, std::abs(pose.yaw));
  }
  EXPECT_NEAR(sum, 0, 0.6);
  EXPECT_GT(most, 1);
  EXPECT_LT(most, 9);
  Random again(3);
  EXPECT_EQ(HeldPose(mean, 1, again).at(2).yaw, held.at(2).yaw);
  Random still(3);
  EXPECT_EQ(HeldPose(mean, 0, still).at(2).yaw, 0);
}

}  // namespace
}  // namespace kyc
