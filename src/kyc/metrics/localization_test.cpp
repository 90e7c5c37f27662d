#include "kyc/metrics/localization.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

TEST(MaskIou, DividesCommonByAllChangedPixels) {
  const std::vector<std::uint8_t> predicted{255, 255, 0, 0};
  const std::vector<std::uint8_t> truth{1, 0, 1, 0};
  EXPECT_DOUBLE_EQ(*mask_iou(predicted, truth), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*score_iou(std::vector{0.5, 0.9, 0.5, 0.4}, truth, 0.5), 2.0 / 3);
  EXPECT_FALSE(mask_iou(std::vector<std::uint8_t>{0}, std::vector<std::uint8_t>{0}).has_value());
  EXPECT_THROW((void)mask_iou(predicted, std::vector<std::uint8_t>{1}), Error);
}

TEST(PixelAuc, OrdersPixels) {
  EXPECT_DOUBLE_EQ(pixel_auc(std::vector{0.9, 0.5, 0.5, 0.1}, std::vector<std::uint8_t>{1, 1, 0, 0}), 0.875);
  EXPECT_THROW((void)pixel_auc(std::vector{0.9}, std::vector<std::uint8_t>{1}), Error);
}

TEST(SegmentIou, IsZeroAcrossClipsAndForTouchingSegments) {
  EXPECT_DOUBLE_EQ(segment_iou({"a", 0, 4}, {"a", 2, 6}), 1.0 / 3);
  EXPECT_EQ(segment_iou({"a", 0, 4}, {"b", 0, 4}), 0);
  EXPECT_EQ(segment_iou({"a", 0, 4}, {"a", 4, 5}), 0);
}

const std::vector<Segment> kTruthMask{{"a", 0, 10}, {"a", 20, 30}, {"b", 0, 10}};

// By falling score: right, wrong clip, right (overlap 0.8), a second hit of a segment that is taken: wrong.
const std::vector<ScoredSegment> kPredictedMask{
    {{"a", 0, 10}, 0.9}, {{"c", 0, 10}, 0.8}, {{"b", 0, 8}, 0.7}, {{"a", 1, 10}, 0.6}};

TEST(TemporalAveragePrecision, CountsEverySegmentOnce) {
  // Precision 1, 1/2, 2/3, 1/2; made falling 1, 2/3, 2/3, 1/2; recall steps of 1/3 at the first and third.
  EXPECT_DOUBLE_EQ(temporal_average_precision(kPredictedMask, kTruthMask, 0.5), (1 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(temporal_average_precision(kPredictedMask, kTruthMask, 0.9), 1.0 / 3);
  EXPECT_EQ(temporal_average_precision({}, kTruthMask, 0.5), 0);
}

TEST(TemporalAverageRecall, AveragesOverOverlaps) {
  // One prediction a clip: a's first segment at all ten overlaps, b's at 0.5 ... 0.8 (seven of ten).
  EXPECT_NEAR(temporal_average_recall(kPredictedMask, kTruthMask, 1), (10 + 7) / 30.0, 1e-15);
  EXPECT_EQ(temporal_average_recall(kPredictedMask, kTruthMask, 0), 0);
}

TEST(Temporal, RefusesSegmentsWithoutLength) {
  EXPECT_THROW((void)temporal_average_precision(kPredictedMask, {}, 0.5), Error);
  const std::vector<Segment> empty{{"a", 1, 1}};
  EXPECT_THROW((void)temporal_average_precision(kPredictedMask, empty, 0.5), Error);
  const std::vector<ScoredSegment> nan{{{"a", 0, 1}, std::nan("")}};
  EXPECT_THROW((void)temporal_average_recall(nan, kTruthMask, 1), Error);
}

}  // namespace
}  // namespace kyc
