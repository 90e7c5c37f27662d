// Soft-edged shapes on a float picture.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"

namespace kyc {

struct Paint {
  float red = 0;  // 0..255
  float green = 0;
  float blue = 0;
  float opacity = 1;
};

Paint mixed(const Paint& a, const Paint& b, float share_of_b);
Paint with_opacity(Paint paint, float opacity);

class Canvas {
 public:
  Canvas(int width, int height, const Paint& upper, const Paint& lower);

  // softness  pixels over which the edge fades
  void ellipse(Point center, float radius_x, float radius_y, float angle, const Paint& paint, float softness);
  void stroke(std::span<const Point> points, float thickness, const Paint& paint, float softness);

  // Brightens or darkens everything by up to `amount`, differently in every pixel.
  Image finish(std::uint64_t noise_seed, float amount) const;

 private:
  void blend(int x, int y, const Paint& paint, float coverage);

  int width_;
  int height_;
  std::vector<float> rgb_;
};

}  // namespace kyc
