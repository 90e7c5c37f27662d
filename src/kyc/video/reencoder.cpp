#include "kyc/video/reencoder.h"

#include <cstring>
#include <deque>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "kyc/core/error.h"
#include "kyc/video/conversion.h"
#include "kyc/video/frame_encoder.h"

namespace kyc {
namespace {

const char* const kName = "re-encoding";

// For what the encoder says that it writes.
CodecContextPtr open_decoder_of(const AVCodecContext& encoder) {
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  CodecContextPtr out(codec ? avcodec_alloc_context3(codec) : nullptr);
  AVCodecParameters* parameters = avcodec_parameters_alloc();
  const bool opened = out && parameters && avcodec_parameters_from_context(parameters, &encoder) >= 0 &&
                      avcodec_parameters_to_context(out.get(), parameters) >= 0;
  avcodec_parameters_free(&parameters);
  if (!opened) throw Error(ErrorCode::Unavailable, "re-encoding: this FFmpeg has no decoder of H.264");
  out->thread_count = 1;
  out->pkt_timebase = encoder.time_base;
  clear_av_log();
  const int result = avcodec_open2(out.get(), codec, nullptr);
  if (result < 0)
    throw Error(ErrorCode::Unavailable, "re-encoding: the decoder can not be opened: " + av_reason(result));
  return out;
}

}  // namespace

struct Reencoder::State {
  explicit State(const WriteOptions& wanted)
      : options(wanted), encoder(wanted, kName), decoder(open_decoder_of(encoder.context())) {}

  WriteOptions options;
  FrameEncoder encoder;
  CodecContextPtr decoder;
  PacketPtr packet = make_packet();
  FramePtr decoded = make_frame();
  RgbConverter converter;
  std::deque<Image> ready;
  std::int64_t ticks = 0;

  static void expect(int result) {
    if (result < 0) throw Error(ErrorCode::Unavailable, std::string(kName) + " failed: " + av_reason(result));
  }

  // What the encoder has ready goes to the decoder.
  void move_packets() {
    while (true) {
      const int result = avcodec_receive_packet(&encoder.context(), packet.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
      expect(result);
      expect(avcodec_send_packet(decoder.get(), packet.get()));
      av_packet_unref(packet.get());
      take_frames();
    }
  }

  void take_frames() {
    while (true) {
      const int result = avcodec_receive_frame(decoder.get(), decoded.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
      expect(result);
      Image image;
      converter.convert(*decoded, {}, image);
      ready.push_back(cut(std::move(image)));
    }
  }

  // Odd sizes were filled up to even ones.
  Image cut(Image&& image) const {
    if (image.width == options.width && image.height == options.height) return std::move(image);
    Image out = make_image(options.width, options.height);
    for (int y = 0; y < out.height; ++y)
      std::memcpy(out.row(y), image.row(y), static_cast<std::size_t>(out.width) * 3);
    return out;
  }
};

Reencoder::Reencoder(const WriteOptions& options) : state_(std::make_unique<State>(options)) {}
Reencoder::~Reencoder() = default;
Reencoder::Reencoder(Reencoder&&) noexcept = default;
Reencoder& Reencoder::operator=(Reencoder&&) noexcept = default;

void Reencoder::push(const Image& image) {
  State& s = *state_;
  State::expect(s.encoder.send(image, s.ticks));
  s.ticks += s.encoder.clock().ticks_per_frame;
  s.move_packets();
}

void Reencoder::finish() {
  State& s = *state_;
  State::expect(s.encoder.send_end());
  s.move_packets();
  State::expect(avcodec_send_packet(s.decoder.get(), nullptr));
  s.take_frames();
}

std::optional<Image> Reencoder::pop() {
  State& s = *state_;
  if (s.ready.empty()) return std::nullopt;
  Image out = std::move(s.ready.front());
  s.ready.pop_front();
  return out;
}

}  // namespace kyc
