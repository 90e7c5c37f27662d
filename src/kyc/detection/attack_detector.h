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

  // The manifest entry of the network, with its thresholds and their provenance.
  virtual const ModelEntry& model() const = 0;

  // Attack score of one face in one image, 0..1, higher = more likely an attack. Thread-safe.
  // face  its box lies at least partly inside of the image
  virtual double score(const Image& image, const FaceDetection& face) const = 0;
};

}  // namespace kyc
