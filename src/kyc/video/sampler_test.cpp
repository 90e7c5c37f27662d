#include "kyc/video/sampler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/video/writer.h"

namespace kyc {
namespace {

// Three seconds at 10 Hz.
class FrameSamplerTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) / ("sampler" + std::to_string(::getpid()) + ".mp4");
    WriteOptions options;
    options.width = options.height = 32;
    options.frame_rate = 10;
    options.preset = "ultrafast";
    VideoWriter writer(path_, options);
    for (int i = 0; i < 30; ++i) writer.write(make_image(32, 32));
    writer.finish();
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::vector<std::int64_t> sampled(double rate_hz, double max_s = 1e9) {
    VideoReader reader(path_);
    FrameSampler sampler(reader, rate_hz, max_s);
    std::vector<std::int64_t> out;
    Frame frame;
    while (sampler.next(frame)) out.push_back(frame.index);
    read_ = sampler.frames_read();
    last_s_ = sampler.last_s();
    cut_ = sampler.cut();
    return out;
  }

  std::filesystem::path path_;
  std::int64_t read_ = 0;
  double last_s_ = 0;
  bool cut_ = false;
};

TEST_F(FrameSamplerTest, DeliversAtTheRateThatIsAskedFor) {
  EXPECT_EQ(sampled(2), (std::vector<std::int64_t>{0, 5, 10, 15, 20, 25}));
  EXPECT_EQ(read_, 30);
  EXPECT_NEAR(last_s_, 2.9, 1e-6);
  EXPECT_FALSE(cut_);
}

TEST_F(FrameSamplerTest, DeliversEveryFrameAtRateZeroOrAboveTheClips) {
  EXPECT_EQ(sampled(0).size(), 30U);
  EXPECT_EQ(sampled(10).size(), 30U);
  EXPECT_EQ(sampled(1000).size(), 30U);
}

TEST_F(FrameSamplerTest, StopsAtTheLatestTime) {
  EXPECT_EQ(sampled(0, 0.95).size(), 10U);
  EXPECT_TRUE(cut_);
  EXPECT_EQ(read_, 10);
  EXPECT_NEAR(last_s_, 0.9, 1e-6);
}

}  // namespace
}  // namespace kyc
