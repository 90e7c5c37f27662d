// What is seen behind the paper or the screen: out of focus.
#pragma once

#include <cstdint>

#include "kyc/attack/light.h"
#include "kyc/image/image.h"

namespace kyc {

class Backdrop {
 public:
  // A room that was made up: a wall lit from a window, furniture, pictures.
  static Backdrop room(int width, int height, std::uint64_t seed);
  // A picture, blurred beyond recognition.
  static Backdrop blurred(const Image& picture, int width, int height);
  // What a camera that looks at the sheet sees of what is behind it.
  static Backdrop out_of_focus(const Image& picture, int width, int height);

  // Light of one channel at pixel (x, y), which may lie outside of the frame a little.
  float light(float x, float y, int channel) const;

 private:
  Backdrop(int width, int height);
  void fill(const Image& picture);
  LightImage picture_;  // a quarter of the frame's resolution, with a border
};

}  // namespace kyc
