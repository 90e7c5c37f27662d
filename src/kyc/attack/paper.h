// Paper with a picture printed on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/attack/light.h"
#include "kyc/image/image.h"

namespace kyc {

struct PaperOptions {
  double width_mm = 210;
  double height_mm = 297;
  double margin_mm = 12;  // white around the picture, at least
  // "laser": dots of cyan, magenta, yellow and black in their angles, 141 to 150 lines per inch, at 600 dpi;
  // "inkjet": error diffusion at 600 dpi; "photo": continuous tone on glossy paper.
  std::string printer = "inkjet";
};

// How much of the light the sheet gives back, seen from its front.
class PrintedSheet {
 public:
  // throws  Error{InvalidArgument} for an unknown printer
  PrintedSheet(const Image& picture, const PaperOptions& options, std::uint64_t seed);

  double width_mm() const { return width_mm_; }
  double height_mm() const { return height_mm_; }

  // Reflectance, 0..1, of one channel at (u, v) millimetres from the middle of the sheet; outside of the
  // sheet, that of its nearest place.
  float reflectance(float u, float v, int channel) const {
    const float x = (u + half_width_) * per_mm_;
    const float y = (v + half_height_) * per_mm_;
    const int ix = x <= 0 ? 0 : (x >= last_x_ ? static_cast<int>(last_x_) : static_cast<int>(x));
    const int iy = y <= 0 ? 0 : (y >= last_y_ ? static_cast<int>(last_y_) : static_cast<int>(y));
    return light_[raster_[(static_cast<std::size_t>(iy) * static_cast<std::size_t>(width_) +
                           static_cast<std::size_t>(ix)) *
                              3 +
                          static_cast<std::size_t>(channel)]];
  }

 private:
  double width_mm_;
  double height_mm_;
  float half_width_;
  float half_height_;
  float per_mm_ = 0;
  int width_ = 0;
  float last_x_ = 0;
  float last_y_ = 0;
  std::vector<std::uint8_t> raster_;  // [rows, width, 3], sRGB codes of the reflectance
  std::array<float, 256> light_;
};

}  // namespace kyc
