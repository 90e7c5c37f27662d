// What browsers record: WebM (VP8, VP9) as MediaRecorder writes it, into a stream, with clusters of unknown
// size, no duration, no index, and frames whenever the camera had one.

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include "kyc/video/clips_test.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

// Milliseconds of the frames: 30 a second with the gaps and jitter of a busy browser.
std::vector<int> uneven_times(int count) {
  std::vector<int> out;
  int at = 0;
  for (int i = 0; i < count; ++i) {
    out.push_back(at);
    at += i % 17 == 16 ? 180 : 28 + i * 7 % 11;
  }
  return out;
}

int write_to(void* file, std::uint8_t* bytes, int count) {
  static_cast<std::ofstream*>(file)->write(reinterpret_cast<const char*>(bytes), count);
  return count;
}

// Everything libav allocates for one clip.
struct Encoding {
  AVCodecContext* codec = nullptr;
  AVFormatContext* format = nullptr;
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  ~Encoding() {
    av_packet_free(&packet);
    av_frame_free(&frame);
    avcodec_free_context(&codec);
    if (format != nullptr) {
      av_freep(&format->pb->buffer);
      avio_context_free(&format->pb);
      avformat_free_context(format);
    }
  }
};

void fill(AVFrame* frame, const Image& image) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* pixel = image.row(y) + 3 * x;
      frame->data[0][y * frame->linesize[0] + x] = pixel[1];
    }
  for (int plane = 1; plane < 3; ++plane)
    for (int y = 0; y < image.height / 2; ++y)
      std::fill_n(frame->data[plane] + y * frame->linesize[plane], image.width / 2, std::uint8_t{128});
}

void drain(Encoding& encoding) {
  while (avcodec_receive_packet(encoding.codec, encoding.packet) == 0) {
    av_packet_rescale_ts(encoding.packet, encoding.codec->time_base, encoding.format->streams[0]->time_base);
    ASSERT_EQ(av_interleaved_write_frame(encoding.format, encoding.packet), 0);
  }
}

// returns  false: this FFmpeg has no such encoder
bool write_as_a_browser(const std::filesystem::path& path,
                        const char* encoder,
                        const std::vector<int>& times) {
  const AVCodec* codec = avcodec_find_encoder_by_name(encoder);
  if (codec == nullptr) return false;
  Encoding encoding;
  encoding.codec = avcodec_alloc_context3(codec);
  encoding.codec->width = 160;
  encoding.codec->height = 96;
  encoding.codec->pix_fmt = AV_PIX_FMT_YUV420P;
  encoding.codec->time_base = {1, 1000};
  encoding.codec->bit_rate = 2'000'000;
  av_opt_set(encoding.codec->priv_data, "deadline", "realtime", 0);
  av_opt_set(encoding.codec->priv_data, "lag-in-frames", "0", 0);
  if (avcodec_open2(encoding.codec, codec, nullptr) < 0) return false;

  std::ofstream file(path, std::ios::binary);
  avformat_alloc_output_context2(&encoding.format, nullptr, "webm", nullptr);
  constexpr int kBuffer = 1 << 14;
  encoding.format->pb = avio_alloc_context(
      static_cast<unsigned char*>(av_malloc(kBuffer)), kBuffer, 1, &file, nullptr, write_to, nullptr);
  encoding.format->pb->seekable = 0;  // a stream: nothing is filled in afterwards
  AVStream* stream = avformat_new_stream(encoding.format, nullptr);
  avcodec_parameters_from_context(stream->codecpar, encoding.codec);
  stream->time_base = {1, 1000};
  AVDictionary* options = nullptr;
  av_dict_set(&options, "live", "1", 0);
  EXPECT_GE(avformat_write_header(encoding.format, &options), 0);
  av_dict_free(&options);

  encoding.frame->format = AV_PIX_FMT_YUV420P;
  encoding.frame->width = 160;
  encoding.frame->height = 96;
  for (std::size_t i = 0; i < times.size(); ++i) {
    av_frame_unref(encoding.frame);
    encoding.frame->format = AV_PIX_FMT_YUV420P;
    encoding.frame->width = 160;
    encoding.frame->height = 96;
    EXPECT_EQ(av_frame_get_buffer(encoding.frame, 0), 0);
    fill(encoding.frame, numbered_picture(static_cast<int>(i)));
    encoding.frame->pts = times[i];
    EXPECT_EQ(avcodec_send_frame(encoding.codec, encoding.frame), 0);
    drain(encoding);
  }
  avcodec_send_frame(encoding.codec, nullptr);
  drain(encoding);
  av_write_trailer(encoding.format);
  avio_flush(encoding.format->pb);
  return true;
}

class RecordedByABrowser : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!write_as_a_browser(path_, GetParam(), times_))
      GTEST_SKIP() << "this FFmpeg has no encoder " << GetParam();
  }

  Scratch scratch_;
  std::filesystem::path path_ = scratch_ / "recorded.webm";
  std::vector<int> times_ = uneven_times(90);
};

TEST_P(RecordedByABrowser, HasNoDurationInItsHeader) {
  // A player that trusted the header would find nothing: what is here does not.
  const VideoReader reader(path_);
  EXPECT_EQ(reader.info().duration_s, 0);
  EXPECT_EQ(reader.info().container, "matroska,webm");
  EXPECT_EQ(reader.info().width, 160);
}

TEST_P(RecordedByABrowser, IsReadFrameByFrameAtItsOwnTimes) {
  const std::vector<Frame> frames = read_all(path_);
  ASSERT_EQ(frames.size(), times_.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].index, static_cast<std::int64_t>(i));
    EXPECT_NEAR(frames[i].time_s, times_[i] / 1000.0, 1e-6) << i;
    EXPECT_EQ(number_in(frames[i].image), static_cast<int>(i));
  }
}

TEST_P(RecordedByABrowser, ReportsNoDamageAndFindsAFrameAgain) {
  VideoReader reader(path_);
  Frame frame;
  while (reader.next(frame)) {
  }
  EXPECT_EQ(reader.damage().message, "");
  reader.seek(41);
  ASSERT_TRUE(reader.next(frame));
  EXPECT_EQ(number_in(frame.image), 41);
  EXPECT_NEAR(frame.time_s, times_[41] / 1000.0, 1e-6);
}

TEST_P(RecordedByABrowser, IsSampledByTimeNotByCount) {
  VideoReader reader(path_);
  FrameSampler sampler(reader, 10);
  double last = -1;
  int count = 0;
  for (Frame frame; sampler.next(frame); ++count) {
    // Half a turn at the least, also after a gap.
    if (last >= 0) {
      EXPECT_GE(frame.time_s - last, 0.0495);
    }
    last = frame.time_s;
  }
  EXPECT_LE(count, times_.back() / 100 + 1);
  EXPECT_GE(count, times_.back() * 8 / 1000);  // a turn and a half is lost at each of the five gaps
}

INSTANTIATE_TEST_SUITE_P(, RecordedByABrowser, testing::Values("libvpx", "libvpx-vp9"), [](const auto& each) {
  return std::string(each.param) == "libvpx" ? "Vp8" : "Vp9";
});

}  // namespace
}  // namespace kyc
