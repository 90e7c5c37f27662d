// Internal to video/: images into packets of H.264.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kyc/image/image.h"
#include "kyc/video/ffmpeg.h"
#include "kyc/video/writer.h"

namespace kyc {

// Frames per second as a fraction, and how many ticks of the clip's clock there are in a second and in a
// frame.
struct ClipClock {
  int rate_numerator = 0;
  int rate_denominator = 1;
  int ticks_per_second = 0;
  std::int64_t ticks_per_frame = 0;
};

class FrameEncoder {
 public:
  // name    of the clip, for messages
  // throws  as check(options); Error{Unavailable} no H.264 encoder in this FFmpeg; Error{InvalidArgument}
  // refused
  //         by the encoder
  FrameEncoder(const WriteOptions& options, const std::string& name);
  ~FrameEncoder();
  FrameEncoder(FrameEncoder&&) noexcept;
  FrameEncoder& operator=(FrameEncoder&&) noexcept;

  const ClipClock& clock() const;
  AVCodecContext& context() const;

  // Both give FFmpeg's code: below 0 it failed.
  // throws  Error{InvalidArgument} an image of another size; Error{Unavailable} out of memory
  int send(const Image& image, std::int64_t ticks);
  int send_end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
