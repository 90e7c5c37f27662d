#include "kyc/face/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kyc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FaceTracker, KeepsTheNumberOfAFaceThatMoves) {
  FaceTracker tracker;
  for (int k = 0; k < 20; ++k)
    EXPECT_THAT(tracker.update(k * 0.04, {{10.0F * static_cast<float>(k), 20, 100, 120}}), ElementsAre(0));
}

TEST(FaceTracker, DoesNotMixUpTwoFacesWhenTheirOrderChanges) {
  FaceTracker tracker;
  const Box left{0, 0, 100, 100};
  const Box right{200, 0, 100, 100};
  EXPECT_THAT(tracker.update(0, {left, right}), ElementsAre(0, 1));
  EXPECT_THAT(tracker.update(0.04, {right, left}), ElementsAre(1, 0));
}

TEST(FaceTracker, FollowsAFastFaceByItsSpeed) {
  FaceTracker tracker;
  // 60 pixels a frame with a box of 100: an overlap of a quarter with the last place, but a full one with the
  // expected.
  EXPECT_THAT(tracker.update(0.00, {{0, 0, 100, 100}}), ElementsAre(0));
  EXPECT_THAT(tracker.update(0.04, {{40, 0, 100, 100}}), ElementsAre(0));
  EXPECT_THAT(tracker.update(0.08, {{100, 0, 100, 100}}), ElementsAre(0));
  EXPECT_THAT(tracker.update(0.12, {{165, 0, 100, 100}}), ElementsAre(0));
}

TEST(FaceTracker, ForgivesAShortGapOnly) {
  FaceTracker tracker;
  const Box box{50, 50, 80, 80};
  EXPECT_THAT(tracker.update(0, {box}), ElementsAre(0));
  EXPECT_THAT(tracker.update(0.3, {}), IsEmpty());
  EXPECT_THAT(tracker.update(0.45, {box}), ElementsAre(0));
  EXPECT_THAT(tracker.update(1.2, {box}), ElementsAre(1));
}

TEST(FaceTracker, GivesANewNumberToAFaceElsewhere) {
  FaceTracker tracker;
  EXPECT_THAT(tracker.update(0, {{0, 0, 50, 50}}), ElementsAre(0));
  EXPECT_THAT(tracker.update(0.04, {{300, 0, 50, 50}}), ElementsAre(1));
  EXPECT_THAT(tracker.update(0.08, {{0, 0, 50, 50}, {300, 0, 50, 50}}), ElementsAre(0, 1));
}

TEST(FaceTracker, TakesTwoFramesOfTheSameTime) {
  FaceTracker tracker;
  EXPECT_THAT(tracker.update(1, {{0, 0, 50, 50}}), ElementsAre(0));
  EXPECT_THAT(tracker.update(1, {{2, 0, 50, 50}}), ElementsAre(0));
}

}  // namespace
}  // namespace kyc
