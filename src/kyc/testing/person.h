// Who a drawn face is: everything that stays the same from picture to picture.
#pragma once

#include <cstdint>

#include "kyc/testing/canvas.h"

namespace kyc {

// Uniform numbers out of a seed (SplitMix64): the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  float between(float least, float most) {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return least + (most - least) * static_cast<float>(z >> 40) / static_cast<float>(1 << 24);
  }

 private:
  std::uint64_t state_;
};

// What makes a person, in mm.
struct Person {
  float face_width;  // half
  float chin;        // y
  float forehead;    // y of the hairline
  float eye_distance;
  float eye_width;
  float eye_height;
  float brow;  // height above the eyes
  float brow_thickness;
  float nose_length;
  float nose_width;
  float mouth_width;
  float lips;
  float mouth;  // y
  Paint skin;
  Paint hair;
  Paint iris;
  float hair_width;
  float hair_length;
  float eye_slant;  // outer corners up, mm
  float beard;      // opacity
  float moustache;
  float glasses;  // thickness of the frame, mm; 0: none
  float wrinkles;
};

Person person_of(std::uint64_t identity);

}  // namespace kyc
