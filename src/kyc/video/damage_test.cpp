// VideoReader on files that are no clips, and on clips that are cut or damaged.
#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/video/clips_test.h"

namespace kyc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Bytes = std::vector<std::uint8_t>;

constexpr int kFrames = 60;

// What reading `path` to its end gives: the frames by their time, and the damage; or the failure to open it.
struct Reading {
  std::map<double, Image> frames;
  VideoReader::Damage damage;
  std::optional<Failure> failure;
};

Reading read_damaged(const std::filesystem::path& path) {
  Reading reading;
  reading.failure = failure_of([&] {
    VideoReader reader(path);
    double time = -1;
    std::int64_t index = 0;
    for (Frame frame; reader.next(frame); ++index) {
      EXPECT_EQ(frame.index, index);
      EXPECT_GT(frame.time_s, time);
      time = frame.time_s;
      reading.frames[frame.time_s] = frame.image;
    }
    reading.damage = reader.damage();
  });
  return reading;
}

class DamagedClip : public testing::Test {
 protected:
  DamagedClip() {
    WriteOptions options = options_for(numbered_picture(0));
    options.gop = 12;
    options.preset = "medium";
    write_numbered_clip(scratch / "sound.mp4", kFrames, options);
    sound = read_file(scratch / "sound.mp4");
    frames = read_damaged(scratch / "sound.mp4").frames;
    const std::string tag = "mdat";
    data_start = static_cast<std::size_t>(std::search(sound.begin(), sound.end(), tag.begin(), tag.end()) -
                                          sound.begin()) +
                 4;
  }

  Scratch scratch;
  Bytes sound;
  std::map<double, Image> frames;
  std::size_t data_start = 0;
};

TEST_F(DamagedClip, GivesTheFramesBeforeTheCut) {
  ASSERT_EQ(frames.size(), static_cast<std::size_t>(kFrames));
  std::size_t most = 0;
  int delivered = 0;
  for (std::size_t length = data_start; length < sound.size(); length += (sound.size() - data_start) / 40) {
    const auto path = scratch / "cut.mp4";
    write_file(path, std::span(sound).first(length));
    const Reading reading = read_damaged(path);
    if (reading.failure) {
      EXPECT_EQ(reading.failure->code, ErrorCode::Corrupt);
      EXPECT_THAT(reading.failure->message, StartsWith(path.string() + ": "));
      EXPECT_EQ(delivered, 0) << "once one frame is there, longer files have it, too";
      continue;
    }
    ++delivered;
    EXPECT_TRUE(reading.damage.truncated) << length;
    EXPECT_THAT(reading.damage.message, HasSubstr("cut.mp4: the file is cut"));
    EXPECT_GE(reading.frames.size(), most);
    EXPECT_LT(reading.frames.size(), frames.size());
    most = reading.frames.size();
    for (const auto& [time, image] : reading.frames)
      EXPECT_EQ(image, frames.at(time)) << length << " " << time;
  }
  EXPECT_GT(delivered, 30);
  EXPECT_GT(most, 50u);
}

TEST_F(DamagedClip, IsNoClipWithoutItsIndex) {
  for (std::size_t length = 0; length < data_start; length += 7) {
    const auto path = scratch / "cut.mp4";
    write_file(path, std::span(sound).first(length));
    const Reading reading = read_damaged(path);
    ASSERT_TRUE(reading.failure) << length;
    EXPECT_EQ(reading.failure->code, ErrorCode::Corrupt) << reading.failure->message;
    EXPECT_THAT(reading.failure->message, StartsWith(path.string() + ": "));
  }
}

TEST_F(DamagedClip, SeeksInWhatIsLeft) {
  write_file(scratch / "cut.mp4", std::span(sound).first(data_start + (sound.size() - data_start) / 2));
  const auto left = read_all(scratch / "cut.mp4");
  ASSERT_GT(left.size(), 10u);
  VideoReader reader(scratch / "cut.mp4");
  Frame frame;
  for (std::size_t i = left.size(); i-- > 0;) {
    reader.seek(static_cast<std::int64_t>(i));
    ASSERT_TRUE(reader.next(frame));
    EXPECT_EQ(frame.image, left[i].image) << i;
  }
  EXPECT_TRUE(failure_of([&] { reader.seek(static_cast<std::int64_t>(left.size())); }));
}

TEST_F(DamagedClip, SurvivesFlippedBitsAndCountsThem) {
  std::mt19937 random(5);
  int counted = 0;
  for (int round = 0; round < 60; ++round) {
    Bytes bytes = sound;
    const std::size_t from = round % 3 == 0 ? 0 : data_start;  // a third of them in the index, too
    for (int flips = 0; flips < 1 + round; ++flips)
      bytes[from + random() % (bytes.size() - from)] ^= static_cast<std::uint8_t>(1u << random() % 8);
    const auto path = scratch / "flipped.mp4";
    write_file(path, bytes);
    const auto failure = failure_of([&] {
      VideoReader reader(path);
      std::int64_t index = 0;
      for (Frame frame; reader.next(frame); ++index) EXPECT_EQ(frame.index, index);
      EXPECT_LE(index, 4 * kFrames);
      const VideoReader::Damage damage = reader.damage();
      EXPECT_EQ(damage.packets > 0 || damage.truncated, !damage.message.empty()) << damage.message;
      if (!damage.message.empty()) {
        EXPECT_THAT(damage.message, StartsWith(path.string() + ": "));
      }
      counted += damage.packets > 0 ? 1 : 0;
      for (const std::int64_t i : {index / 2, std::int64_t{0}})
        if (i < index) failure_of([&] { reader.seek(i); });
    });
    if (failure) {
      EXPECT_THAT(failure->message, StartsWith(path.string() + ": "));
    }
  }
  EXPECT_GT(counted, 25);
}

TEST_F(DamagedClip, DecodesSoundPacketsAfterADamagedOne) {
  Bytes bytes = sound;
  const std::size_t third = data_start + (bytes.size() - data_start) / 3;
  std::mt19937 random(6);
  for (std::size_t i = third; i < third + 300; ++i) bytes[i] = static_cast<std::uint8_t>(random());
  write_file(scratch / "hole.mp4", bytes);
  const Reading reading = read_damaged(scratch / "hole.mp4");
  ASSERT_FALSE(reading.failure);
  EXPECT_GE(reading.damage.packets, 1);
  EXPECT_FALSE(reading.damage.truncated);
  EXPECT_GT(reading.frames.size(), 40u);
  std::size_t same = 0;
  for (const auto& [time, image] : reading.frames) same += frames.at(time) == image ? 1 : 0;
  EXPECT_GT(same, 35u);  // all but one group of 12 frames, or two
}

struct NoClip {
  std::string name;
  ErrorCode code;
  std::string part_of_message;
};

TEST(VideoReaderOnOtherFiles, SaysWhatTheyAre) {
  const Scratch scratch;
  const std::filesystem::path target = scratch / "target.mp4";
  write_numbered_clip(target, 3);
  std::mt19937 random(7);
  Bytes noise(50000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  write_file(scratch / "noise.mp4", noise);
  const std::string start =
      "\0\0\0\x18"
      "ftypisom";
  Bytes dressed(start.begin(), start.end());
  dressed.insert(dressed.end(), noise.begin(), noise.end());
  write_file(scratch / "dressed.mp4", dressed);
  write_file(scratch / "zeros.mp4", Bytes(100000));
  write_text_file(scratch / "empty.mp4", "");
  write_text_file(scratch / "text.mp4", "This is not a clip.\nIt is a text.\n");
  write_text_file(scratch / "list.m3u8",
                  "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\ntarget.mp4\n#EXT-X-ENDLIST\n");
  write_text_file(
      scratch / "list.mp4",
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:" + target.string() + "\n#EXT-X-ENDLIST\n");
  write_text_file(scratch / "concat.mp4", "ffconcat version 1.0\nfile 'target.mp4'\n");
  write_text_file(scratch / "page.sdp",
                  "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n");
  write_file(scratch / "photo.jpg", encode_jpeg(numbered_picture(1)));
  write_file(scratch / "photo.mp4", encode_png(numbered_picture(1)));
  write_file(scratch / "photo_%d.png", encode_png(numbered_picture(1)));
  std::filesystem::create_directory(scratch / "folder.mp4");

  testing::internal::CaptureStderr();
  for (const NoClip& no_clip : {NoClip{"missing.mp4", ErrorCode::NotFound, "no such file"},
                                NoClip{"folder.mp4", ErrorCode::NotFound, "expected a regular file"},
                                NoClip{"empty.mp4", ErrorCode::Corrupt, "not a video clip"},
                                NoClip{"text.mp4", ErrorCode::Corrupt, "not a video clip"},
                                NoClip{"noise.mp4", ErrorCode::Corrupt, ""},
                                NoClip{"dressed.mp4", ErrorCode::Corrupt, ""},
                                NoClip{"zeros.mp4", ErrorCode::Corrupt, ""},
                                NoClip{"list.m3u8", ErrorCode::Unsupported, "expected a video clip"},
                                NoClip{"list.mp4", ErrorCode::Unsupported, "expected a video clip"},
                                NoClip{"concat.mp4", ErrorCode::Unsupported, "expected a video clip"},
                                NoClip{"page.sdp", ErrorCode::Unsupported, "expected a video clip"},
                                NoClip{"photo.jpg", ErrorCode::Unsupported, "got a picture file"},
                                NoClip{"photo.mp4", ErrorCode::Unsupported, "got a picture file"},
                                NoClip{"photo_%d.png", ErrorCode::Unsupported, "got a picture file"}}) {
    const auto failure = failure_of([&] { VideoReader reader(scratch / no_clip.name); });
    ASSERT_TRUE(failure) << no_clip.name;
    EXPECT_EQ(failure->code, no_clip.code) << failure->message;
    EXPECT_THAT(failure->message, StartsWith((scratch / no_clip.name).string() + ": "));
    EXPECT_THAT(failure->message, HasSubstr(no_clip.part_of_message));
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(failure_of([] { VideoReader reader("concat:a.mp4|b.mp4"); })->code, ErrorCode::NotFound);
  EXPECT_EQ(failure_of([] { VideoReader reader("http://localhost/a.mp4"); })->code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace kyc
