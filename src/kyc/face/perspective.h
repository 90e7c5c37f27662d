// Where a rigid body is, from where its points appear: perspective-n-point.
#pragma once

#include <array>
#include <span>

#include "kyc/face/pose.h"
#include "kyc/image/geometry.h"

namespace kyc {

using Vector3 = std::array<double, 3>;

struct RigidMotion {
  Rotation rotation;    // of the body, as kyc/face/pose.h has it
  Vector3 translation;  // of its origin, in the unit of its points; z > 0 away from the camera
};

// Where a camera at the origin that looks along z sees the point of the body: relative to the point of the
// image that the camera points at. focal  in pixels
Point project(const RigidMotion& motion, const Vector3& point, double focal);

// The motion with the least sum of squared distances between where the points of the body appear and `image`.
// Levenberg-Marquardt from `start`: a local minimum, in front of the camera. Deterministic; finite for any
// finite input. body, image  of one size, at least 4 points that do not lie in a line
RigidMotion fit_perspective(std::span<const Vector3> body,
                            std::span<const Point> image,
                            double focal,
                            const RigidMotion& start);

}  // namespace kyc
