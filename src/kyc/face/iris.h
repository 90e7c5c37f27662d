// Where an eye looks: centre and size of its iris.
#pragma once

#include "kyc/face/dense_mesh.h"

namespace kyc {

struct Iris {
  Point center;  // pixels of the image
  float radius =
      0;  // pixels. The visible iris of an adult is 11.7 mm wide, give or take 0.5: a ruler for distances
};

struct Irises {
  Iris image_left;
  Iris image_right;
};

// The network "iris". Thread-safe.
class IrisNetwork {
 public:
  // throws  as ModelManifest::load
  explicit IrisNetwork(const ModelResources& resources);

  // points  of the face, from DenseMeshNetwork. Closed eyes get a guess too.
  // throws  Error{InvalidArgument} if the corners of an eye coincide
  Irises locate(const Image& image, const DensePoints& points) const;

 private:
  ModelInput input_;
  Session session_;
};

}  // namespace kyc
