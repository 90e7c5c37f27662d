#include "kyc/video/frame_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr int kLargestSide = 16384;
constexpr double kLargestRate = 1000;
// x264's; it would print its complaint about any other to stderr.
constexpr std::array<std::string_view, 10> kPresets = {"ultrafast",
                                                       "superfast",
                                                       "veryfast",
                                                       "faster",
                                                       "fast",
                                                       "medium",
                                                       "slow",
                                                       "slower",
                                                       "veryslow",
                                                       "placebo"};
constexpr int kFinestTicks = 90000;  // per second, at least

ClipClock clock_of(double frame_rate) {
  AVRational rate{};
  const double ntsc = std::round(frame_rate * 1.001);
  if (std::abs(frame_rate - std::round(frame_rate)) < 1e-6)
    rate = {static_cast<int>(std::lround(frame_rate)), 1};
  else if (ntsc >= 1 && std::abs(frame_rate * 1.001 - ntsc) < 0.006)
    rate = {static_cast<int>(ntsc) * 1000, 1001};
  else
    rate = av_d2q(frame_rate, 100000);
  const int factor = (kFinestTicks + rate.num - 1) / rate.num;
  return {rate.num, rate.den, rate.num * factor, static_cast<std::int64_t>(rate.den) * factor};
}

void expect(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::InvalidArgument, "clip to write: " + message);
}

// A frame with the pixel format and the colour statements of the encoder.
FramePtr make_frame_for(const AVCodecContext& encoder) {
  FramePtr frame = make_frame();
  frame->width = encoder.width;
  frame->height = encoder.height;
  frame->format = encoder.pix_fmt;
  frame->colorspace = encoder.colorspace;
  frame->color_range = encoder.color_range;
  frame->color_primaries = encoder.color_primaries;
  frame->color_trc = encoder.color_trc;
  if (av_frame_get_buffer(frame.get(), 0) < 0)
    throw Error(ErrorCode::Unavailable, "out of memory for a video frame");
  return frame;
}

}  // namespace

void check(const WriteOptions& o) {
  expect(o.width > 0 && o.height > 0 && o.width <= kLargestSide && o.height <= kLargestSide,
         "width and height: expected 1 to " + std::to_string(kLargestSide) + ", got " +
             std::to_string(o.width) + " x " + std::to_string(o.height));
  expect(o.frame_rate >= 0.01 && o.frame_rate <= kLargestRate,
         "frame rate: expected 0.01 to 1000, got " + std::to_string(o.frame_rate));
  expect(o.crf >= 0 && o.crf <= 51, "crf: expected 0 to 51, got " + std::to_string(o.crf));
  expect(std::find(kPresets.begin(), kPresets.end(), o.preset) != kPresets.end(),
         "preset: expected one of x264's (ultrafast ... placebo), got '" + o.preset + "'");
  expect(o.gop >= 1, "gop: expected at least 1, got " + std::to_string(o.gop));
  expect(o.threads >= 1 && o.threads <= 64, "threads: expected 1 to 64, got " + std::to_string(o.threads));
}

struct FrameEncoder::State {
  WriteOptions options;
  std::string name;
  ClipClock clock;
  CodecContextPtr encoder{};
  SwsPtr scaler{};
  Image padded{};  // only for odd sizes
  FramePtr picture{};

  void open();
  void fill(const Image& image);
};

void FrameEncoder::State::open() {
  const char* encoder_name = options.lossless ? "libx264rgb" : "libx264";
  const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name);
  if (codec == nullptr)
    throw Error(ErrorCode::Unavailable,
                std::string("this FFmpeg has no encoder ") + encoder_name + " (H.264)");
  encoder.reset(avcodec_alloc_context3(codec));
  if (!encoder) throw Error(ErrorCode::Unavailable, name + ": out of memory for its encoder");
  AVCodecContext& e = *encoder;
  e.width = options.lossless ? options.width : (options.width + 1) / 2 * 2;
  e.height = options.lossless ? options.height : (options.height + 1) / 2 * 2;
  e.time_base = {1, clock.ticks_per_second};
  e.framerate = {clock.rate_numerator, clock.rate_denominator};
  e.gop_size = options.gop;
  e.thread_count = options.threads;
  e.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  e.color_primaries = AVCOL_PRI_BT709;
  e.color_trc = AVCOL_TRC_BT709;
  if (options.lossless) {
    e.pix_fmt = AV_PIX_FMT_RGB24;
    e.colorspace = AVCOL_SPC_RGB;
    e.color_range = AVCOL_RANGE_JPEG;
    av_opt_set_int(e.priv_data, "qp", 0, 0);
  } else {
    e.pix_fmt = AV_PIX_FMT_YUV420P;
    e.colorspace = AVCOL_SPC_SMPTE170M;
    e.color_range = AVCOL_RANGE_MPEG;
    e.chroma_sample_location = AVCHROMA_LOC_LEFT;
    av_opt_set(e.priv_data, "profile", "high", 0);
    av_opt_set_double(e.priv_data, "crf", options.crf, 0);
  }
  av_opt_set(e.priv_data, "preset", options.preset.c_str(), 0);
  // With AVX-512, x264 0.164 weighs macroblocks (mbtree) by memory that it never wrote: the same images gave
  // other bytes in a process that had encoded before. Whoever has AVX-512 has all that "avx2" stands for
  // there.
  if ((av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0) av_opt_set(e.priv_data, "x264-params", "asm=avx2", 0);
  clear_av_log();
  const int result = avcodec_open2(&e, codec, nullptr);
  if (result < 0)
    throw Error(ErrorCode::InvalidArgument,
                name + ": the encoder refused " + std::to_string(e.width) + " x " + std::to_string(e.height) +
                    ": " + av_reason(result));
}

void FrameEncoder::State::fill(const Image& image) {
  if (av_frame_make_writable(picture.get()) < 0)
    throw Error(ErrorCode::Unavailable, name + ": out of memory for a frame");
  const auto row_bytes = static_cast<std::size_t>(image.width) * 3;
  if (options.lossless) {
    for (int y = 0; y < image.height; ++y)
      std::memcpy(
          picture->data[0] + static_cast<std::ptrdiff_t>(y) * picture->linesize[0], image.row(y), row_bytes);
    return;
  }
  const Image* whole = &image;
  if (image.width != picture->width || image.height != picture->height) {
    if (padded.pixels.empty()) padded = make_image(picture->width, picture->height);
    for (int y = 0; y < padded.height; ++y) {
      const std::uint8_t* from = image.row(std::min(y, image.height - 1));
      std::memcpy(padded.row(y), from, row_bytes);
      if (padded.width > image.width) std::memcpy(padded.row(y) + row_bytes, from + row_bytes - 3, 3);
    }
    whole = &padded;
  }
  if (!scaler) {
    // Encoding takes several times as long as the most exact conversion there is.
    scaler.reset(sws_getContext(
        whole->width,
        whole->height,
        AV_PIX_FMT_RGB24,
        whole->width,
        whole->height,
        encoder->pix_fmt,
        SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT | SWS_BITEXACT,
        nullptr,
        nullptr,
        nullptr));
    if (!scaler) throw Error(ErrorCode::Unavailable, name + ": out of memory for colour conversion");
    const int* bt601 = sws_getCoefficients(SWS_CS_ITU601);
    sws_setColorspaceDetails(scaler.get(), bt601, 1, bt601, 0, 0, 1 << 16, 1 << 16);
  }
  const std::uint8_t* const planes[4] = {whole->pixels.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {whole->width * 3, 0, 0, 0};
  sws_scale(scaler.get(), planes, strides, 0, whole->height, picture->data, picture->linesize);
}

FrameEncoder::FrameEncoder(const WriteOptions& options, const std::string& name) {
  check(options);
  prepare_ffmpeg();
  state_ = std::make_unique<State>(State{options, name, clock_of(options.frame_rate)});
  state_->open();
  state_->picture = make_frame_for(*state_->encoder);
}
FrameEncoder::~FrameEncoder() = default;
FrameEncoder::FrameEncoder(FrameEncoder&&) noexcept = default;
FrameEncoder& FrameEncoder::operator=(FrameEncoder&&) noexcept = default;

const ClipClock& FrameEncoder::clock() const {
  return state_->clock;
}

AVCodecContext& FrameEncoder::context() const {
  return *state_->encoder;
}

int FrameEncoder::send(const Image& image, std::int64_t ticks) {
  State& s = *state_;
  if (image.width != s.options.width || image.height != s.options.height)
    throw Error(ErrorCode::InvalidArgument,
                s.name + ": expected images of " + std::to_string(s.options.width) + " x " +
                    std::to_string(s.options.height) + ", got " + std::to_string(image.width) + " x " +
                    std::to_string(image.height));
  s.fill(image);
  s.picture->pts = ticks;
  clear_av_log();
  return avcodec_send_frame(s.encoder.get(), s.picture.get());
}

int FrameEncoder::send_end() {
  clear_av_log();
  return avcodec_send_frame(state_->encoder.get(), nullptr);
}

}  // namespace kyc
