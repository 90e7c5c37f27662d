// Internal to detection/: the pixels around a face as planes of numbers, and where in the face each pixel is.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "kyc/detection/attack_detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<float> values;  // [height, width]

  float at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  float& at(int x, int y) {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};
Plane make_plane(int width, int height);

// ITU-R BT.601, 0..255: luma, and the two colour differences about 128.
struct FaceRegion {
  Box area;         // of the image; whole pixels unless the region was shrunk
  float scale = 1;  // pixels of the region per pixel of the image; below 1: shrunk
  Plane luma;
  Plane blue;
  Plane red;

  Point to_region(Point p) const { return {(p.x - area.x) * scale, (p.y - area.y) * scale}; }
};

enum class RegionFit {
  Shrink,  // a large face is averaged down: for what looks at places
  Cut,     // only its middle is taken, untouched: for what looks at single pixels and their frequencies
};

// The square about the face whose side is `margin` x the longer side of its box, cut at the edges of the
// image, at most max_side pixels wide and high.
// returns  nothing if it would be smaller than min_side
std::optional<FaceRegion> face_region(
    const FaceFrame& frame, float margin, int min_side, int max_side, RegionFit fit);

// How far out a pixel lies: 0 in the middle of the face, 1 on the convex outline of the 68 points with the
// forehead added, above 1 outside.
Plane face_radius(const Face& face, const FaceRegion& region);
// The outline, in pixels of the region, at kOutlineAngles directions from its centre.
inline constexpr int kOutlineAngles = 72;
struct FaceOutline {
  Point center;
  std::vector<float> radius;  // [kOutlineAngles], from the image's right clockwise

  Point point(int angle, float share) const;  // at share x radius
};
FaceOutline face_outline(const Face& face, const FaceRegion& region);

}  // namespace kyc
