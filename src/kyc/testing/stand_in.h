// Tiny ONNX networks with the interfaces of published ones, which stand in for them in tests: what they
// answer is known.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace kyc {

// answer = seen x gain + offset + tint + added, per channel (in the order of the channels); seen = target, or
// target + blur_share x (the mean of the square around each pixel - target).
struct StandInPainter {
  std::int64_t size = 128;  // of the target, pixels; 0: any height and width
  bool channels_last = false;
  std::string target = "target";
  std::array<float, 3> gain{1, 1, 1};
  std::array<float, 3> offset{0, 0, 0};
  std::int64_t blur = 0;  // side of that square, odd; 0: none
  float blur_share = 1;   // 1: blurred; below 0: sharpened
  // tint = identity x (a matrix that is `tint` where row modulo 3 = column, else 0); empty name: no such
  // input
  std::string identity;
  std::int64_t identity_size = 512;
  float tint = 0;
  // tint = the mean of another picture, per channel; empty name: no such input
  std::string source;
  std::int64_t source_size = 112;
  std::vector<float> added;  // [3, size, size] (channels first), empty: nothing
  std::vector<float> mask;   // [size, size]: a second output; empty: none
  std::vector<float> last;   // [n, n]: a constant at the end of the file that no operator uses; empty: none
};
std::vector<std::uint8_t> stand_in_painter(const StandInPainter& painter);

// Input "input" of 112 x 112, answer [1, size]: value i is the mean of channel i modulo 3 plus 1, times
// 1 + i / size.
std::vector<std::uint8_t> stand_in_recogniser(std::int64_t size, bool channels_last);

}  // namespace kyc
