#include "kyc/attack/face_shape.h"

#include <cmath>
#include <numbers>

#include "kyc/face/alignment.h"

namespace kyc {

std::vector<Point> with_forehead(const Landmarks68& landmarks) {
  // Adults: 65 mm from the eyes to the mouth, some 50 mm from the eyes to below the hairline (Farkas 1994:
  // tr-n 58 mm minus a finger's breadth).
  constexpr float kHeight = 0.78F;
  std::vector<Point> shape(landmarks.begin(), landmarks.end());
  const FivePoints five = five_points(landmarks);
  const Point eyes{(five[0].x + five[1].x) / 2, (five[0].y + five[1].y) / 2};
  const Point mouth{(five[3].x + five[4].x) / 2, (five[3].y + five[4].y) / 2};
  const Point up{kHeight * (eyes.x - mouth.x), kHeight * (eyes.y - mouth.y)};
  const Point from = landmarks[0];
  const Point to = landmarks[16];
  for (std::size_t i = 1; i <= kForeheadPoints; ++i) {
    const float angle =
        std::numbers::pi_v<float> * static_cast<float>(i) / static_cast<float>(kForeheadPoints + 1);
    const float along = (1 - std::cos(angle)) / 2;
    const float high = std::sin(angle);
    shape.push_back(
        {from.x + along * (to.x - from.x) + high * up.x, from.y + along * (to.y - from.y) + high * up.y});
  }
  return shape;
}

std::vector<Point> face_outline(const std::vector<Point>& shape) {
  std::vector<Point> outline(shape.begin(), shape.begin() + 17);
  outline.insert(outline.end(), shape.rbegin(), shape.rbegin() + kForeheadPoints);
  return outline;
}

std::vector<Point> mouth_opening(const std::vector<Point>& shape) {
  return {shape.begin() + 60, shape.begin() + 68};
}

float mouth_openness(const std::vector<Point>& shape) {
  float gap = 0;
  for (std::size_t i = 0; i < 3; ++i)
    gap += std::hypot(shape[61 + i].x - shape[67 - i].x, shape[61 + i].y - shape[67 - i].y) / 3;
  const float width = std::hypot(shape[54].x - shape[48].x, shape[54].y - shape[48].y);
  return width > 0 ? gap / width : 0;
}

}  // namespace kyc
