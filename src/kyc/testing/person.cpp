#include "kyc/testing/person.h"

#include <algorithm>

namespace kyc {

Person person_of(std::uint64_t identity) {
  Dice dice(identity * 7919 + 17);
  Person p{};
  p.face_width = dice.between(58, 80);
  p.chin = dice.between(98, 134);
  p.forehead = dice.between(-78, -58);
  p.eye_distance = dice.between(52, 74);
  p.eye_width = dice.between(23, 37);
  p.eye_height = dice.between(7, 16);
  p.brow = dice.between(14, 27);
  p.brow_thickness = dice.between(2.5F, 11);
  p.nose_length = dice.between(34, 58);
  p.nose_width = dice.between(22, 46);
  p.mouth_width = dice.between(36, 66);
  p.lips = dice.between(7, 25);
  p.mouth = p.nose_length + dice.between(20, 28);
  p.skin = mixed({241, 205, 178}, {112, 72, 50}, dice.between(0, 1));
  const float dark = dice.between(0, 1);
  p.hair = mixed({40, 28, 22}, {196, 152, 96}, dark * dark);
  p.iris = mixed({66, 42, 26}, {92, 130, 160}, dice.between(0, 1));
  p.hair_width = dice.between(1.08F, 1.3F);
  p.hair_length = dice.between(0, 120);
  p.eye_slant = dice.between(-4, 5);
  p.beard = std::max(0.0F, dice.between(-1, 0.9F));
  p.moustache = std::max(0.0F, dice.between(-1, 0.9F));
  p.glasses = std::max(0.0F, dice.between(-4, 4));
  p.wrinkles = std::max(0.0F, dice.between(-0.5F, 0.8F));
  return p;
}

}  // namespace kyc
