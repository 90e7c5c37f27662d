// Some of a clip's frames, evenly in time.
#pragma once

#include <cstdint>
#include <functional>

#include "kyc/video/reader.h"

namespace kyc {

class FrameSampler {
 public:
  // reader   must outlive the sampler; nothing was read from it yet
  // rate_hz  frames per second of clip that are delivered, at most; 0: every frame
  // max_s    later frames are not delivered; see cut()
  // on_read  called by next() with every frame up to max_s, also with those that are passed over
  FrameSampler(VideoReader& reader,
               double rate_hz,
               double max_s = 1e9,
               std::function<void(const Frame&)> on_read = {})
      : reader_(reader), rate_hz_(rate_hz), max_s_(max_s), on_read_(std::move(on_read)) {}

  // As VideoReader::next, for the next frame whose turn it is.
  bool next(Frame& frame);

  std::int64_t frames_read() const { return frames_read_; }  // also those that were passed over
  double last_s() const { return last_s_; }                  // time of the last one of them
  bool cut() const { return cut_; }                          // the clip goes on after max_s

 private:
  VideoReader& reader_;
  double rate_hz_;
  double max_s_;
  std::function<void(const Frame&)> on_read_;
  double next_s_ = 0;
  std::int64_t frames_read_ = 0;
  double last_s_ = 0;
  bool cut_ = false;
};

}  // namespace kyc
