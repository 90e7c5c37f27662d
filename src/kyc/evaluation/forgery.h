// Did an attack on a face move its identity, and does it flicker? Both are measured on the clips as they are
// stored, against the victim's portrait and the untouched target.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/face/analyzer.h"
#include "kyc/recognition/recognizer.h"

namespace kyc {

// One recogniser with the threshold that it is judged by.
struct ForgeryRecognizer {
  const Recognizer* recognizer = nullptr;
  double threshold = 0;
};

// The skin's colour in squares of the aligned face (see align_face), means of R, G and B.
inline constexpr int kColourCells = 6;  // to a side, over the middle of the crop
using CellColours = std::array<float, 3 * kColourCells * kColourCells>;

// What one clip shows of its largest face, frame by frame.
struct ObservedClip {
  struct Moment {
    std::int64_t index = 0;  // of the frame
    Landmarks68 landmarks;
    float eye_distance = 0;
    CellColours colours{};
    float turned = 0;                     // degrees of yaw and pitch together
    std::vector<FaceTemplate> templates;  // one per recogniser; empty for frames in between
  };
  std::vector<Moment> moments;  // frames that show a face
  std::int64_t frames = 0;
};

// every  templates are made for each `every`-th frame
// throws as VideoReader
ObservedClip observe_clip(const std::filesystem::path& path,
                          const FaceAnalyzer& analyzer,
                          std::span<const ForgeryRecognizer> recognizers,
                          int every,
                          double max_s,
                          int jobs);

// By one recogniser; medians over the frames.
struct IdentityShift {
  double victim_before = 0;  // similarity of the target's frames to the victim's portrait
  double victim_after = 0;   // of the result's
  double driver_before = 0;  // of the target's frames to its own best frame
  double driver_after = 0;   // of the result's to that frame
  bool as_victim = false;    // victim_after reaches the threshold: the clip is accepted as the victim
  bool as_driver = false;    // driver_after does
};

// Second differences over time: what moves evenly gives 0. Root mean squares over frames.
struct Flicker {
  double points = 0;  // of the 68 points beside the head's motion, 1/100 of the eye distance
  double colour = 0;  // of the skin's colours, levels
};

struct ForgeryMeasurement {
  std::vector<IdentityShift> identity;  // one per recogniser
  Flicker target;
  Flicker result;
};

// victim  one template per recogniser
// returns nothing if no template was made of one of the clips
std::optional<ForgeryMeasurement> measure_forgery(std::span<const ForgeryRecognizer> recognizers,
                                                  std::span<const FaceTemplate> victim,
                                                  const ObservedClip& target,
                                                  const ObservedClip& result);

Flicker flicker_of(const ObservedClip& clip);

}  // namespace kyc
