#include "kyc/face/overlap.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

FaceDetection face(Box box, float confidence) {
  return {box, confidence, std::nullopt};
}

TEST(SuppressOverlaps, KeepsTheMostConfidentOfSeveralAroundOneFace) {
  // The lower one is less confident: the package this model comes from would keep it, because it ends higher
  // up.
  const auto kept = suppress_overlaps({face({10, 10, 100, 100}, 0.7F), face({14, 20, 100, 100}, 0.9F)}, 0.4F);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_FLOAT_EQ(kept[0].confidence, 0.9F);
}

TEST(SuppressOverlaps, KeepsFacesSideBySideMostConfidentFirst) {
  const auto kept = suppress_overlaps(
      {face({0, 0, 50, 50}, 0.7F), face({60, 0, 50, 50}, 0.9F), face({30, 45, 50, 50}, 0.8F)}, 0.4F);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_FLOAT_EQ(kept[0].confidence, 0.9F);
  EXPECT_FLOAT_EQ(kept[2].confidence, 0.7F);
}

TEST(SuppressOverlaps, ASuppressedBoxSuppressesNothing) {
  // The middle one falls to the first; the last overlaps only the middle one and stays.
  const auto kept = suppress_overlaps(
      {face({0, 0, 100, 100}, 0.9F), face({40, 0, 100, 100}, 0.8F), face({80, 0, 100, 100}, 0.7F)}, 0.4F);
  EXPECT_EQ(kept.size(), 2U);
}

TEST(SuppressOverlaps, DropsAPartInsideAWholeIfAsked) {
  const std::vector<FaceDetection> found{face({0, 0, 100, 100}, 0.9F), face({30, 30, 30, 30}, 0.8F)};
  EXPECT_EQ(suppress_overlaps(found, 0.4F).size(), 2U);
  EXPECT_EQ(suppress_overlaps(found, 0.4F, 0.7F).size(), 1U);
}

TEST(Covered, IsTheShareOfTheSmallerBox) {
  EXPECT_FLOAT_EQ(covered({0, 0, 100, 100}, {50, 0, 100, 20}), 0.5F);
  EXPECT_FLOAT_EQ(covered({0, 0, 10, 10}, {20, 0, 10, 10}), 0);
}

}  // namespace
}  // namespace kyc
