// What happens to pictures on their way through programs and social networks: they are resized and encoded
// anew, perhaps several times.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kyc/attack/restorer.h"
#include "kyc/image/image.h"

namespace kyc {

struct DegradeStep {
  enum class Kind {
    Longest,  // shrinks to at most `value` pixels on the longer side
    Scale,    // resizes by `value`
    Restore,  // back to the size that the chain began with
    Jpeg,     // quality `value`, colours halved (4:2:0)
    Webp,     // quality `value`
    H264,     // x264's constant rate factor `value`, preset veryfast; of one picture: a clip of one frame
  };
  Kind kind = Kind::Jpeg;
  double value = 0;
};

// A chain as text, steps joined by '+': "longest1280+jpeg70", "scale0.5+webp60+restore", "longest640+crf30".
// throws  Error{InvalidArgument} if a step is unknown or its number out of range: says which steps there are
std::vector<DegradeStep> parsed_chain(const std::string& text);

// Every step's picture is decoded from what the real codec wrote.
Image degraded(Image image, const std::vector<DegradeStep>& chain);

// A clip through a chain: the video codec's steps see the frames in order, and its pictures depend on each
// other. Null if the chain has no such step. frame_rate  frames per second: x264 spends its bits by it
std::unique_ptr<ClipPass> degraded_clip(const std::vector<DegradeStep>& chain, double frame_rate);

}  // namespace kyc
