// What a phone's camera makes of a scene: a colour filter over every photosite, light counted in electrons,
// an exposure that follows the scene, and a picture developed from that.
#pragma once

#include <cstdint>
#include <vector>

#include "kyc/attack/random_path.h"
#include "kyc/image/image.h"

namespace kyc {

struct CameraOptions {
  int width = 0;
  int height = 0;
  double noise = 1;         // 1: a phone's front camera in a lit room; 0: none; 4: in the dark
  double vignetting = 0.3;  // share of the light that the corners lose
  double sharpening = 0.4;  // as phones do it; 0: none
};

// One value per photosite, in linear light: only of the colour that its filter lets through.
struct Mosaic {
  int width = 0;
  int height = 0;
  std::vector<float> values;  // [height, width]

  float* row(int y) { return values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width); }
};

// Frames come in order: the exposure follows them. Not thread-safe.
class Camera {
 public:
  Camera(const CameraOptions& options, std::uint64_t seed);

  // Colour of the filter over a photosite: 0 red, 1 green, 2 blue; red at (0, 0), green beside and below.
  static int filter_of(int x, int y) { return (x & 1) + (y & 1); }

  // Pixels per unit of tan(angle from the axis): the longer side sees 60 degrees.
  double focal_length() const;

  // scene   of the camera's size; is used up
  Image develop(Mosaic& scene, double time_s);

 private:
  void expose(Mosaic& scene, double time_s);
  void demosaic(const Mosaic& scene, Image& out);
  void sharpen(Image& image);

  CameraOptions options_;
  SmoothPath exposure_drift_;
  SmoothPath red_drift_;
  SmoothPath blue_drift_;
  NormalTable normal_;
  std::uint64_t frame_ = 0;
  double gain_ = 0;  // 0: nothing was metered yet
  double time_s_ = 0;
  std::vector<float> padded_;        // [height + 4, width + 4]: two photosites mirrored around the mosaic
  std::vector<std::uint8_t> lines_;  // three rows of luma
};

}  // namespace kyc
