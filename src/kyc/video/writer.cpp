#include "kyc/video/writer.h"

#include <cassert>
#include <cmath>
#include <system_error>

#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "kyc/core/error.h"
#include "kyc/video/ffmpeg.h"
#include "kyc/video/frame_encoder.h"

namespace kyc {
namespace {

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

// Checks before anything is opened.
const std::filesystem::path& checked(const std::filesystem::path& path, const WriteOptions& options) {
  check(options);
  if (path.extension() != ".mp4" && path.extension() != ".mov")
    throw Error(ErrorCode::Unsupported, path.string() + ": clips are written as .mp4 or .mov");
  return path;
}

}  // namespace

struct VideoWriter::State {
  State(const std::filesystem::path& path, const WriteOptions& options);
  ~State() { discard(); }

  void open_file();
  void write(const Image& image, std::int64_t ticks);
  void drain();
  void finish();
  void discard();
  [[noreturn]] void fail(int code);

  std::filesystem::path path;
  std::filesystem::path part;
  WriteOptions options;
  FrameEncoder encoder;
  ClipClock clock;
  OutputPtr output;
  PacketPtr packet = make_packet();
  std::int64_t next_ticks = 0;
  bool started = false;
  bool finished = false;
};

VideoWriter::State::State(const std::filesystem::path& file, const WriteOptions& wanted)
    : path(checked(file, wanted)),
      part(file.string() + ".part" + std::to_string(::getpid())),
      options(wanted),
      encoder(wanted, file.string()),
      clock(encoder.clock()) {
  open_file();
}

void VideoWriter::State::open_file() {
  AVFormatContext* raw = nullptr;
  const std::string url = "file:" + part.string();
  avformat_alloc_output_context2(&raw, nullptr, path.extension() == ".mov" ? "mov" : "mp4", url.c_str());
  output.reset(raw);
  AVStream* stream = output ? avformat_new_stream(output.get(), nullptr) : nullptr;
  if (stream == nullptr || avcodec_parameters_from_context(stream->codecpar, &encoder.context()) < 0)
    throw Error(ErrorCode::Unavailable, path.string() + ": out of memory for writing it");
  stream->time_base = encoder.context().time_base;
  stream->avg_frame_rate = {clock.rate_numerator, clock.rate_denominator};
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

void VideoWriter::State::write(const Image& image, std::int64_t ticks) {
  assert(!finished);
  if (!output) throw Error(ErrorCode::Unavailable, path.string() + ": writing it has failed before");
  const int result = encoder.send(image, ticks);
  if (result < 0) fail(result);
  drain();
  started = true;
  next_ticks = ticks + clock.ticks_per_frame;
}

// Moves what the encoder has ready into the file.
void VideoWriter::State::drain() {
  for (;;) {
    int result = avcodec_receive_packet(&encoder.context(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    if (result < 0) fail(result);
    packet->stream_index = 0;
    packet->duration = clock.ticks_per_frame;  // counts for the last one: the others last until the next
    av_packet_rescale_ts(packet.get(), encoder.context().time_base, output->streams[0]->time_base);
    result = av_interleaved_write_frame(output.get(), packet.get());
    if (result < 0) fail(result);
    if (output->pb->error < 0) fail(output->pb->error);
  }
}

void VideoWriter::State::finish() {
  assert(!finished);
  if (!output) throw Error(ErrorCode::Unavailable, path.string() + ": writing it has failed before");
  if (!started) throw Error(ErrorCode::InvalidArgument, path.string() + ": a clip needs at least one image");
  int result = encoder.send_end();
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
