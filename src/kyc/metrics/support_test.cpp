#include "kyc/metrics/support.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

TEST(Support, ARateNeedsThirtyErrorsOrNoneInVeryManyTrials) {
  EXPECT_TRUE(Support::of_rate(30, 100).carried());
  EXPECT_FALSE(Support::of_rate(29, 100).carried());
  EXPECT_FALSE(Support::of_rate(29, 1000000).carried());
  EXPECT_FALSE(Support::of_rate(0, 299).carried());
  EXPECT_TRUE(Support::of_rate(0, 300).carried());
  EXPECT_FALSE(Support::of_rate(0, 0).carried());
}

TEST(Support, ARateAtALimitIsCarriedByNoErrorsOnlyIfTheDataCouldShowTheLimit) {
  EXPECT_FALSE(Support::of_rate(0, 29999, 1e-4).carried());
  EXPECT_TRUE(Support::of_rate(0, 30000, 1e-4).carried());
}

TEST(Support, OtherFiguresNeedThirtyTrialsOfTheSmallestClass) {
  EXPECT_FALSE(Support::of_trials(29, "clips").carried());
  EXPECT_TRUE(Support::of_trials(30, "clips").carried());
}

TEST(Support, OfTwoPartsBothMustCarryAndTheReasonNamesWhatLacks) {
  const Support good = Support::of_rate(40, 100);
  const Support bad = Support::of_rate(1, 100);
  EXPECT_EQ((good && bad).reason(), "1 error in 100 trials; 30 are needed");
  EXPECT_EQ((bad && good).reason(), bad.reason());
  EXPECT_FALSE((good && bad).carried());
  EXPECT_TRUE((good && good).carried());
  EXPECT_EQ((bad && Support::of_trials(3, "clips")).reason(),
            "1 error in 100 trials; 30 are needed, and 3 clips; 30 are needed");
}

TEST(Support, SaysWhatWasSeenAndWhatIsNeeded) {
  EXPECT_EQ(Support::of_rate(12, 200).reason(), "12 errors in 200 trials; 30 are needed");
  EXPECT_EQ(Support::of_rate(0, 100).reason(),
            "no errors in 100 trials: the rate is below 0.03; below 0.01 is needed");
}

}  // namespace
}  // namespace kyc
