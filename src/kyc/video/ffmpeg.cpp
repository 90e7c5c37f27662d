#include "kyc/video/ffmpeg.h"

#include <algorithm>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <mutex>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libswscale/swscale.h>
}

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr std::size_t kLargestAllocation = std::size_t{1} << 30;
constexpr std::uint64_t kRoundingPixels = 1 << 20;

thread_local std::string last_error_line;

void keep_error_line(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  last_error_line = line;
  while (!last_error_line.empty() && (last_error_line.back() == '\n' || last_error_line.back() == '.'))
    last_error_line.pop_back();
}

}  // namespace

void AvDelete::operator()(AVCodecContext* context) const {
  avcodec_free_context(&context);
}
void AvDelete::operator()(AVFrame* frame) const {
  av_frame_free(&frame);
}
void AvDelete::operator()(AVPacket* packet) const {
  av_packet_free(&packet);
}
void AvDelete::operator()(SwsContext* context) const {
  sws_freeContext(context);
}

FramePtr make_frame() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw Error(ErrorCode::Unavailable, "out of memory for a video frame");
  return frame;
}

PacketPtr make_packet() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw Error(ErrorCode::Unavailable, "out of memory for a video packet");
  return packet;
}

void prepare_ffmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(keep_error_line);
    av_max_alloc(kLargestAllocation);
  });
}

std::int64_t decoder_pixel_limit(std::uint64_t max_pixels) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(max_pixels, INT_MAX) + kRoundingPixels);
}

void clear_av_log() {
  last_error_line.clear();
}

std::string av_reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return last_error_line.empty() ? std::string(text) : last_error_line + " (" + text + ")";
}

}  // namespace kyc
