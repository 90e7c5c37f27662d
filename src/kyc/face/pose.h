// Where a head looks, measured in two ways that know nothing of each other.
#pragma once

#include "kyc/face/detector.h"
#include "kyc/face/face.h"

namespace kyc {

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
// at a usual distance that points at the face. Expression and the jaw count little: eyes and nose decide.
HeadPose pose_from_landmarks(const Landmarks68& landmarks);

}  // namespace kyc
