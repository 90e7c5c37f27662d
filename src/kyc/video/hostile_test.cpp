// VideoReader on clips that a person with a hex editor made: sample tables that lie, frames that change their
// size.
#include <algorithm>
#include <chrono>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/video/clips_test.h"

namespace kyc {
namespace {

using FileBytes = std::vector<std::uint8_t>;

// ---- MP4 whose tables lie

// Where the four letters of the box stand; the end if there is no such box.
std::size_t box_at(const FileBytes& file, const std::string& name, std::size_t from = 0) {
  const auto place =
      std::search(file.begin() + static_cast<std::ptrdiff_t>(from), file.end(), name.begin(), name.end());
  return static_cast<std::size_t>(place - file.begin());
}

void put_big_endian(FileBytes& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) file.at(at + i) = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Reads all that can be read; what went wrong is an Error that names the file, or a count in damage().
std::int64_t frames_of(const std::filesystem::path& path) {
  std::int64_t frames = 0;
  const auto failure = failure_of([&] {
    VideoReader reader(path);
    for (Frame frame; reader.next(frame);) {
      EXPECT_EQ(frame.image.pixels.size(),
                static_cast<std::size_t>(frame.image.width) * frame.image.height * 3);
      if (++frames > 1000) break;
    }
  });
  if (failure) {
    EXPECT_THAT(failure->message, testing::StartsWith(path.string() + ": "));
  }
  return frames;
}

TEST(VideoReaderOnLyingTables, EndsSoonWithAMessageOrWithFewerFrames) {
  const Scratch scratch;
  constexpr int kSoundFrames = 30;
  write_numbered_clip(scratch / "sound.mp4", kSoundFrames);
  const FileBytes sound = read_file(scratch / "sound.mp4");
  ASSERT_EQ(frames_of(scratch / "sound.mp4"), kSoundFrames);
  // The counts of entries, and the first entries behind them: 4 bytes of version and flags come first.
  for (const char* table : {"stts", "stsz", "stsc", "stco", "stss", "ctts", "elst"}) {
    const std::size_t box = box_at(sound, table);
    if (box == sound.size()) continue;
    for (const std::size_t field : {std::size_t{8}, std::size_t{12}, std::size_t{16}, std::size_t{20}})
      for (const std::uint32_t value : {0U, 1U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
        FileBytes lying = sound;
        put_big_endian(lying, box + field, value);
        write_file(scratch / "lying.mp4", lying);
        const auto start = std::chrono::steady_clock::now();
        EXPECT_LE(frames_of(scratch / "lying.mp4"), 1000) << table << " " << field << " " << value;
        // No figure of speed: a hang takes minutes.
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30))
            << table << " " << field;
      }
  }
}

TEST(VideoReaderOnLyingTables, RefusesASizeThatNoFrameHasBeforeItAllocates) {
  const Scratch scratch;
  write_numbered_clip(scratch / "sound.mp4", 5);
  FileBytes huge = read_file(scratch / "sound.mp4");
  const std::size_t entry = box_at(huge, "avc1", box_at(huge, "stsd"));
  ASSERT_LT(entry, huge.size());
  put_big_endian(huge, entry + 4 + 24, 0xFFFFFFFF);  // width and height, 16 bits each
  write_file(scratch / "huge.mp4", huge);
  // Either the container's claim is refused, or the decoder goes by the stream's own size.
  EXPECT_LE(frames_of(scratch / "huge.mp4"), 5);
}

// ---- AVI, made by hand: frames of any size

void append(FileBytes& to, const std::string& letters) {
  to.insert(to.end(), letters.begin(), letters.end());
}

void append(FileBytes& to, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append_chunk(FileBytes& to, const std::string& name, const FileBytes& data) {
  append(to, name);
  append(to, static_cast<std::uint32_t>(data.size()));
  to.insert(to.end(), data.begin(), data.end());
  if (data.size() % 2 != 0) to.push_back(0);
}

FileBytes list_of(const std::string& name, const std::vector<std::pair<std::string, FileBytes>>& chunks) {
  FileBytes out;
  append(out, name);
  for (const auto& [chunk, data] : chunks) append_chunk(out, chunk, data);
  return out;
}

// Motion JPEG at 10 frames a second; the headers state the size of the first picture.
FileBytes avi_of(const std::vector<Image>& pictures) {
  const auto width = static_cast<std::uint32_t>(pictures.front().width);
  const auto height = static_cast<std::uint32_t>(pictures.front().height);
  const auto count = static_cast<std::uint32_t>(pictures.size());
  FileBytes main_header, stream_header, format;
  for (const std::uint32_t value : {100000U, 0U, 0U, 0U, count, 0U, 1U, 0U, width, height, 0U, 0U, 0U, 0U})
    append(main_header, value);
  append(stream_header, "vidsMJPG");
  for (const std::uint32_t value : {0U, 0U, 0U, 1U, 10U, 0U, count, 0U, 0xFFFFFFFFU, 0U, 0U, 0U})
    append(stream_header, value);
  for (const std::uint32_t value : {40U, width, height, 24U << 16 | 1U}) append(format, value);
  append(format, "MJPG");
  for (const std::uint32_t value : {width * height * 3, 0U, 0U, 0U, 0U}) append(format, value);

  std::vector<std::pair<std::string, FileBytes>> frames;
  for (const Image& picture : pictures) frames.emplace_back("00dc", encode_jpeg(picture, 95));
  FileBytes riff;
  append(riff, "AVI ");
  append_chunk(riff,
               "LIST",
               list_of("hdrl",
                       {{"avih", main_header},
                        {"LIST", list_of("strl", {{"strh", stream_header}, {"strf", format}})}}));
  append_chunk(riff, "LIST", list_of("movi", frames));
  FileBytes file;
  append_chunk(file, "RIFF", riff);
  return file;
}

TEST(VideoReaderOnChangingSizes, DeliversEveryFrameInItsOwnSize) {
  const Scratch scratch;
  write_file(scratch / "changing.avi",
             avi_of({numbered_picture(0, 160, 96),
                     numbered_picture(1, 160, 96),
                     numbered_picture(2, 320, 64),
                     numbered_picture(3, 112, 200),
                     numbered_picture(4, 160, 96)}));
  const std::vector<Frame> frames = read_all(scratch / "changing.avi");
  ASSERT_EQ(frames.size(), 5U);
  const std::vector<std::pair<int, int>> sizes{{160, 96}, {160, 96}, {320, 64}, {112, 200}, {160, 96}};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(std::pair(frames[i].image.width, frames[i].image.height), sizes[i]) << i;
    EXPECT_EQ(number_in(frames[i].image), static_cast<int>(i));
  }
}

TEST(VideoReaderOnChangingSizes, RefusesAFrameThatGrowsOverTheLimit) {
  const Scratch scratch;
  write_file(
      scratch / "growing.avi",
      avi_of({numbered_picture(0, 160, 96), numbered_picture(1, 160, 96), numbered_picture(2, 640, 480)}));
  ReadOptions options;
  options.max_pixels = 100'000;
  VideoReader reader(scratch / "growing.avi", options);
  Frame frame;
  std::int64_t delivered = 0;
  const auto failure = failure_of([&] {
    while (reader.next(frame)) ++delivered;
  });
  EXPECT_EQ(delivered, 2);
  // Refused aloud or counted as damage: never decoded in silence.
  EXPECT_TRUE(failure.has_value() || reader.damage().packets == 1);
}

}  // namespace
}  // namespace kyc
