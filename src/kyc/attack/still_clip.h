// Attacks that make a clip out of a portrait alone: how long, how fast and how large it becomes.
#pragma once

#include <vector>

#include "kyc/attack/attack.h"

namespace kyc {

// The options "seconds" and "frame_rate" of such an attack; given a target clip, that clip's count.
std::vector<AttackOption> still_length_options();
// These, and "width" and "height".
// width, height  standard values, pixels; 0: the portrait's own size, if that makes sense for the attack
std::vector<AttackOption> still_clip_options(int width, int height);

// values  of all four
// source  gives the size where width and height are 0: its own, at most 960 pixels on the longer side
// throws  Error{InvalidArgument} if one is out of range
TargetInfo still_clip_info(const OptionValues& values, const Image& source);

// The part of the portrait to show: all of it, or, where the face is small in it, head and shoulders.
Box head_and_shoulders(const AttackSource& source);

// That part as a picture of its own, at most `longest` pixels on its longer side.
Image cut_out(const AttackSource& source, const Box& box, int longest);

}  // namespace kyc
