// A hand that holds a sheet or a telephone at its edge: the thumb in front, the rest behind.
#pragma once

#include "kyc/attack/light.h"
#include "kyc/attack/random_path.h"

namespace kyc {

// In millimetres on the sheet, x right and y down from its middle.
class Hand {
 public:
  // tip   of the thumb, on the sheet
  // side  -1: comes from the left, 1: from the right
  // edge  half of the sheet's width
  Hand(float tip_x, float tip_y, float side, float edge, const Light& skin, const Light& sleeve);

  struct Touch {
    float cover = 0;   // 0..1
    float shadow = 1;  // on what lies below
    Light light{};     // reflectance of skin or sleeve
  };
  // on_sheet  this place is on the sheet: only the thumb is before it
  // pixel     millimetres that a pixel covers: edges are as soft as that
  Touch at(float u, float v, bool on_sheet, float pixel) const;

 private:
  // A stretch of a limb, thicker at its root.
  struct Limb {
    float x, y;              // of its tip
    float along_x, along_y;  // to its root
    float length;
    float tip_radius, root_radius;
  };
  // Where a place lies about a limb, mm.
  struct About {
    float along;
    float across;
    float radius;    // of the limb there
    float distance;  // to its outline; < 0: inside
  };
  static Limb limb(float tip_x, float tip_y, float root_x, float root_y, float tip_radius, float root_radius);
  static About about(const Limb& limb, float u, float v);
  Light thumb_light(const About& about) const;

  Limb thumb_;
  Limb palm_;
  Limb forearm_;
  Light skin_;
  Light sleeve_;
  float nearest_;  // |u| from which on it may be seen
  float side_;
};

Light random_skin(Random& random);
Light random_cloth(Random& random);

}  // namespace kyc
