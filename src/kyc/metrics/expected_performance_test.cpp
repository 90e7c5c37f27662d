#include "kyc/metrics/expected_performance.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

const std::vector<double> kMated{1, 2, 3, 4};
const std::vector<double> kNonMated{0, 1.5, 2.5, 0.5};

TEST(LeastWeightedError, WeighsTheTwoErrors) {
  const ErrorCurve curve = error_curve(kMated, kNonMated);
  EXPECT_EQ(least_weighted_error(curve, 0).threshold, 1);  // no false non-match, and the fewest false matches
  EXPECT_EQ(least_weighted_error(curve, 0.5).threshold, 1);  // .5 x 2/4 + 0 = .25, as at 2 and 3: the lowest
  EXPECT_EQ(least_weighted_error(curve, 0.9).threshold, 3);  // no false match any more
  EXPECT_EQ(least_weighted_error(curve, 1).threshold, 3);
  EXPECT_THROW((void)least_weighted_error(curve, 2), Error);
}

TEST(ExpectedPerformanceCurve, SetsOnOneSetAndMeasuresOnTheOther) {
  const std::vector<double> mated{0.4, 3.5};
  const std::vector<double> non_mated{0.3, 1.2, 3.2};
  const auto curve = expected_performance_curve(kMated, kNonMated, mated, non_mated, 3);
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_DOUBLE_EQ(curve[1].alpha, 0.5);
  EXPECT_EQ(curve[1].threshold, 1);
  EXPECT_DOUBLE_EQ(curve[1].hter, (2.0 / 3 + 1.0 / 2) / 2);
  EXPECT_EQ(curve[0].threshold, 1);
  EXPECT_THROW((void)expected_performance_curve(kMated, kNonMated, mated, non_mated, 1), Error);
}

}  // namespace
}  // namespace kyc
