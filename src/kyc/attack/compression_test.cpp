// What is stored is what was forged: pixels at C0, times at every compression.

#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/attack/run.h"
#include "kyc/core/error.h"
#include "kyc/image/statistics.h"
#include "kyc/testing/synthetic.h"
#include "kyc/video/reader.h"

namespace kyc {
namespace {

class CompressionTest : public testing::TestWithParam<Compression> {
 protected:
  CompressionTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kyc_compression_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CompressionTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

std::vector<Frame> drawn_clip() {
  std::vector<Frame> frames;
  for (int i = 0; i < 12; ++i)
    frames.push_back({i, i / 24.0 + (i > 5 ? 0.013 : 0), draw_turning_face(3, i, 12).image});
  return frames;
}

std::vector<Frame> written_and_read(const std::filesystem::path& path,
                                    const std::vector<Frame>& frames,
                                    Compression compression) {
  WriteOptions options = write_options(compression);
  options.width = frames[0].image.width;
  options.height = frames[0].image.height;
  options.frame_rate = 24;
  VideoWriter writer(path, options);
  for (const Frame& frame : frames) writer.write(frame.image, frame.time_s);
  writer.finish();
  VideoReader reader(path);
  std::vector<Frame> out;
  for (Frame frame; reader.next(frame);) out.push_back(frame);
  return out;
}

TEST_P(CompressionTest, KeepsNumberRateAndTimesOfFrames) {
  const std::vector<Frame> frames = drawn_clip();
  const std::vector<Frame> read = written_and_read(folder_ / "clip.mp4", frames, GetParam());
  ASSERT_EQ(read.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_NEAR(read[i].time_s, frames[i].time_s, 1.0 / 90000);
  EXPECT_NEAR(VideoReader(folder_ / "clip.mp4").info().frame_rate, 24, 0.8) << "average of uneven times";
}

TEST_P(CompressionTest, LosesNoPixelAtC0AndMoreAtC40ThanAtC23) {
  const std::vector<Frame> frames = drawn_clip();
  const std::vector<Frame> read = written_and_read(folder_ / "clip.mp4", frames, GetParam());
  ASSERT_EQ(read.size(), frames.size());
  double difference = 0;
  for (std::size_t i = 0; i < frames.size(); ++i)
    difference +=
        mean_absolute_difference(read[i].image, frames[i].image) / static_cast<double>(frames.size());
  switch (GetParam()) {
    case Compression::C0:
      for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(read[i].image, frames[i].image);
      break;
    case Compression::C23:  // measured 2.4: the noise of the drawn pictures
      EXPECT_GT(difference, 0.3);
      EXPECT_LT(difference, 3);
      break;
    case Compression::C40:  // measured 4.1
      EXPECT_GT(difference, 3);
      break;
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         CompressionTest,
                         testing::Values(Compression::C0, Compression::C23, Compression::C40),
                         [](const auto& compression) { return name_of(compression.param); });

TEST(Compression, IsNamedAsInFaceForensics) {
  for (const Compression compression : {Compression::C0, Compression::C23, Compression::C40})
    EXPECT_EQ(compression_of(name_of(compression)), compression);
  EXPECT_EQ(name_of(Compression::C40), "c40");
  EXPECT_THROW(compression_of("C23"), Error);
  EXPECT_EQ(write_options(Compression::C23).crf, 23);
  EXPECT_EQ(write_options(Compression::C40).crf, 40);
  EXPECT_TRUE(write_options(Compression::C0).lossless);
}

}  // namespace
}  // namespace kyc
