// Image -> boxes around faces. One detector per file, registered by name.
#pragma once

#include <vector>

#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/session.h"

namespace kyc {

// What every network-based method of face/, recognition/ and detection/ is constructed from.
struct ModelResources {
  const ModelManifest& models;  // must outlive the construction only
  SessionOptions session;
};

class FaceDetector {
 public:
  using Resources = ModelResources;
  virtual ~FaceDetector() = default;

  // Boxes that do not overlap by more than the detector's own limit, most confident first. Empty if there is
  // none. Boxes may reach over the edge of the image. Thread-safe.
  virtual std::vector<FaceDetection> detect(const Image& image) const = 0;
};

}  // namespace kyc
