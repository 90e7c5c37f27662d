// Aligned face -> template; two templates -> similarity.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

struct FaceTemplate {
  std::string model;          // which recogniser made it; templates of different models are not comparable
  std::vector<float> values;  // unit length

  bool operator==(const FaceTemplate&) const = default;
};

// Thread-safe.
class Recognizer {
 public:
  // model   a manifest entry of task "recognition"
  // throws  as ModelManifest::load; Error{InvalidArgument} if the entry has another task
  Recognizer(const ModelResources& resources, const std::string& model = "fr_feature");
  ~Recognizer();
  Recognizer(Recognizer&&) noexcept;

  const ModelEntry& model() const;

  // The part of the image that the network sees, as its manifest entry says (kyc/nn/recognition_crop.h).
  Image align(const Image& image, const FivePoints& points) const;

  // aligned  as `align` gives it; [112, 112] by align_face for networks of ArcFace's alignment
  FaceTemplate extract(const Image& aligned) const;
  FaceTemplate extract(const Image& image, const FivePoints& points) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Cosine similarity in [-1, 1], higher = more similar.
// throws  Error{InvalidArgument} for templates of different models or lengths
double compare(const FaceTemplate& probe, const FaceTemplate& reference);

}  // namespace kyc
