// Internal to video/: decoded frames to upright RGB.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kyc/image/image.h"
#include "kyc/video/ffmpeg.h"

namespace kyc {

// How stored pixels become upright ones: first the axes are exchanged if `transpose`, then the result is
// mirrored.
struct Orientation {
  bool transpose = false;
  bool mirror_x = false;  // left and right exchanged
  bool mirror_y = false;  // top and bottom exchanged

  bool operator==(const Orientation&) const = default;
};

// Of a display matrix as containers hold it (ISO/IEC 14496-12, 8.3.2: nine values, a, b, u, c, d, v, x, y,
// w, 16.16 fixed point, x' = a x + c y, y' = b x + d y). Other angles than multiples of 90 degrees go to the
// nearest one.
Orientation orientation_of(const std::array<std::int32_t, 9>& matrix);

// Frames to images; keeps what can be reused from one frame to the next.
class RgbConverter {
 public:
  // `image` gets the size of the upright frame; its buffer is reused. Colour: the matrix and range that the
  // frame states; where it states none BT.601 and limited range, as FFmpeg and OpenCV do. throws
  // Error{Unsupported} a pixel format that has no way to RGB
  void convert(const AVFrame& frame, Orientation orientation, Image& image);

 private:
  void prepare(const AVFrame& frame);

  SwsPtr scaler_;
  std::array<int, 5> prepared_for_{};  // width, height, pixel format, matrix, range
  std::vector<std::uint8_t> scratch_;
};

}  // namespace kyc
