#include "kyc/video/reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "kyc/core/error.h"
#include "kyc/video/conversion.h"
#include "kyc/video/demuxer.h"
#include "kyc/video/ffmpeg.h"
#include "kyc/video/packet_index.h"

namespace kyc {
namespace {

constexpr int kLargestThreadCount = 64;
constexpr std::int64_t kNear = 8;        // frames: decoding these is cheaper than looking for a start
constexpr std::size_t kStartsTried = 4;  // then from the first frame on

CodecContextPtr open_decoder(const AVStream& stream, const ReadOptions& options, const std::string& name) {
  const AVCodecParameters& parameters = *stream.codecpar;
  if (parameters.codec_id == AV_CODEC_ID_NONE)
    throw Error(ErrorCode::Corrupt, name + ": damaged clip: it does not say how its video is coded");
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr)
    throw Error(ErrorCode::Unsupported, name + ": no decoder for " + avcodec_get_name(parameters.codec_id));
  CodecContextPtr context(avcodec_alloc_context3(codec));
  if (!context || avcodec_parameters_to_context(context.get(), &parameters) < 0)
    throw Error(ErrorCode::Unavailable, name + ": out of memory for its decoder");
  context->pkt_timebase = stream.time_base;
  context->thread_count = options.threads;
  context->max_pixels = decoder_pixel_limit(options.max_pixels);
  clear_av_log();
  const int result = avcodec_open2(context.get(), codec, nullptr);
  if (result < 0) throw Error(ErrorCode::Corrupt, name + ": damaged clip: " + av_reason(result));
  return context;
}

Orientation stated_orientation(const AVStream& stream) {
  const std::uint8_t* data = nullptr;
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData* side = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  if (side != nullptr && side->size >= sizeof(std::int32_t) * 9) data = side->data;
#else
  std::size_t size = 0;
  data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (size < sizeof(std::int32_t) * 9) data = nullptr;
#endif
  if (data == nullptr) return {};
  std::array<std::int32_t, 9> matrix{};
  std::memcpy(matrix.data(), data, sizeof matrix);
  return orientation_of(matrix);
}

double as_double(AVRational value) {
  return value.num > 0 && value.den > 0 ? av_q2d(value) : 0;
}

}  // namespace

struct VideoReader::State {
  State(const std::filesystem::path& path, const ReadOptions& options);

  void describe(const AVFrame& first);
  int send_packet();
  bool fits(const AVFrame& frame);
  bool decode_next();
  bool advance();
  void restart();
  bool jump_to(const IndexedPacket& start);
  bool decode_up_to(std::int64_t target);
  bool seek_by_index(std::int64_t index);
  bool seek_forward(std::int64_t index);
  void note_damage(std::int64_t packet, const std::string& reason);
  void note_end();
  std::int64_t time_of(const AVFrame& decoded) const;

  std::filesystem::path path;
  std::string name;
  ReadOptions options;
  std::unique_ptr<Demuxer> demuxer;
  CodecContextPtr decoder;
  RgbConverter converter;
  PacketPtr packet = make_packet();
  FramePtr decoded = make_frame();
  Orientation orientation;
  VideoInfo info;
  Damage damage;
  std::set<std::int64_t> damaged;  // packets already counted, by decoding time: seeking reads some twice

  bool draining = false;
  bool held = false;          // `decoded` is the frame of `position`, not delivered yet
  std::int64_t position = 0;  // index of the next frame
  std::int64_t time = 0;      // of the last decoded frame, ticks of the stream
  std::int64_t first_time = 0;
  std::optional<std::int64_t> wanted;  // while seeking: frames before this time are not delivered
  std::vector<std::int64_t> times;     // of the frames decoded from the start on, ticks of the stream
  std::optional<PacketIndex> index;
};

VideoReader::State::State(const std::filesystem::path& file, const ReadOptions& given)
    : path(file), name(file.string()), options(given) {
  if (options.threads < 1 || options.threads > kLargestThreadCount)
    throw Error(ErrorCode::InvalidArgument,
                "decoder threads: expected 1 to " + std::to_string(kLargestThreadCount) + ", got " +
                    std::to_string(options.threads));
  demuxer = std::make_unique<Demuxer>(path, options.max_pixels);
  decoder = open_decoder(*demuxer->stream(), options, name);
  orientation = stated_orientation(*demuxer->stream());
  if (!decode_next()) {
    throw Error(ErrorCode::Corrupt,
                name + ": no frame in it can be decoded" +
                    (damage.message.empty() ? "" : damage.message.substr(name.size())));
  }
  held = true;
  first_time = time;
  times.push_back(time);
  describe(*decoded);
}

void VideoReader::State::describe(const AVFrame& first) {
  const AVFormatContext& format = *demuxer->format();
  const AVStream& stream = *demuxer->stream();
  info.width = orientation.transpose ? first.height : first.width;
  info.height = orientation.transpose ? first.width : first.height;
  info.frame_rate = as_double(stream.avg_frame_rate);
  if (info.frame_rate == 0) info.frame_rate = as_double(stream.r_frame_rate);
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0)
    info.duration_s = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  else if (format.duration != AV_NOPTS_VALUE && format.duration > 0)
    info.duration_s = static_cast<double>(format.duration) / AV_TIME_BASE;
  if (stream.nb_frames > 0) info.frame_count = stream.nb_frames;
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  info.container = format.iformat->name;
}

// A frame without any time stamp follows the one before it at the stated rate.
std::int64_t VideoReader::State::time_of(const AVFrame& frame) const {
  if (frame.best_effort_timestamp != AV_NOPTS_VALUE) return frame.best_effort_timestamp;
  const AVStream& stream = *demuxer->stream();
  const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : AVRational{25, 1};
  return time + std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(rate), stream.time_base));
}

void VideoReader::State::note_damage(std::int64_t at, const std::string& reason) {
  if (!damaged.insert(at).second) return;
  ++damage.packets;
  if (damage.message.empty()) damage.message = name + ": damaged data: " + reason;
}

void VideoReader::State::note_end() {
  if (demuxer->failed_reads() > 0 && damage.message.empty())
    damage.message = name + ": damaged data: " + demuxer->failure();
  if (!demuxer->truncated()) return;
  damage.truncated = true;
  damage.message = name + ": the file is cut: it ends before the data that its index names";
}

// The size may change in the middle of a clip.
bool VideoReader::State::fits(const AVFrame& frame) {
  const auto width = static_cast<std::uint64_t>(frame.width);
  const auto height = static_cast<std::uint64_t>(frame.height);
  if (width * height <= options.max_pixels) return true;
  note_damage(frame.pkt_dts,
              "a frame of " + std::to_string(width) + " x " + std::to_string(height) + " pixels");
  return false;
}

// Frames that are presented before the wanted one, and that no other refers to, are not worth decoding.
int VideoReader::State::send_packet() {
  const bool skippable = wanted && packet->pts != AV_NOPTS_VALUE && packet->pts < *wanted;
  decoder->skip_frame = skippable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
  return avcodec_send_packet(decoder.get(), packet.get());
}

// The next frame of the stream, in presentation order, into `decoded`; its time into `time`.
bool VideoReader::State::decode_next() {
  for (;;) {
    clear_av_log();
    const int result = avcodec_receive_frame(decoder.get(), decoded.get());
    if (result == 0) {
      if (!fits(*decoded)) continue;
      time = time_of(*decoded);
      if (decoded->decode_error_flags != 0 || (decoded->flags & AV_FRAME_FLAG_CORRUPT) != 0)
        note_damage(decoded->pkt_dts, "a frame is incomplete");
      return true;
    }
    if (result == AVERROR_EOF) return false;
    if (result != AVERROR(EAGAIN)) {
      note_damage(packet->dts, av_reason(result));
      continue;
    }
    if (draining) return false;
    if (!demuxer->read(packet.get())) {
      note_end();
      draining = true;
      avcodec_send_packet(decoder.get(), nullptr);
      continue;
    }
    const int sent = send_packet();
    if (sent < 0 && sent != AVERROR(EAGAIN)) note_damage(packet->dts, av_reason(sent));
  }
}

// Makes the frame of `position` the held one.
bool VideoReader::State::advance() {
  if (held) return true;
  if (!decode_next()) return false;
  held = true;
  if (position == static_cast<std::int64_t>(times.size())) times.push_back(time);
  return true;
}

void VideoReader::State::restart() {
  demuxer = std::make_unique<Demuxer>(path, options.max_pixels);
  avcodec_flush_buffers(decoder.get());
  draining = false;
  held = false;
  position = 0;
}

VideoReader::VideoReader(const std::filesystem::path& path, const ReadOptions& options)
    : state_(std::make_unique<State>(path, options)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoInfo& VideoReader::info() const {
  return state_->info;
}
const VideoReader::Damage& VideoReader::damage() const {
  return state_->damage;
}

bool VideoReader::next(Frame& frame) {
  State& s = *state_;
  if (!s.advance()) return false;
  const AVRational base = s.demuxer->stream()->time_base;
  frame.index = s.position;
  frame.time_s = static_cast<double>((s.time - s.first_time) * base.num) / base.den;
  s.converter.convert(*s.decoded, s.orientation, frame.image);
  av_frame_unref(s.decoded.get());
  s.held = false;
  ++s.position;
  return true;
}

// The next packet given to the decoder is `start`.
bool VideoReader::State::jump_to(const IndexedPacket& start) {
  if (!demuxer->seek(start.dts)) return false;
  avcodec_flush_buffers(decoder.get());
  draining = false;
  held = false;
  while (demuxer->read(packet.get())) {
    if (packet->pts == start.pts && packet->pos == start.position) return send_packet() >= 0;
    if (packet->dts != AV_NOPTS_VALUE && packet->dts > start.dts) return false;
  }
  return false;
}

// Decodes on until the frame presented at `target` is the held one.
// returns  false if there is none
bool VideoReader::State::decode_up_to(std::int64_t target) {
  held = false;
  wanted = target;
  bool found = false;
  while (!found && decode_next() && time <= target) found = time == target;
  wanted.reset();
  return held = found;
}

// returns  false if the times of the packets can not be believed
bool VideoReader::State::seek_by_index(std::int64_t target) {
  if (!index) index = scan_packets(path, options.max_pixels);
  // What was decoded from the start on is the truth; packets that give no frame, or two, would shift the
  // count.
  const std::size_t known = std::min(times.size(), index->times.size());
  if (!index->complete ||
      !std::equal(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(known), index->times.begin()))
    return false;
  if (target >= static_cast<std::int64_t>(index->times.size()))
    throw Error(
        ErrorCode::InvalidArgument,
        name + ": no frame " + std::to_string(target) + ", it has " + std::to_string(index->times.size()));
  const std::int64_t target_time = index->times[static_cast<std::size_t>(target)];
  const std::vector<std::size_t> starts = index->starts_for(target_time);
  const bool no_start_between = !starts.empty() && index->packets[starts.front()].pts <= time;
  bool found = target > position && no_start_between && decode_up_to(target_time);
  for (std::size_t i = 0; !found && i < std::min(starts.size(), kStartsTried); ++i)
    found = jump_to(index->packets[starts[i]]) && decode_up_to(target_time);
  if (found) {
    position = target;
    return true;
  }
  restart();
  return false;
}

// returns  false if there is no such frame
bool VideoReader::State::seek_forward(std::int64_t target) {
  while (position < target && advance()) {
    held = false;
    ++position;
  }
  return advance();
}

void VideoReader::seek(std::int64_t index) {
  State& s = *state_;
  if (index < 0) throw Error(ErrorCode::InvalidArgument, s.name + ": no frame " + std::to_string(index));
  const bool near = index >= s.position && index - s.position <= kNear;
  if (near ? s.seek_forward(index) : s.seek_by_index(index)) return;
  if (index < s.position) s.restart();
  if (!s.seek_forward(index))
    throw Error(ErrorCode::InvalidArgument,
                s.name + ": no frame " + std::to_string(index) + ", it has " + std::to_string(s.position));
}

}  // namespace kyc
