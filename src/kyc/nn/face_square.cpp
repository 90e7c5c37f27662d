#include "kyc/nn/face_square.h"

#include <algorithm>
#include <cmath>

#include "kyc/image/transform.h"

namespace kyc {

Box square_around(const Box& face, float margin) {
  const float side = margin * std::max(face.width, face.height);
  const Point center = face.center();
  return {center.x - side / 2, center.y - side / 2, side, side};
}

Image cut_square(const Image& image, const Box& square, int side) {
  constexpr float kMostSamples =
      4096;  // pixels: a larger square is sampled more coarsely than the picture is
  const float samples =
      std::min(std::ceil(square.width / static_cast<float>(side)) * static_cast<float>(side),
               std::max(kMostSamples, static_cast<float>(side)));
  const int fine = std::max(1, static_cast<int>(samples) / side) * side;
  const Image cut = crop(image, square, fine, fine);
  return fine == side ? cut : resize(cut, side, side, Interpolation::Area);
}

}  // namespace kyc
