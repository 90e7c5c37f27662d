// Everything about the faces of an image: detection, landmarks, pose, eyes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/face/search.h"

namespace kyc {

struct AnalyzerOptions {
  std::string detector = "fr_detect";  // a registered FaceDetector
  float min_confidence = 0.65F;        // faces below are not reported
  int max_faces = 16;                  // the most confident ones; the cost of a frame is bounded
  Search search = Search::Whole;       // how hard to look for small faces
  bool pose = true;                    // run the pose network (else `pose` repeats `pose_geometric`)
  bool eyes = true;                    // run the eye network (else `eyes` stays 0)
};

// Thread-safe: one analyzer may serve several threads.
class FaceAnalyzer {
 public:
  // throws  as ModelManifest::load; Error{NotFound} for an unknown detector
  explicit FaceAnalyzer(const ModelResources& resources, const AnalyzerOptions& options = {});
  ~FaceAnalyzer();
  FaceAnalyzer(FaceAnalyzer&&) noexcept;

  // Largest face first.
  std::vector<Face> analyze(const Image& image) const;
  std::vector<FaceDetection> detect(const Image& image) const;
  Face describe(const Image& image, const FaceDetection& detection) const;

  // The manifest entries of the networks that are run.
  std::vector<std::string> models() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
