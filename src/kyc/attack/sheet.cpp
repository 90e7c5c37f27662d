#include "kyc/attack/sheet.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kyc {
namespace {

constexpr int kStep = 8;  // pixels between the nodes
constexpr double kDegree = std::numbers::pi / 180;

Vector3 operator+(const Vector3& a, const Vector3& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
Vector3 operator-(const Vector3& a, const Vector3& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
Vector3 operator*(const Vector3& a, double s) {
  return {a.x * s, a.y * s, a.z * s};
}

// The sheet's axes in the camera's.
struct Axes {
  Vector3 right;
  Vector3 down;
  Vector3 away;
};

// roll after pitch after yaw
Axes axes_of(const SheetPose& pose) {
  const double cy = std::cos(pose.yaw * kDegree);
  const double sy = std::sin(pose.yaw * kDegree);
  const double cp = std::cos(pose.pitch * kDegree);
  const double sp = std::sin(pose.pitch * kDegree);
  const double cr = std::cos(pose.roll * kDegree);
  const double sr = std::sin(pose.roll * kDegree);
  const auto turned = [&](Vector3 v) {
    v = {cy * v.x - sy * v.z, v.y, sy * v.x + cy * v.z};
    v = {v.x, cp * v.y - sp * v.z, sp * v.y + cp * v.z};
    return Vector3{cr * v.x - sr * v.y, sr * v.x + cr * v.y, v.z};
  };
  return {turned({1, 0, 0}), turned({0, 1, 0}), turned({0, 0, 1})};
}

Vector3 into(const Axes& axes, const Vector3& v) {
  return {dot(axes.right, v), dot(axes.down, v), dot(axes.away, v)};
}

Vector3 out_of(const Axes& axes, const Vector3& v) {
  return axes.right * v.x + axes.down * v.y + axes.away * v.z;
}

// Where a ray meets the sheet, in the sheet's axes, and the angle along its bend.
struct Meeting {
  Vector3 place;
  double angle = 0;
  double u = 0;
};

Meeting meet(const Vector3& origin, const Vector3& direction, double bend) {
  if (std::abs(bend) < 1e-7) {
    const double t = -origin.z / std::max(direction.z, 1e-6);
    const Vector3 place = origin + direction * t;
    return {place, 0, place.x};
  }
  // A circle through the middle of the sheet, its centre at (0, radius).
  const double radius = 1 / bend;
  const double a = direction.x * direction.x + direction.z * direction.z;
  const double b = origin.x * direction.x + (origin.z - radius) * direction.z;
  const double c = origin.x * origin.x + (origin.z - radius) * (origin.z - radius) - radius * radius;
  const double root = std::sqrt(std::max(b * b - a * c, 0.0));
  const double t = (-b - std::copysign(root, radius)) / a;
  const Vector3 place = origin + direction * t;
  const double angle = std::atan2(place.x / radius, 1 - place.z / radius);
  return {place, angle, angle * radius};
}

}  // namespace

double dot(const Vector3& a, const Vector3& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

Vector3 unit(const Vector3& v) {
  return v * (1 / std::sqrt(dot(v, v)));
}

HeldPose::HeldPose(const SheetPose& mean, double strength, Random& random) : mean_(mean) {
  // Deviations of sway and tremor: x, y, z in mm, yaw, pitch, roll in degrees.
  constexpr double kSway[] = {3.0, 2.5, 6.0, 1.6, 1.4, 0.9};
  constexpr double kTremor[] = {0.20, 0.25, 0.15, 0.06, 0.06, 0.04};
  for (const double sway : kSway) paths_.emplace_back(random, sway * strength, 0.12, 1.3);
  for (const double tremor : kTremor) paths_.emplace_back(random, tremor * strength, 6, 11);
  paths_.emplace_back(random, 0.12 * strength, 0.1, 0.8);  // of the bend, as a share
}

SheetPose HeldPose::at(double time_s) const {
  const auto moved = [&](std::size_t i) { return paths_[i].at(time_s) + paths_[i + 6].at(time_s); };
  SheetPose pose = mean_;
  pose.center = pose.center + Vector3{moved(0), moved(1), moved(2)};
  pose.yaw += moved(3);
  pose.pitch += moved(4);
  pose.roll += moved(5);
  pose.bend *= 1 + paths_[12].at(time_s);
  return pose;
}

void SheetView::look(
    const SheetPose& pose, const SheetLight& light, double focal_length, int width, int height) {
  width_ = width;
  columns_ = (width + kStep - 1) / kStep + 1;
  const int rows = (height + kStep - 1) / kStep + 1;
  nodes_.resize(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows));
  const Axes axes = axes_of(pose);
  const Vector3 origin = into(axes, pose.center * -1);
  for (int j = 0; j < rows; ++j)
    for (int i = 0; i < columns_; ++i) {
      const Vector3 ray{
          (i * kStep - width / 2.0) / focal_length, (j * kStep - height / 2.0) / focal_length, 1};
      const Meeting met = meet(origin, into(axes, ray), pose.bend);
      const Vector3 place = out_of(axes, met.place) + pose.center;
      const Vector3 normal = out_of(axes, {std::sin(met.angle), 0, -std::cos(met.angle)});
      const Vector3 to_lamp = unit(light.lamp - place);
      const Vector3 seen = unit(ray);
      SheetPoint& node = nodes_[static_cast<std::size_t>(j) * static_cast<std::size_t>(columns_) +
                                static_cast<std::size_t>(i)];
      node.u = static_cast<float>(met.u);
      node.v = static_cast<float>(met.place.y);
      node.diffuse = static_cast<float>(std::max(dot(normal, to_lamp), 0.0));
      node.mirror =
          light.environment
              ? static_cast<float>(light.environment(seen - normal * (2 * dot(seen, normal)), light.glare))
              : 0;
    }
  pixel_size_ = pose.center.z / focal_length;
}

void SheetView::row(int y, std::vector<SheetPoint>& points) const {
  points.resize(static_cast<std::size_t>(width_));
  const double position = (y + 0.5) / kStep;
  const auto j = static_cast<std::size_t>(position);
  const auto down = static_cast<float>(position - static_cast<double>(j));
  const SheetPoint* upper = nodes_.data() + j * static_cast<std::size_t>(columns_);
  const SheetPoint* lower = upper + columns_;
  const auto between = [](const SheetPoint& a, const SheetPoint& b, float t) {
    return SheetPoint{a.u + t * (b.u - a.u),
                      a.v + t * (b.v - a.v),
                      a.diffuse + t * (b.diffuse - a.diffuse),
                      a.mirror + t * (b.mirror - a.mirror)};
  };
  SheetPoint left = between(upper[0], lower[0], down);
  for (int i = 0; i * kStep < width_; ++i) {
    const SheetPoint right = between(upper[i + 1], lower[i + 1], down);
    const int end = std::min((i + 1) * kStep, width_);
    for (int x = i * kStep; x < end; ++x)
      points[static_cast<std::size_t>(x)] =
          between(left, right, (static_cast<float>(x - i * kStep) + 0.5F) / kStep);
    left = right;
  }
}

}  // namespace kyc
