#include "kyc/evaluation/histogram_file.h"

#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

const fs::path kFile = fs::path(testing::TempDir()) / "kyc_histogram_file_test.csv";

std::string complaint_about(const std::string& text) {
  write_text_file(kFile, text);
  try {
    read_histogram(kFile);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Corrupt);
    return error.what();
  }
  return "no Error";
}

TEST(HistogramFile, GivesBackWhatWasWritten) {
  ScoreHistogram histogram(-0.3, 0.7, 10);
  histogram.add_mated(0.65);
  histogram.add_mated(9);
  histogram.add_non_mated(-0.3);
  write_histogram(kFile, histogram);
  EXPECT_TRUE(is_histogram_file(kFile));
  ScoreHistogram back = read_histogram(kFile);
  EXPECT_EQ(back.low(), -0.3);
  EXPECT_EQ(back.high(), 0.7);
  EXPECT_EQ(back.mated()[9], 2U);
  back.merge(histogram);  // the same bins, to the last bit
  EXPECT_EQ(back.non_mated()[0], 2U);
  fs::remove(kFile);
}

TEST(HistogramFile, IsRefusedWithItsLine) {
  EXPECT_THAT(complaint_about("from,to,mated\n0,1,0\n"), testing::HasSubstr("expected a column 'non_mated'"));
  EXPECT_THAT(complaint_about("from,to,mated,non_mated\n0,1,-1,0\n"),
              testing::HasSubstr("line 2: expected a count in column 'mated', got '-1'"));
  EXPECT_THAT(complaint_about("from,to,mated,non_mated\n0,1,1,0\n2,3,1,0\n"),
              testing::HasSubstr("line 3: expected a bin that begins where the one before it ends"));
  EXPECT_THAT(complaint_about("from,to,mated,non_mated\n0,1,1,0\n1,3,1,0\n"),
              testing::HasSubstr("bin 2: expected bins of equal width"));
  EXPECT_THAT(complaint_about("from,to,mated,non_mated\n"), testing::HasSubstr("got the header only"));
  EXPECT_THAT(complaint_about("from,to,mated,non_mated\n-inf,inf,1,1\n"), testing::HasSubstr("finite"));
  fs::remove(kFile);
}

// More than one piece of the stream, with rows that are cut and a name that spans two lines.
TEST(AddScores, ReadsAStreamInPieces) {
  std::string text = "probe,mated,score\n\"two\nlines\",1,0.5\n";
  const std::string filler(1000, 'x');
  std::size_t rows = 1;
  for (; text.size() < (40U << 20); ++rows)
    text += filler + (rows % 4 == 0 ? ",1,0.75\n" : rows % 4 == 1 ? ",0,\n" : ",0,0.25\n");
  std::istringstream in(text);
  ScoreHistogram histogram(0, 1, 4);
  const StreamedScores streamed = add_scores(in, "stream", histogram);
  EXPECT_EQ(streamed.rows, rows);
  EXPECT_EQ(streamed.failed_non_mated, (rows + 2) / 4);
  EXPECT_EQ(histogram.mated()[3], (rows - 1) / 4);
  EXPECT_EQ(histogram.mated()[2], 1U);
  EXPECT_EQ(histogram.mated()[3] + 1 + histogram.non_mated()[1] + streamed.failed_non_mated, rows);
}

TEST(AddScores, NamesTheLineAlsoInLaterPieces) {
  std::string text = "mated,score,name\n";
  std::size_t rows = 0;
  for (; text.size() < (20U << 20); ++rows) text += "1,0.5," + std::string(500, 'x') + "\n";
  text += "1,high,y\n";
  std::istringstream in(text);
  ScoreHistogram histogram(0, 1, 4);
  try {
    add_scores(in, "stream", histogram);
    ADD_FAILURE() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_EQ(
        error.what(),
        "stream, line " + std::to_string(rows + 2) + ": expected a number in column 'score', got 'high'");
  }
}

}  // namespace
}  // namespace kyc
