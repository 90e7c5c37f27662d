// Are the eyes open?
#pragma once

#include "kyc/face/detector.h"
#include "kyc/face/face.h"

namespace kyc {

// The network "fr_eye". Thread-safe.
class EyeNetwork {
 public:
  // throws  as ModelManifest::load
  explicit EyeNetwork(const ModelResources& resources);

  EyeState estimate(const Image& image, const Landmarks68& landmarks) const;

 private:
  ModelInput input_;
  Session session_;
};

}  // namespace kyc
