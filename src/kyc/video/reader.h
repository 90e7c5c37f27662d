// Frames with time stamps, out of files. FFmpeg ends here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "kyc/image/image.h"

namespace kyc {

struct Frame {
  std::int64_t index = 0;  // 0 for the first frame of the clip
  double time_s = 0;       // presentation time, seconds after the first frame
  Image image;             // upright: the file's rotation is applied; pixels as stored, square or not
};

struct VideoInfo {
  int width = 0;  // of the first frame as delivered, after rotation; later ones may differ in size
  int height = 0;
  double frame_rate = 0;                    // average, frames per second; 0 if the file does not say
  double duration_s = 0;                    // 0 if the file does not say
  std::optional<std::int64_t> frame_count;  // where the container states it, before its edit list
  std::string codec;                        // "h264"
  std::string container;                    // "mov,mp4,m4a,3gp,3g2,mj2"
};

struct ReadOptions {
  std::uint64_t max_pixels = 64'000'000;  // of one frame; more is refused before allocation
  int threads = 1;                        // of the decoder
};

// Streams a clip; holds a few frames at most. Not thread-safe: one reader, one thread.
class VideoReader {
 public:
  // Picks the best video stream (FFmpeg's own choice: default flag, then bit rate); ignores cover pictures.
  // throws  Error{NotFound} no such file, Error{Corrupt} not a readable clip or without a video stream,
  //         Error{Unsupported} no decoder, a picture, a playlist; Error{InvalidArgument} frame too large;
  //         the message names the file
  explicit VideoReader(const std::filesystem::path& path, const ReadOptions& options = {});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  const VideoInfo& info() const;

  // The next frame in presentation order, or nothing at the end. Reuses the pixels of `frame` (no allocation
  // once it has the size). Damage in the middle does not throw: what can be decoded is delivered.
  // returns  false at the end
  bool next(Frame& frame);

  // The next call of next() delivers the frame of this index, exactly (0: the first). The first call that
  // goes back or far ahead reads the file once, without decoding. In a damaged clip, frames not yet read are
  // counted as the container lists them.
  // throws  Error{InvalidArgument} if the clip has no such frame; seek() again before next() then
  void seek(std::int64_t index);

  // What was wrong with the data read so far; empty for a sound clip.
  struct Damage {
    std::int64_t packets = 0;  // packets that could not be decoded
    bool truncated = false;    // the file ends before its own index says
    std::string message;       // for people; names the file
  };
  const Damage& damage() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
