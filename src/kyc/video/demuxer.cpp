#include "kyc/video/demuxer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

#include "kyc/core/error.h"
#include "kyc/video/ffmpeg.h"

namespace kyc {
namespace {

constexpr int kIoBufferBytes = 1 << 16;
// Opening may read the file about twice (an index at its end, then samples); a hostile one could make it go
// round.
constexpr std::int64_t kOpeningSlackBytes = 64 << 20;
// FFmpeg's demuxers skip damage by themselves; one that fails this often in a row has nothing more to give.
constexpr int kFailuresInRow = 64;

// What cameras, phones, browsers and editors write. Not here: playlists and scripts (hls, dash, concat, imf),
// which open further files; picture sequences; raw streams, which have no time stamps.
constexpr std::array<std::string_view, 9> kContainers = {
    "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "flv", "ogg", "asf", "mxf"};

struct FormatDelete {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct IoDelete {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

// The file behind FFmpeg's reads. We open it, so no name in it or of it is ever interpreted as a protocol.
struct File {
  int descriptor = -1;
  std::int64_t size = 0;
  std::int64_t position = 0;
  std::int64_t budget = 0;  // bytes that may still be read; only counted while opening
  bool opening = true;

  explicit File(const std::filesystem::path& path) {
    std::error_code failure;
    const auto status = std::filesystem::status(path, failure);
    if (!std::filesystem::exists(status)) throw Error(ErrorCode::NotFound, path.string() + ": no such file");
    if (!std::filesystem::is_regular_file(status))
      throw Error(ErrorCode::NotFound, path.string() + ": expected a regular file");
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      throw Error(ErrorCode::NotFound, path.string() + ": cannot be opened: " + std::strerror(errno));
    struct stat facts {};
    if (::fstat(descriptor, &facts) == 0) size = facts.st_size;
    budget = 2 * size + kOpeningSlackBytes;
  }
  ~File() { ::close(descriptor); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

int read_bytes(void* opaque, std::uint8_t* to, int count) {
  auto& file = *static_cast<File*>(opaque);
  if (file.opening && file.budget < 0) return AVERROR(EIO);
  const ssize_t got = ::pread(file.descriptor, to, static_cast<std::size_t>(count), file.position);
  if (got < 0) return AVERROR(errno);
  if (got == 0) return AVERROR_EOF;
  file.position += got;
  file.budget -= got;
  return static_cast<int>(got);
}

std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence) {
  auto& file = *static_cast<File*>(opaque);
  if (whence == AVSEEK_SIZE) return file.size;
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += file.position;
      break;
    case SEEK_END:
      offset += file.size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  return file.position = offset;
}

// Containers may refer to other files (mov's data references do): none is opened.
int refuse_other_files(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

bool is_still_picture(std::string_view format) {
  return format.ends_with("_pipe") || format == "image2" || format == "gif" || format == "apng" ||
         format == "ico";
}

const AVInputFormat* probe(AVIOContext* io, const std::string& name) {
  const AVInputFormat* format = nullptr;
  clear_av_log();
  const int score = av_probe_input_buffer2(io, &format, "", nullptr, 0, 0);
  if (score < 0 || format == nullptr)
    throw Error(ErrorCode::Corrupt, name + ": not a video clip: no known container format");
  const std::string_view found = format->name;
  if (std::find(kContainers.begin(), kContainers.end(), found) != kContainers.end()) return format;
  if (is_still_picture(found))
    throw Error(ErrorCode::Unsupported, name + ": expected a video clip, got a picture file");
  // A weak guess is FFmpeg's answer to text and noise; a strong one names what the file is.
  if (score <= AVPROBE_SCORE_RETRY)
    throw Error(ErrorCode::Corrupt, name + ": not a video clip: no known container format");
  throw Error(ErrorCode::Unsupported,
              name + ": expected a video clip (mp4, mov, webm, mkv, avi, ...), got " +
                  (format->long_name != nullptr ? format->long_name : format->name));
}

void check_size(const AVCodecParameters& parameters, std::uint64_t max_pixels, const std::string& name) {
  const auto width = static_cast<std::uint64_t>(std::max(parameters.width, 0));
  const auto height = static_cast<std::uint64_t>(std::max(parameters.height, 0));
  if (width * height > max_pixels)
    throw Error(ErrorCode::InvalidArgument,
                name + ": frames of " + std::to_string(width) + " x " + std::to_string(height) +
                    " pixels, at most " + std::to_string(max_pixels) + " pixels are read");
}

// As avformat_find_stream_info, which decodes the first frames of streams whose header says too little; those
// decoders get the limit, too.
int find_stream_info(AVFormatContext* format, std::uint64_t max_pixels) {
  const unsigned streams = format->nb_streams;
  std::vector<AVDictionary*> options(streams, nullptr);
  const auto limit = decoder_pixel_limit(max_pixels);
  for (AVDictionary*& option : options) av_dict_set_int(&option, "max_pixels", limit, 0);
  const int result = avformat_find_stream_info(format, options.empty() ? nullptr : options.data());
  for (AVDictionary*& option : options) av_dict_free(&option);
  return result;
}

}  // namespace

struct Demuxer::State {
  State(const std::filesystem::path& path, std::uint64_t max_pixels);

  void open(std::uint64_t max_pixels);
  bool index_reaches_past_end() const;

  std::string name;
  File file;
  std::unique_ptr<AVIOContext, IoDelete> io;
  std::unique_ptr<AVFormatContext, FormatDelete> format;
  AVStream* stream = nullptr;
  bool truncated = false;
  std::int64_t failed_reads = 0;
  std::string failure;
};

Demuxer::State::State(const std::filesystem::path& path, std::uint64_t max_pixels)
    : name(path.string()), file(path) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  io.reset(avio_alloc_context(buffer, kIoBufferBytes, 0, &file, read_bytes, nullptr, seek_bytes));
  format.reset(avformat_alloc_context());
  if (!io || !format) throw Error(ErrorCode::Unavailable, name + ": out of memory for reading it");
  open(max_pixels);
  file.opening = false;
}

void Demuxer::State::open(std::uint64_t max_pixels) {
  const AVInputFormat* container = probe(io.get(), name);
  format->pb = io.get();
  format->io_open = refuse_other_files;
  AVFormatContext* raw = format.release();  // avformat_open_input frees it when it fails
  clear_av_log();
  int result = avformat_open_input(&raw, "", container, nullptr);
  format.reset(raw);
  if (result < 0) throw Error(ErrorCode::Corrupt, name + ": damaged clip: " + av_reason(result));

  for (unsigned i = 0; i < format->nb_streams; ++i)
    if (format->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
      check_size(*format->streams[i]->codecpar, max_pixels, name);
  result = find_stream_info(format.get(), max_pixels);
  if (result < 0) throw Error(ErrorCode::Corrupt, name + ": damaged clip: " + av_reason(result));

  const int best = av_find_best_stream(format.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0) throw Error(ErrorCode::Corrupt, name + ": no video stream in it");
  stream = format->streams[best];
  if ((stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
    throw Error(ErrorCode::Corrupt, name + ": no video stream in it, only a cover picture");
  check_size(*stream->codecpar, max_pixels, name);
  for (unsigned i = 0; i < format->nb_streams; ++i)
    if (static_cast<int>(i) != best) format->streams[i]->discard = AVDISCARD_ALL;
}

bool Demuxer::State::index_reaches_past_end() const {
  const int entries = avformat_index_get_entries_count(stream);
  for (int i = entries - 1; i >= 0; --i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    if (entry != nullptr && entry->pos + entry->size > file.size) return true;
  }
  return false;
}

Demuxer::Demuxer(const std::filesystem::path& path, std::uint64_t max_pixels) {
  prepare_ffmpeg();
  state_ = std::make_unique<State>(path, max_pixels);
}

Demuxer::~Demuxer() = default;

AVFormatContext* Demuxer::format() const {
  return state_->format.get();
}
AVStream* Demuxer::stream() const {
  return state_->stream;
}

bool Demuxer::read(AVPacket* packet) {
  State& s = *state_;
  clear_av_log();
  for (int failures = 0; failures < kFailuresInRow;) {
    av_packet_unref(packet);
    const int result = av_read_frame(s.format.get(), packet);
    if (result == AVERROR_EOF) break;
    if (result < 0) {
      ++failures;
      if (result == AVERROR(EAGAIN)) continue;
      ++s.failed_reads;
      s.failure = av_reason(result);
      continue;
    }
    if (packet->stream_index != s.stream->index) continue;
    if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(s.io.get()) != 0) {
      s.truncated = true;
      continue;
    }
    return true;
  }
  av_packet_unref(packet);
  s.truncated = s.truncated || s.index_reaches_past_end();
  return false;
}

bool Demuxer::seek(std::int64_t timestamp) {
  return av_seek_frame(state_->format.get(), state_->stream->index, timestamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

bool Demuxer::truncated() const {
  return state_->truncated;
}
std::int64_t Demuxer::failed_reads() const {
  return state_->failed_reads;
}
const std::string& Demuxer::failure() const {
  return state_->failure;
}

}  // namespace kyc
