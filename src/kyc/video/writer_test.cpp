#include "kyc/video/writer.h"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "kyc/core/files.h"
#include "kyc/video/clips_test.h"

namespace kyc {
namespace {

using testing::HasSubstr;

double psnr(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const double difference = static_cast<double>(a.pixels[i]) - b.pixels[i];
    sum += difference * difference;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.pixels.size()) / sum);
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += static_cast<double>(a.pixels[i]) - b.pixels[i];
  return sum / static_cast<double>(a.pixels.size());
}

TEST(VideoWriter, KeepsEveryPixelWhenLossless) {
  const Scratch scratch;
  const std::pair<int, int> sizes[] = {{160, 96}, {131, 75}, {98, 41}};
  for (const auto& [width, height] : sizes) {
    WriteOptions options;
    options.width = width;
    options.height = height;
    options.lossless = true;
    write_numbered_clip(scratch / "exact.mp4", 12, options);
    const auto frames = read_all(scratch / "exact.mp4");
    ASSERT_EQ(frames.size(), 12u);
    for (int i = 0; i < 12; ++i)
      EXPECT_EQ(frames[static_cast<std::size_t>(i)].image, numbered_picture(i, width, height))
          << "frame " << i << " of " << width << " x " << height;
  }
}

TEST(VideoWriter, KeepsPicturesCloseAtTheDefaultCrfAndCloserAtALowerOne) {
  const Scratch scratch;
  WriteOptions options = options_for(numbered_picture(0));
  write_numbered_clip(scratch / "default.mp4", 20, options);
  options.crf = 12;
  write_numbered_clip(scratch / "better.mp4", 20, options);
  const auto usual = read_all(scratch / "default.mp4");
  const auto better = read_all(scratch / "better.mp4");
  ASSERT_EQ(usual.size(), 20u);
  ASSERT_EQ(better.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) {
    const Image truth = numbered_picture(static_cast<int>(i));
    EXPECT_EQ(number_in(usual[i].image), static_cast<int>(i));
    EXPECT_GT(psnr(usual[i].image, truth), 32);
    EXPECT_GT(psnr(better[i].image, truth), psnr(usual[i].image, truth));
    EXPECT_NEAR(mean_difference(better[i].image, truth), 0, 0.5);  // no drift in brightness there and back
  }
  EXPECT_GT(std::filesystem::file_size(scratch / "better.mp4"),
            std::filesystem::file_size(scratch / "default.mp4"));
}

TEST(VideoWriter, RepeatsTheLastColumnAndRowOfOddSizes) {
  const Scratch scratch;
  WriteOptions options;
  options.width = 131;
  options.height = 75;
  options.crf = 5;
  write_numbered_clip(scratch / "odd.mp4", 3, options);
  const auto frames = read_all(scratch / "odd.mp4");
  ASSERT_EQ(frames.size(), 3u);
  const Image& image = frames[1].image;
  EXPECT_EQ(image.width, 132);
  EXPECT_EQ(image.height, 76);
  for (int y = 10; y < 76; ++y)
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(image.row(y)[131 * 3 + c], image.row(y)[130 * 3 + c], 12) << y;
}

TEST(VideoWriter, GivesFramesTheirExactTimes) {
  const Scratch scratch;
  struct Case {
    double rate;
    double numerator;
    double denominator;
  };
  for (const Case& c : {Case{29.97, 30000, 1001},
                        Case{23.976, 24000, 1001},
                        Case{59.94, 60000, 1001},
                        Case{25, 25, 1},
                        Case{1, 1, 1},
                        Case{7.5, 15, 2},
                        Case{12.34, 617, 50}}) {
    WriteOptions options = options_for(numbered_picture(0));
    options.frame_rate = c.rate;
    write_numbered_clip(scratch / "timed.mp4", 40, options);
    VideoReader reader(scratch / "timed.mp4");
    EXPECT_DOUBLE_EQ(reader.info().frame_rate, c.numerator / c.denominator);
    EXPECT_NEAR(
        reader.info().duration_s, 40 * c.denominator / c.numerator, 1e-3);  // kept in ms by the container
    EXPECT_EQ(reader.info().frame_count, 40);
    Frame frame;
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(reader.next(frame));
      EXPECT_EQ(number_in(frame.image), i);
      EXPECT_DOUBLE_EQ(frame.time_s, i * c.denominator / c.numerator) << c.rate;
    }
    EXPECT_FALSE(reader.next(frame));
  }
}

TEST(VideoWriter, KeepsGivenTimesToATick) {
  const Scratch scratch;
  const std::vector<double> times = {0.5, 0.5333, 0.6, 1.75, 1.76, 9.123456, 9.2};
  {
    VideoWriter writer(scratch / "variable.mp4", options_for(numbered_picture(0)));
    for (std::size_t i = 0; i < times.size(); ++i)
      writer.write(numbered_picture(static_cast<int>(i)), times[i]);
    const auto failure = failure_of([&] { writer.write(numbered_picture(0), 9.2); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code, ErrorCode::InvalidArgument);
    writer.finish();
  }
  const auto frames = read_all(scratch / "variable.mp4");
  ASSERT_EQ(frames.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(number_in(frames[i].image), static_cast<int>(i));
    EXPECT_NEAR(
        frames[i].time_s, times[i] - times[0], 1.0 / 90000);  // two times, each rounded to half a tick
  }
}

TEST(VideoWriter, WritesTheSameBytesForTheSameInput) {
  const Scratch scratch;
  for (const bool lossless : {false, true})
    for (const int threads : {1, 2}) {
      WriteOptions options = options_for(numbered_picture(0));
      options.lossless = lossless;
      options.threads = threads;
      options.title = "a title";
      options.comment = "source=a.jpg; target=b.mp4";
      write_numbered_clip(scratch / "first.mp4", 15, options);
      const std::string first = read_text_file(scratch / "first.mp4");
      // Again and again, as memory that was used before must make no difference.
      for (int again = 0; again < 10; ++again) {
        const std::vector<std::uint8_t> used(137'000U * static_cast<std::size_t>(again + 1),
                                             static_cast<std::uint8_t>(31 * again + 7));
        ASSERT_FALSE(used.empty());
        write_numbered_clip(scratch / "second.mp4", 15, options);
        ASSERT_EQ(first, read_text_file(scratch / "second.mp4")) << "lossless " << lossless << ", " << again;
      }
      EXPECT_THAT(first, HasSubstr("a title"));
      EXPECT_THAT(first, HasSubstr("source=a.jpg; target=b.mp4"));
      EXPECT_LT(first.find("moov"), first.find("mdat"));
    }
}

TEST(VideoWriter, LeavesNothingBehindWithoutFinish) {
  const Scratch scratch;
  {
    VideoWriter writer(scratch / "never.mp4", options_for(numbered_picture(0)));
    for (int i = 0; i < 5; ++i) writer.write(numbered_picture(i));
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  const auto failure = failure_of([&] {
    VideoWriter writer(scratch / "empty.mp4", options_for(numbered_picture(0)));
    writer.finish();
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(VideoWriter, KeepsTheOldFileUntilTheNewOneIsWhole) {
  const Scratch scratch;
  write_text_file(scratch / "clip.mp4", "the old one");
  {
    VideoWriter writer(scratch / "clip.mp4", options_for(numbered_picture(0)));
    writer.write(numbered_picture(0));
    EXPECT_EQ(read_text_file(scratch / "clip.mp4"), "the old one");
    writer.finish();
  }
  EXPECT_EQ(read_all(scratch / "clip.mp4").size(), 1u);
}

TEST(VideoWriter, RefusesWhatItCannotWriteAndPrintsNothing) {
  testing::internal::CaptureStderr();
  const Scratch scratch;
  const WriteOptions good = options_for(numbered_picture(0));
  const auto code_for = [&](const std::string& name, const WriteOptions& options) {
    const auto failure = failure_of([&] { VideoWriter writer(scratch / name, options); });
    return failure ? std::optional(failure->code) : std::nullopt;
  };
  const auto with = [&](auto change) {
    WriteOptions options = good;
    change(options);
    return options;
  };
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.width = 0; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.height = -2; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.width = 20000; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.frame_rate = 0; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.frame_rate = std::nan(""); })),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.crf = 52; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.gop = 0; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.threads = 0; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.mp4", with([](auto& o) { o.preset = "nope"; })), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_for("a.avi", good), ErrorCode::Unsupported);
  EXPECT_EQ(code_for("no/such/folder/a.mp4", good), ErrorCode::Unavailable);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));

  VideoWriter writer(scratch / "a.mp4", good);
  const auto failure = failure_of([&] { writer.write(make_image(159, 96)); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::InvalidArgument);
  EXPECT_THAT(failure->message, HasSubstr("160 x 96, got 159 x 96"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(VideoWriter, ReportsAFullDiskAndLeavesNothing) {
  const Scratch scratch;
  // A limit on the size of files stands in for a full disk: writing past it fails in the same way (EFBIG, not
  // ENOSPC).
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{20000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto failure = failure_of([&] {
    WriteOptions options = options_for(numbered_picture(0));
    options.lossless = true;
    write_numbered_clip(scratch / "full.mp4", 60, options);
  });
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::Unavailable);
  EXPECT_THAT(failure->message, HasSubstr("full.mp4: could not be written"));
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(VideoWriter, TakesPathsWithColonsPercentSignsAndSpaces) {
  const Scratch scratch;
  const auto path = scratch / "http: %03d.mp4";
  write_numbered_clip(path, 4);
  EXPECT_EQ(read_all(path).size(), 4u);
}

}  // namespace
}  // namespace kyc
