// Faces drawn in code, for tests that must run without any photo: seeded, with known points, pose and
// identity. They look like a police sketch, but fr_detect finds them and fr_landmark places its points.
#pragma once

#include <cstdint>
#include <vector>

#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc {

struct SyntheticFace {
  // Proportions, skin, hair, glasses and so on: the same seed is the same person. fr_feature takes most of
  // them for relatives (cosine 0.1 to 0.75); 3 and 11 (0.11), 1 and 5 (0.21) are strangers to it.
  std::uint64_t identity = 1;
  Point center{160, 150};  // pixels; between the eyes
  float size = 150;        // pixels; the width of the face
  HeadPose pose{};         // up to about 30 degrees
  float eyes_open = 1;     // 0: closed, 1: open
  float mouth_open = 0;    // 0: closed, 1: wide open
  float light = 1;         // brightness of the face
};

struct SyntheticScene {
  int width = 320;
  int height = 320;
  std::uint64_t background = 1;  // seed of the colours behind the faces and of the noise over everything
  std::vector<SyntheticFace> faces;
};

struct SyntheticTruth {
  Landmarks68 landmarks;
  FivePoints points;
  Box box;  // as fr_detect draws it: from the hair to the chin
};

struct SyntheticPicture {
  Image image;
  std::vector<SyntheticTruth> faces;  // in the order of the scene
};

// The same scene gives the same bytes.
SyntheticPicture draw_scene(const SyntheticScene& scene);

// One face in the middle of 320 x 320.
SyntheticPicture draw_synthetic_face(const SyntheticFace& face = {}, std::uint64_t background = 1);

// A head that turns: yaw swings from 0 to +amplitude, to -amplitude and back, with a blink in the middle.
// Frame k of `count`; the same arguments give the same picture.
SyntheticPicture draw_turning_face(std::uint64_t identity, int k, int count, float amplitude = 20);

}  // namespace kyc
