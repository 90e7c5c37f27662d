// Lines of text that lie like a machine readable zone. For MrzReader, and its tests.
#pragma once

#include <span>
#include <vector>

#include "kyc/document/text_detector.h"

namespace kyc {

// Two or three lines, one below the other, as long as each other. In a frame turned by `angle`:
// u = x cos + y sin runs along the text, v = y cos - x sin across it.
struct MrzZone {
  struct Row {
    float middle = 0;  // v of the line's middle, half-way between left and right
    float turn = 0;    // radians, on top of the zone's angle: seen from the side, lines are not parallel
  };

  float angle = 0;        // radians
  float left = 0;         // u
  float right = 0;        // u
  float height = 0;       // of a line, pixels
  std::vector<Row> rows;  // top first

  // The same zone, if the picture is upside down.
  MrzZone turned() const;
};

// The likeliest first, at most 5. Nothing is known about the text yet: paragraphs are found, too.
std::vector<MrzZone> find_zones(std::span<const TextBox> boxes);

}  // namespace kyc
