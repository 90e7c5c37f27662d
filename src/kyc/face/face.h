// What is known about one face in one image. Coordinates: kyc/image/geometry.h.
#pragma once

#include <array>
#include <optional>

#include "kyc/image/geometry.h"

namespace kyc {

// The 68 points of the iBUG 300-W scheme, 0-based: 0-16 jaw (from the image's left), 17-26 brows, 27-35 nose,
// 36-41 the eye on the image's left, 42-47 the eye on the image's right, 48-59 outer lips, 60-67 inner lips.
using Landmarks68 = std::array<Point, 68>;

// In this order: eye centre on the image's left, on the image's right, tip of the nose, corner of the mouth
// on the image's left, on the image's right.
using FivePoints = std::array<Point, 5>;

struct FaceDetection {
  Box box;
  float confidence = 0;              // 0..1
  std::optional<FivePoints> points;  // if the detector gives them
};

// Degrees. Of the head as a rigid body, seen from the camera, axes of the subject: all zero looks into the
// camera.
//   yaw    > 0: the subject turns towards their own left (the nose moves to the image's right)
//   pitch  > 0: the subject looks up
//   roll   > 0: the head tilts towards the subject's own left shoulder (clockwise turn in the image)
struct HeadPose {
  float yaw = 0;
  float pitch = 0;
  float roll = 0;

  bool operator==(const HeadPose&) const = default;
};

// Probability that the eye is open, 0..1.
struct EyeState {
  float image_left = 0;
  float image_right = 0;
};

struct Face {
  FaceDetection detection;
  Landmarks68 landmarks;
  FivePoints points;        // from the landmarks
  HeadPose pose;            // of the pose network
  HeadPose pose_geometric;  // from the landmarks by PnP; independent of `pose`
  EyeState eyes;
};

// Distance of the eye centres in pixels: the usual measure of how large a face is.
float inter_eye_distance(const FivePoints& points);

}  // namespace kyc
