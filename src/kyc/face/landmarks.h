// Box around a face -> 68 points.
#pragma once

#include "kyc/face/detector.h"
#include "kyc/face/face.h"

namespace kyc {

// The network "fr_landmark". Thread-safe.
class LandmarkNetwork {
 public:
  // throws  as ModelManifest::load
  explicit LandmarkNetwork(const ModelResources& resources);

  // box  of fr_detect, or drawn as that draws it: brows to chin. Not empty; may reach over the edge of the
  // image
  Landmarks68 locate(const Image& image, const Box& box) const;

 private:
  ModelInput input_;
  Session session_;
};

}  // namespace kyc
