#include "kyc/video/writer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <string_view>
#include <system_error>

#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include "kyc/core/error.h"
#include "kyc/video/ffmpeg.h"

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

// Frames per second as a fraction, and how many ticks of the clip's clock there are in a second and in a
// frame.
struct Clock {
  AVRational rate{};
  int ticks_per_second = 0;
  std::int64_t ticks_per_frame = 0;
};

Clock clock_of(double frame_rate) {
  Clock clock;
  const double ntsc = std::round(frame_rate * 1.001);
  if (std::abs(frame_rate - std::round(frame_rate)) < 1e-6)
    clock.rate = {static_cast<int>(std::lround(frame_rate)), 1};
  else if (ntsc >= 1 && std::abs(frame_rate * 1.001 - ntsc) < 0.006)
    clock.rate = {static_cast<int>(ntsc) * 1000, 1001};
  else
    clock.rate = av_d2q(frame_rate, 100000);
  const int factor = (kFinestTicks + clock.rate.num - 1) / clock.rate.num;
  clock.ticks_per_second = clock.rate.num * factor;
  clock.ticks_per_frame = static_cast<std::int64_t>(clock.rate.den) * factor;
  return clock;
}

void expect(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::InvalidArgument, "clip to write: " + message);
}

struct OutputDelete {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};
using OutputPtr = std::unique_ptr<AVFormatContext, OutputDelete>;

void set_metadata(AVFormatContext& output, const WriteOptions& options) {
  if (!options.title.empty()) av_dict_set(&output.metadata, "title", options.title.c_str(), 0);
  if (!options.comment.empty()) av_dict_set(&output.metadata, "comment", options.comment.c_str(), 0);
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

struct VideoWriter::State {
  State(const std::filesystem::path& path, const WriteOptions& options);
  ~State() { discard(); }

  void open_encoder();
  void open_file();
  void write(const Image& image, std::int64_t ticks);
  void fill_picture(const Image& image);
  void drain();
  void finish();
  void discard();
  [[noreturn]] void fail(int code);

  std::filesystem::path path;
  std::filesystem::path part;
  WriteOptions options;
  Clock clock;
  CodecContextPtr encoder;
  OutputPtr output;
  SwsPtr scaler;
  Image padded;  // only for odd sizes
  FramePtr picture;
  PacketPtr packet = make_packet();
  std::int64_t next_ticks = 0;
  bool started = false;
  bool finished = false;
};

VideoWriter::State::State(const std::filesystem::path& file, const WriteOptions& wanted)
    : path(file), part(file.string() + ".part" + std::to_string(::getpid())), options(wanted) {
  check(options);
  if (path.extension() != ".mp4" && path.extension() != ".mov")
    throw Error(ErrorCode::Unsupported, path.string() + ": clips are written as .mp4 or .mov");
  clock = clock_of(options.frame_rate);
  prepare_ffmpeg();
  open_encoder();
  picture = make_frame_for(*encoder);
  open_file();
}

void VideoWriter::State::open_encoder() {
  const char* name = options.lossless ? "libx264rgb" : "libx264";
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr)
    throw Error(ErrorCode::Unavailable, std::string("this FFmpeg has no encoder ") + name + " (H.264)");
  encoder.reset(avcodec_alloc_context3(codec));
  if (!encoder) throw Error(ErrorCode::Unavailable, path.string() + ": out of memory for its encoder");
  AVCodecContext& e = *encoder;
  e.width = options.lossless ? options.width : (options.width + 1) / 2 * 2;
  e.height = options.lossless ? options.height : (options.height + 1) / 2 * 2;
  e.time_base = {1, clock.ticks_per_second};
  e.framerate = clock.rate;
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
  clear_av_log();
  const int result = avcodec_open2(&e, codec, nullptr);
  if (result < 0)
    throw Error(ErrorCode::InvalidArgument,
                path.string() + ": the encoder refused " + std::to_string(e.width) + " x " +
                    std::to_string(e.height) + ": " + av_reason(result));
}

void VideoWriter::State::open_file() {
  AVFormatContext* raw = nullptr;
  const std::string url = "file:" + part.string();
  avformat_alloc_output_context2(&raw, nullptr, path.extension() == ".mov" ? "mov" : "mp4", url.c_str());
  output.reset(raw);
  AVStream* stream = output ? avformat_new_stream(output.get(), nullptr) : nullptr;
  if (stream == nullptr || avcodec_parameters_from_context(stream->codecpar, encoder.get()) < 0)
    throw Error(ErrorCode::Unavailable, path.string() + ": out of memory for writing it");
  stream->time_base = encoder->time_base;
  stream->avg_frame_rate = clock.rate;
  output->flags |= AVFMT_FLAG_BITEXACT;  // no version and no date: the same input gives the same bytes
  set_metadata(*output, options);
  clear_av_log();
  int result = avio_open(&output->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (result < 0) fail(result);
  // The index goes to the front, so that a browser can play the clip while it loads.
  AVDictionary* muxer_options = nullptr;
  av_dict_set(&muxer_options, "movflags", "+faststart", 0);
  result = avformat_write_header(output.get(), &muxer_options);
  av_dict_free(&muxer_options);
  if (result < 0) fail(result);
}

void VideoWriter::State::fail(int code) {
  const std::string reason = av_reason(code);
  discard();
  throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + reason);
}

void VideoWriter::State::discard() {
  output.reset();
  if (finished) return;
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
}

void VideoWriter::State::fill_picture(const Image& image) {
  if (av_frame_make_writable(picture.get()) < 0)
    throw Error(ErrorCode::Unavailable, path.string() + ": out of memory for a frame");
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
    if (!scaler) throw Error(ErrorCode::Unavailable, path.string() + ": out of memory for colour conversion");
    const int* bt601 = sws_getCoefficients(SWS_CS_ITU601);
    sws_setColorspaceDetails(scaler.get(), bt601, 1, bt601, 0, 0, 1 << 16, 1 << 16);
  }
  const std::uint8_t* const planes[4] = {whole->pixels.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {whole->width * 3, 0, 0, 0};
  sws_scale(scaler.get(), planes, strides, 0, whole->height, picture->data, picture->linesize);
}

void VideoWriter::State::write(const Image& image, std::int64_t ticks) {
  assert(!finished);
  if (image.width != options.width || image.height != options.height)
    throw Error(ErrorCode::InvalidArgument,
                path.string() + ": expected images of " + std::to_string(options.width) + " x " +
                    std::to_string(options.height) + ", got " + std::to_string(image.width) + " x " +
                    std::to_string(image.height));
  if (!output) throw Error(ErrorCode::Unavailable, path.string() + ": writing it has failed before");
  fill_picture(image);
  picture->pts = ticks;
  clear_av_log();
  const int result = avcodec_send_frame(encoder.get(), picture.get());
  if (result < 0) fail(result);
  drain();
  started = true;
  next_ticks = ticks + clock.ticks_per_frame;
}

// Moves what the encoder has ready into the file.
void VideoWriter::State::drain() {
  for (;;) {
    int result = avcodec_receive_packet(encoder.get(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    if (result < 0) fail(result);
    packet->stream_index = 0;
    packet->duration = clock.ticks_per_frame;  // counts for the last one: the others last until the next
    av_packet_rescale_ts(packet.get(), encoder->time_base, output->streams[0]->time_base);
    result = av_interleaved_write_frame(output.get(), packet.get());
    if (result < 0) fail(result);
    if (output->pb->error < 0) fail(output->pb->error);
  }
}

void VideoWriter::State::finish() {
  assert(!finished);
  if (!output) throw Error(ErrorCode::Unavailable, path.string() + ": writing it has failed before");
  if (!started) throw Error(ErrorCode::InvalidArgument, path.string() + ": a clip needs at least one image");
  clear_av_log();
  int result = avcodec_send_frame(encoder.get(), nullptr);
  if (result < 0) fail(result);
  drain();
  result = av_write_trailer(output.get());
  if (result >= 0) avio_flush(output->pb);
  if (result >= 0 && output->pb->error < 0) result = output->pb->error;
  if (result < 0) fail(result);
  result = avio_closep(&output->pb);
  if (result < 0) fail(result);
  std::error_code failure;
  std::filesystem::rename(part, path, failure);
  if (failure) {
    discard();
    throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + failure.message());
  }
  finished = true;
}

VideoWriter::VideoWriter(const std::filesystem::path& path, const WriteOptions& options)
    : state_(std::make_unique<State>(path, options)) {}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::write(const Image& image) {
  state_->write(image, state_->next_ticks);
}

void VideoWriter::write(const Image& image, double time_s) {
  State& s = *state_;
  if (!(time_s >= 0 && time_s <= 1e6))
    throw Error(ErrorCode::InvalidArgument,
                s.path.string() + ": time of an image: expected 0 to 1e6 s, got " + std::to_string(time_s));
  const std::int64_t ticks = std::llround(time_s * s.clock.ticks_per_second);
  if (s.started && ticks <= s.next_ticks - s.clock.ticks_per_frame)
    throw Error(ErrorCode::InvalidArgument,
                s.path.string() + ": time of an image: expected later than the one before it, got " +
                    std::to_string(time_s));
  s.write(image, ticks);
}

void VideoWriter::finish() {
  state_->finish();
}

}  // namespace kyc
