#include "kyc/video/reader.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/files.h"
#include "kyc/video/clips_test.h"

namespace kyc {
namespace {

using testing::HasSubstr;

const std::filesystem::path kVectors = std::filesystem::path(KYC_SOURCE_DIR) / "../shared/vectors/video";

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::size_t hash_of(const Image& image) {
  const auto* bytes = reinterpret_cast<const char*>(image.pixels.data());
  return std::hash<std::string_view>()({bytes, image.pixels.size()});
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Reads the three digits of "Frame NNN" in the numbered clips: dark figures on white, of equal width.
class NumberPlate {
 public:
  // The digits' shapes are learned from the last digit of the first ten frames of the slower clip: 001 ..
  // 010. A wrong order of frames there would show in the other digits, and in all later frames.
  NumberPlate() {
    VideoReader reader(kVectors / "numbered_frames-r1.mp4");
    Frame frame;
    for (int i = 0; i < 10 && reader.next(frame); ++i)
      shapes_[static_cast<std::size_t>((i + 1) % 10)] = cut(frame.image, 2);
  }

  int read(const Image& image) const {
    int number = 0;
    for (int digit = 0; digit < 3; ++digit) number = number * 10 + nearest(cut(image, digit));
    return number;
  }

 private:
  static constexpr int kLeft = 700;
  static constexpr int kTop = 494;
  static constexpr int kWidth = 39;
  static constexpr int kHeight = 66;
  using Shape = std::vector<int>;

  static Shape cut(const Image& image, int digit) {
    Shape shape;
    for (int y = kTop; y < kTop + kHeight; ++y)
      for (int x = kLeft + digit * kWidth; x < kLeft + (digit + 1) * kWidth; ++x)
        shape.push_back(image.row(y)[x * 3]);
    return shape;
  }

  int nearest(const Shape& shape) const {
    std::array<long, 10> distances{};
    for (std::size_t d = 0; d < 10; ++d)
      for (std::size_t i = 0; i < shape.size(); ++i) distances[d] += std::abs(shape[i] - shapes_[d][i]);
    return static_cast<int>(std::min_element(distances.begin(), distances.end()) - distances.begin());
  }

  std::array<Shape, 10> shapes_;
};

TEST(VideoReader, ReadsAll99NumberedFramesAndFindsEachOfThemAgain) {
  if (!std::filesystem::exists(kVectors)) GTEST_SKIP() << "needs ../shared/vectors/video";
  const NumberPlate plate;
  VideoReader reader(kVectors / "numbered_frames-r1.mp4");
  EXPECT_EQ(reader.info().width, 2016);
  EXPECT_EQ(reader.info().height, 1512);
  EXPECT_EQ(reader.info().frame_rate, 1);
  EXPECT_EQ(reader.info().duration_s, 99);
  EXPECT_EQ(reader.info().frame_count, 99);
  EXPECT_EQ(reader.info().codec, "h264");
  Frame frame;
  std::vector<std::size_t> hashes;
  while (reader.next(frame)) {
    const auto i = static_cast<std::int64_t>(hashes.size());
    EXPECT_EQ(frame.index, i);
    EXPECT_EQ(frame.time_s, static_cast<double>(i));
    EXPECT_EQ(plate.read(frame.image), i + 1);
    hashes.push_back(hash_of(frame.image));
  }
  ASSERT_EQ(hashes.size(), 99u);
  EXPECT_EQ(reader.damage().packets, 0);
  EXPECT_FALSE(reader.damage().truncated);
  EXPECT_EQ(reader.damage().message, "");

  std::vector<std::int64_t> order(99);
  for (std::size_t i = 0; i < 99; ++i) order[i] = static_cast<std::int64_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  for (const std::int64_t i : order) {
    reader.seek(i);
    ASSERT_TRUE(reader.next(frame));
    EXPECT_EQ(frame.index, i);
    EXPECT_EQ(frame.time_s, static_cast<double>(i));
    EXPECT_EQ(hash_of(frame.image), hashes[static_cast<std::size_t>(i)]) << i;
  }
}

TEST(VideoReader, ReadsAll2969NumberedFramesInFlatMemoryAndFindsThemAgain) {
  if (!std::filesystem::exists(kVectors)) GTEST_SKIP() << "needs ../shared/vectors/video";
  const NumberPlate plate;
  const auto path = kVectors / "numbered_frames-r30.mp4";
  std::vector<std::size_t> hashes;
  Frame frame;
  {
    VideoReader reader(path, {.threads = 2});  // the seeks below use one: both must see the same
    std::size_t resident = 0;
    while (reader.next(frame)) {
      const auto i = static_cast<std::int64_t>(hashes.size());
      ASSERT_EQ(frame.index, i);
      ASSERT_DOUBLE_EQ(frame.time_s, static_cast<double>(i) / 30);
      ASSERT_EQ(plate.read(frame.image), (i + 1) / 30 + 1);  // the clip's first number has 29 frames
      hashes.push_back(hash_of(frame.image));
      if (i == 300) resident = resident_bytes();
    }
    // 2600 more frames are 24 GB of pixels; 16 MB is less than two of them. AddressSanitizer keeps freed
    // memory.
    if (!kSanitized) {
      EXPECT_LT(resident_bytes(), resident + (16u << 20));
    }
  }
  ASSERT_EQ(hashes.size(), 2969u);

  VideoReader reader(path);
  std::vector<std::int64_t> wanted = {2968, 0, 0, 1, 29, 30, 2967, 2968, 249, 250, 251, 3, 2};
  std::mt19937 random(2);
  for (int i = 0; i < 20; ++i) wanted.push_back(static_cast<std::int64_t>(random() % 2969));
  for (const std::int64_t i : wanted) {
    reader.seek(i);
    ASSERT_TRUE(reader.next(frame));
    EXPECT_EQ(frame.index, i);
    EXPECT_EQ(hash_of(frame.image), hashes[static_cast<std::size_t>(i)]) << i;
  }
}

TEST(VideoReader, PicksTheBestOfTwoVideoStreams) {
  if (!std::filesystem::exists(kVectors)) GTEST_SKIP() << "needs ../shared/vectors/video";
  VideoReader reader(kVectors / "2video1audio.mp4");
  EXPECT_EQ(reader.info().width, 640);  // the one that is marked as the default
  EXPECT_EQ(reader.info().height, 360);
  Frame frame;
  std::int64_t count = 0;
  while (reader.next(frame)) {
    EXPECT_EQ(frame.index, count);
    EXPECT_DOUBLE_EQ(frame.time_s, static_cast<double>(count) / 30);
    EXPECT_EQ(frame.image.width, 640);
    ++count;
  }
  EXPECT_EQ(count, 241);
}

TEST(VideoReader, SeeksToTheVeryFrameAndGoesOnFromThere) {
  const Scratch scratch;
  for (const int gop : {1, 12, 250}) {
    WriteOptions options = options_for(numbered_picture(0));
    options.gop = gop;
    options.preset = "medium";  // with B-frames
    write_numbered_clip(scratch / "clip.mp4", 90, options);
    VideoReader reader(scratch / "clip.mp4");
    std::mt19937 random(3);
    Frame frame;
    for (int i = 0; i < 60; ++i) {
      const auto index = static_cast<int>(random() % 90);
      reader.seek(index);
      if (i % 4 == 0) reader.seek(index);
      for (int k = index; k < std::min(90, index + 1 + i % 3); ++k) {
        ASSERT_TRUE(reader.next(frame));
        EXPECT_EQ(frame.index, k);
        EXPECT_EQ(number_in(frame.image), k);
        EXPECT_DOUBLE_EQ(frame.time_s, k / 30.0);
      }
    }
    reader.seek(89);
    EXPECT_TRUE(reader.next(frame));
    EXPECT_FALSE(reader.next(frame));
    EXPECT_FALSE(reader.next(frame));
    reader.seek(0);
    EXPECT_TRUE(reader.next(frame));
    EXPECT_EQ(number_in(frame.image), 0);
  }
}

TEST(VideoReader, RefusesToSeekToFramesThatAreNotThere) {
  const Scratch scratch;
  write_numbered_clip(scratch / "clip.mp4", 40);
  VideoReader reader(scratch / "clip.mp4");
  Frame frame;
  for (const int index : {-1, 40, 41, 1000000}) {
    const auto failure = failure_of([&] { reader.seek(index); });
    ASSERT_TRUE(failure) << index;
    EXPECT_EQ(failure->code, ErrorCode::InvalidArgument);
    EXPECT_THAT(failure->message, HasSubstr("clip.mp4: no frame " + std::to_string(index)));
  }
  reader.seek(39);
  EXPECT_TRUE(failure_of([&] { reader.seek(40); }));
  reader.seek(38);
  ASSERT_TRUE(reader.next(frame));
  EXPECT_EQ(number_in(frame.image), 38);
}

// Overwrites the display matrix of the first track of an MP4 file: ISO/IEC 14496-12, 8.3.2.
void set_matrix(const std::filesystem::path& path, const std::array<int, 4>& abcd) {
  auto bytes = read_file(path);
  const std::string tag = "tkhd";
  const auto at = std::search(bytes.begin(), bytes.end(), tag.begin(), tag.end());
  ASSERT_NE(at, bytes.end());
  const std::array<int, 9> matrix = {abcd[0], abcd[1], 0, abcd[2], abcd[3], 0, 0, 0, 1 << 14};
  for (std::size_t i = 0; i < 9; ++i) {
    const auto value = static_cast<std::uint32_t>(i == 8 ? 1 << 30 : matrix[i] * (1 << 16));
    for (std::size_t k = 0; k < 4; ++k)
      at[static_cast<std::ptrdiff_t>(44 + i * 4 + k)] = static_cast<std::uint8_t>(value >> (24 - 8 * k));
  }
  write_file(path, bytes);
}

TEST(VideoReader, TurnsAndMirrorsFramesAsTheFileSays) {
  const Scratch scratch;
  const std::pair<int, int> sizes[] = {{160, 96}, {109, 54}};
  for (const auto& [width, height] : sizes)
    for (const std::array<int, 4>& m : {std::array{1, 0, 0, 1},
                                        std::array{0, 1, -1, 0},
                                        std::array{-1, 0, 0, -1},
                                        std::array{0, -1, 1, 0},
                                        std::array{-1, 0, 0, 1},
                                        std::array{1, 0, 0, -1},
                                        std::array{0, 1, 1, 0},
                                        std::array{0, -1, -1, 0}}) {
      const Image stored = numbered_picture(5, width, height);
      WriteOptions options = options_for(stored);
      options.lossless = true;
      VideoWriter writer(scratch / "turned.mp4", options);
      writer.write(stored);
      writer.finish();
      set_matrix(scratch / "turned.mp4", m);

      // The matrix takes pixel centres (relative to the picture's centre) to where they are shown.
      const bool across = m[0] == 0;
      Image shown = make_image(across ? height : width, across ? width : height);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          const int cx = 2 * x + 1 - width;
          const int cy = 2 * y + 1 - height;
          const int to_x = (m[0] * cx + m[2] * cy + shown.width - 1) / 2;
          const int to_y = (m[1] * cx + m[3] * cy + shown.height - 1) / 2;
          std::copy_n(stored.row(y) + x * 3, 3, shown.row(to_y) + to_x * 3);
        }
      VideoReader reader(scratch / "turned.mp4");
      EXPECT_EQ(reader.info().width, shown.width);
      EXPECT_EQ(reader.info().height, shown.height);
      Frame frame;
      ASSERT_TRUE(reader.next(frame));
      EXPECT_EQ(frame.image, shown) << m[0] << m[1] << m[2] << m[3] << " " << width << " x " << height;
    }
}

TEST(VideoReader, ReusesThePixelsOfTheFrame) {
  const Scratch scratch;
  write_numbered_clip(scratch / "clip.mp4", 5);
  VideoReader reader(scratch / "clip.mp4");
  Frame frame;
  ASSERT_TRUE(reader.next(frame));
  const std::uint8_t* pixels = frame.image.pixels.data();
  while (reader.next(frame)) EXPECT_EQ(frame.image.pixels.data(), pixels);
}

TEST(VideoReader, RefusesFramesThatAreTooLarge) {
  const Scratch scratch;
  write_numbered_clip(scratch / "clip.mp4", 2);
  EXPECT_EQ(read_all(scratch / "clip.mp4", {.max_pixels = 160 * 96}).size(), 2u);
  const auto failure = failure_of([&] { VideoReader(scratch / "clip.mp4", {.max_pixels = 160 * 96 - 1}); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::InvalidArgument);
  EXPECT_THAT(failure->message, HasSubstr("clip.mp4: frames of 160 x 96 pixels"));
}

TEST(VideoReader, RefusesThreadCountsOutOfRange) {
  const Scratch scratch;
  write_numbered_clip(scratch / "clip.mp4", 2);
  for (const int threads : {-1, 0, 65}) {
    const auto failure = failure_of([&] { VideoReader(scratch / "clip.mp4", {.threads = threads}); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace kyc
