// Internal to video/: ownership and error texts of FFmpeg's objects. FFmpeg's types are only named here,
// never included.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct AVCodecContext;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;
struct SwsContext;

namespace kyc {

struct AvDelete {
  void operator()(AVCodecContext* context) const;
  void operator()(AVFrame* frame) const;
  void operator()(AVPacket* packet) const;
  void operator()(SwsContext* context) const;
};
using CodecContextPtr = std::unique_ptr<AVCodecContext, AvDelete>;
using FramePtr = std::unique_ptr<AVFrame, AvDelete>;
using PacketPtr = std::unique_ptr<AVPacket, AvDelete>;
using SwsPtr = std::unique_ptr<SwsContext, AvDelete>;

// throw  Error{Unavailable} out of memory
FramePtr make_frame();
PacketPtr make_packet();

// Call before any other use of FFmpeg. FFmpeg logs through one function for the whole process, by default to
// stderr: this puts one in its place that keeps the last error line of each thread for av_reason() and drops
// everything else. It also limits a single allocation of FFmpeg to 1 GiB, because a small hostile file can
// ask for more. Both happen once, thread-safe.
void prepare_ffmpeg();

// What to give a decoder as its own limit (`max_pixels`): more, because it rounds sizes up before it checks
// them.
std::int64_t decoder_pixel_limit(std::uint64_t max_pixels);

// Forgets the last error line of this thread.
void clear_av_log();

// What went wrong, for people: the last error line FFmpeg logged on this thread since clear_av_log(), if
// there was one, and the meaning of its error code.
std::string av_reason(int code);

}  // namespace kyc
