#include "kyc/metrics/scores.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::string message_of(const std::vector<double>& scores) {
  try {
    check_scores(scores, "mated");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.what();
  }
  return "";
}

TEST(CheckScores, SaysWhatIsWrong) {
  EXPECT_EQ(message_of({}), "expected at least one mated score, got none");
  EXPECT_EQ(message_of({1, std::nan("")}), "mated score 1 is not a number (NaN)");
  EXPECT_EQ(message_of({1, 2}), "");
}

TEST(CheckShare, TakesTheClosedInterval) {
  EXPECT_NO_THROW(check_share(0, "x"));
  EXPECT_NO_THROW(check_share(1, "x"));
  EXPECT_THROW(check_share(1.0001, "x"), Error);
  EXPECT_THROW(check_share(std::nan(""), "x"), Error);
}

TEST(CountAtLeast, CountsTies) {
  EXPECT_EQ(count_at_least(std::vector{1.0, 2.0, 3.0}, 2), 2U);
}

}  // namespace
}  // namespace kyc
