// Internal to attack/: a portrait as the texture of faces of different sizes.
#pragma once

#include <optional>
#include <vector>

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

// The part of a portrait around its face, at a resolution near to that at which it is drawn, so that no
// detail flickers. Not thread-safe.
class FaceTexture {
 public:
  // points  of the face in `image`; eye_distance in its pixels
  FaceTexture(const Image& image, const std::vector<Point>& points, float eye_distance);

  struct Level {
    Image image;
    std::vector<Point> points;
  };
  // For a face of this eye distance in pixels. The level changes only if that changes by much.
  const Level& level_for(float eye_distance);

 private:
  Level full_;
  float eye_distance_;
  float made_for_ = 0;
  Level level_;
};

}  // namespace kyc
