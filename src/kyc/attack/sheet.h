// A rectangle held before a pinhole camera: a screen (flat) or paper (bent about its upright axis).
#pragma once

#include <vector>

#include "kyc/attack/random_path.h"

namespace kyc {

// Camera axes: x right, y down, z away; millimetres.
struct Vector3 {
  double x = 0;
  double y = 0;
  double z = 0;
};
double dot(const Vector3& a, const Vector3& b);
Vector3 unit(const Vector3& v);

struct SheetPose {
  Vector3 center;
  double yaw = 0;    // degrees; > 0: its right edge goes away from the camera
  double pitch = 0;  // > 0: its lower edge goes away
  double roll = 0;   // > 0: clockwise in the picture
  double bend = 0;   // 1/mm, curvature; > 0: its left and right edges go away
};

// How a hand holds it: around a mean pose, slowly, with a tremor of 6 to 11 Hz.
class HeldPose {
 public:
  // mean      bend included
  // strength  1: a hand that tries to hold it still
  HeldPose(const SheetPose& mean, double strength, Random& random);
  SheetPose at(double time_s) const;

 private:
  SheetPose mean_;
  std::vector<SmoothPath> paths_;
};

// One place of the sheet, seen through one pixel.
struct SheetPoint {
  float u = 0;  // millimetres along the sheet from its middle, to the right
  float v = 0;  // millimetres down
  float diffuse = 0;
  float mirror = 0;  // what `mirror` of SheetView says of the direction that the place reflects
};

struct SheetLight {
  Vector3 lamp{-400, -900, -200};  // where the light comes from, millimetres
  // Light that a mirror in the sheet's place would show, by the direction it reflects to (unit length).
  double (*environment)(const Vector3& direction, double glare) = nullptr;
  double glare = 0;
};

// The sheet as a camera sees it: for every pixel the place. Smooth in between, so that it is worked out at
// every eighth pixel only.
class SheetView {
 public:
  void look(const SheetPose& pose, const SheetLight& light, double focal_length, int width, int height);

  // Row y of the picture: `count` = width points, at the pixels' centres.
  void row(int y, std::vector<SheetPoint>& points) const;
  // How far u and v move from one pixel to the next at the middle of the picture, millimetres.
  double pixel_size() const { return pixel_size_; }

 private:
  int width_ = 0;
  int columns_ = 0;
  std::vector<SheetPoint> nodes_;
  double pixel_size_ = 0;
};

}  // namespace kyc
