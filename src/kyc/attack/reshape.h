// Internal to attack/: a head takes on another one's proportions, and what is around it gives way.
#pragma once

#include <optional>

#include "kyc/attack/head.h"
#include "kyc/image/image.h"
#include "kyc/image/mask.h"

namespace kyc {

// One clip, frame by frame. What differs between the two heads is averaged over time in the head's own axes,
// so that expressions stay the target's and nothing swims.
class Reshaper {
 public:
  // source  the mesh of the other head
  // amount  0: nothing changes, 1: its proportions wholly
  Reshaper(const DensePoints& source, float amount);

  // mesh     of the head in this frame
  // picture  is warped around the head: up to two thirds of its size beyond its outline
  // mask     gets what was changed in the picture
  // returns  the mesh of the head as it is in the picture now
  DensePoints reshape(const DensePoints& mesh, double time_s, Image& picture, Mask& mask);

 private:
  float amount_;
  DensePoints source_;  // in the axes of the average head
  DensePoints difference_{};
  double known_s_ = 0;  // seconds that the average holds
  std::optional<double> last_s_;
};

}  // namespace kyc
