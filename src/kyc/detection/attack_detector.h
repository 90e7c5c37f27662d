// Sample -> attack score. One detector per file, registered by name.
#pragma once

#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

class AttackDetector {
 public:
  using Resources = ModelResources;
  virtual ~AttackDetector() = default;

  // Attack score of one face in one image, 0..1, higher = more likely an attack. Thread-safe.
  virtual double score(const Image& image, const FaceDetection& face) const = 0;
};

}  // namespace kyc
