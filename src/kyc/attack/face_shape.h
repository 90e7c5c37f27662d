// Internal to attack/: the 68 points with a forehead, and the outlines made of them.
#pragma once

#include <array>
#include <vector>

#include "kyc/face/face.h"

namespace kyc {

inline constexpr std::size_t kForeheadPoints = 9;
inline constexpr std::size_t kShapePoints = 68 + kForeheadPoints;

// The 68 points, then the forehead from the image's left to its right: half an ellipse over the ends of the
// jaw, as high as usual below the hairline.
std::vector<Point> with_forehead(const Landmarks68& landmarks);

// Jaw and forehead, once around.
std::vector<Point> face_outline(const std::vector<Point>& shape);

// The opening between the lips.
std::vector<Point> mouth_opening(const std::vector<Point>& shape);

// How far the lips are apart, in widths of the mouth.
float mouth_openness(const std::vector<Point>& shape);

}  // namespace kyc
