#include "kyc/video/sampler.h"

#include <algorithm>

namespace kyc {

bool FrameSampler::next(Frame& frame) {
  while (!cut_ && reader_.next(frame)) {
    if (frame.time_s > max_s_) {
      cut_ = true;
      return false;
    }
    ++frames_read_;
    last_s_ = frame.time_s;
    if (on_read_) on_read_(frame);
    if (rate_hz_ <= 0) return true;
    // Half a millisecond of slack: the time stamps of many clips are rounded to one.
    if (frame.time_s + 5e-4 < next_s_) continue;
    // After a gap the turns that were missed are not made up for: two frames in a row would show the same.
    next_s_ = std::max(next_s_ + 1 / rate_hz_, frame.time_s);
    if (next_s_ == frame.time_s) next_s_ += 0.5 / rate_hz_;
    return true;
  }
  return false;
}

}  // namespace kyc
