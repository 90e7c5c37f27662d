// A display: pixels of three stripes, a backlight that may pulse, a picture that is redrawn line by line.
#pragma once

#include <string>

#include "kyc/attack/light.h"
#include "kyc/image/image.h"

namespace kyc {

// Sizes in mm, as it is held.
struct ScreenKind {
  std::string name;
  double width_mm;  // of the lit part
  double height_mm;
  int columns;  // pixels
  int rows;
  double bezel_x_mm;  // around it, left and right
  double bezel_y_mm;
  double corner_mm;  // radius of the case
  double refresh_hz;
  double pulse_hz;        // of the backlight or the pixels, when dimmed
  bool sideways = false;  // its lines run from top to bottom, because it is held turned by a right angle
};

// "phone", "tablet", "laptop" or "monitor", upright or not as suits a picture of this shape.
// throws  Error{InvalidArgument} that lists them
ScreenKind screen_kind(const std::string& name, bool upright);

// How much of a stretch of the screen, centred at `position` pixels from its left (or upper) edge and
// `length` pixels long, is lit by one of three stripes, relative to even light: 1 on average. stripe  0, 1, 2
// from the left
float stripe_light(double position, double length, int stripe);
// The same for the dark lines between rows.
float row_light(double position, double length);

// Mean over the time from `begin_s`, `length_s` long, of light that pulses `hz` times a second and is on for
// the share `duty` of the time, relative to steady light.
double pulse_light(double begin_s, double length_s, double hz, double duty);

}  // namespace kyc
