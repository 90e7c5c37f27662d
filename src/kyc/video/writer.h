// Images into a clip: H.264 in MP4. FFmpeg ends here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "kyc/image/image.h"

namespace kyc {

struct WriteOptions {
  int width = 0;  // of every image; must be given
  int height = 0;
  // Frames per second, up to 1000. 23.976, 29.97 and 59.94 (to two decimals or more) mean 24000/1001,
  // 30000/1001 and 60000/1001 exactly.
  double frame_rate = 30;
  int crf = 23;           // 0..51, x264's constant rate factor: lower is better and larger
  bool lossless = false;  // the very pixels, as RGB (H.264 High 4:4:4 Predictive; browsers do not play it)
  std::string preset =
      "medium";       // x264's: ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, ...
  int gop = 250;      // frames from one key frame to the next, at most
  int threads = 1;    // of the encoder; the bytes written depend on it, but not on the machine
  std::string title;  // into the file's metadata, if not empty
  std::string comment;
};

// throws  Error{InvalidArgument} if a number is out of its range, the sizes are not given, or the preset is
// unknown
void check(const WriteOptions& options);

// Encodes a clip frame by frame. It appears under its name, whole, when finish() returns; without that
// nothing is left behind. The same images and options give the same bytes. Not thread-safe: one writer, one
// thread.
//
// Unless lossless: H.264 High, 4:2:0, BT.601 matrix with limited range, stated in the file (readers that
// ignore the statement assume this one). 4:2:0 has only even sizes: an odd width or height grows by one, the
// last column or row is repeated.
class VideoWriter {
 public:
  // path    ends in .mp4 or .mov
  // throws  as check; Error{Unsupported} another extension, Error{Unavailable} not writable or no H.264
  // encoder in
  //         this FFmpeg
  VideoWriter(const std::filesystem::path& path, const WriteOptions& options);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  // One frame time after the image before it; the first is at 0.
  // throws  Error{InvalidArgument} wrong size, Error{Unavailable} disk full
  void write(const Image& image);

  // At `time_s`, seconds, later than the image before it; kept to 1/90000 s or better. The first image's time
  // becomes the start of the clip.
  // throws  as above, Error{InvalidArgument} also if the time is not later by a tick
  void write(const Image& image, double time_s);

  // Writes out what the encoder still holds and gives the file its name. Nothing may be written afterwards.
  // throws  Error{InvalidArgument} no image was written, Error{Unavailable} disk full
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
