// Where a head looks, measured in two ways that know nothing of each other.
#pragma once

#include <array>

#include "kyc/face/detector.h"
#include "kyc/face/face.h"

namespace kyc {

// Row-major rotation matrix: takes the axes of a head that looks into the camera, upright (x to the image's
// right, y down, z away from the camera), to those of the head.
using Rotation = std::array<double, 9>;

// The angles of HeadPose, and back.
HeadPose pose_of(const Rotation& rotation);
Rotation rotation_of(const HeadPose& pose);

// First b, then a.
Rotation product(const Rotation& a, const Rotation& b);

// The network "fr_pose". Thread-safe.
class PoseNetwork {
 public:
  // throws  as ModelManifest::load
  explicit PoseNetwork(const ModelResources& resources);

  // box  of the face, as for LandmarkNetwork
  HeadPose estimate(const Image& image, const Box& box) const;

 private:
  ModelInput input_;
  Session session_;
};

// The rotation that makes an average head (Farkas' mean distances) look like these landmarks, from a camera
// at a usual distance that points at the face. Eyes, nose, mouth and the contour of the cheeks count; brows
// and chin do not.
HeadPose pose_from_landmarks(const Landmarks68& landmarks);

}  // namespace kyc
