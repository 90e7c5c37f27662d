#include "kyc/metrics/detection.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

const std::vector<FrameScore> kFrames{{"ff/DF/000_003", true, 0.9},
                                      {"ff/DF/000_003", true, 0.7},
                                      {"ff/F2F/000_003", true, 0.2},
                                      {"ff/real/000", false, 0.1},
                                      {"ff/real/000", false, 0.3},
                                      {"ff/real/000", false, 0.5}};

TEST(ClipScores, AreTheMeansOfTheirFrames) {
  const auto clips = clip_scores(kFrames);
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_EQ(clips[0].clip, "ff/DF/000_003");
  EXPECT_DOUBLE_EQ(clips[0].score, 0.8);
  EXPECT_DOUBLE_EQ(clips[2].score, 0.3);
  EXPECT_EQ(clips[2].frames, 3U);
  EXPECT_FALSE(clips[2].attack);
  EXPECT_DOUBLE_EQ(auc(attack_curve(clips)), 0.5);
}

TEST(ClipScores, ByFolderNameMixesMethodsAsDeepfakeBenchDoes) {
  const auto clips = clip_scores(kFrames, ClipGrouping::ByFolderName);
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].clip, "000_003");
  EXPECT_DOUBLE_EQ(clips[0].score, 0.6);
  const std::vector<FrameScore> odd{{"name", true, 1}, {"a/name/", true, 3}, {"/name", true, 5}};
  EXPECT_EQ(clip_scores(odd, ClipGrouping::ByFolderName).size(), 1U);
}

TEST(ClipScores, RefusesAClipOfBothClassesAndNan) {
  const std::vector<FrameScore> mixed{{"a", true, 1}, {"a", false, 1}};
  EXPECT_THROW((void)clip_scores(mixed), Error);
  const std::vector<FrameScore> nan{{"a", true, std::nan("")}};
  EXPECT_THROW((void)clip_scores(nan), Error);
  const std::vector<FrameScore> one_class{{"a", true, 1}};
  EXPECT_THROW((void)attack_curve(one_class), Error);
}

// The example of scikit-learn's documentation of average_precision_score: 0.83...
TEST(AveragePrecision, AgreesWithScikitLearn) {
  EXPECT_NEAR(average_precision(error_curve(std::vector{0.35, 0.8}, std::vector{0.1, 0.4})),
              0.8333333333333333,
              1e-15);
}

TEST(AveragePrecision, OfConstantScoresIsTheShareOfAttacks) {
  EXPECT_DOUBLE_EQ(average_precision(error_curve(std::vector{1.0}, std::vector{1.0, 1.0, 1.0})), 0.25);
  EXPECT_EQ(average_precision(error_curve(std::vector{2.0, 3.0}, std::vector{1.0})), 1);
}

TEST(AccuracyAt, CountsTiesAsAttacks) {
  const ErrorCurve curve = error_curve(std::vector{0.5, 0.9, 0.2}, std::vector{0.5, 0.1});
  EXPECT_DOUBLE_EQ(accuracy_at(curve, 0.5), 0.6);
  EXPECT_DOUBLE_EQ(accuracy_at(curve, 0.51), 0.4 + 0.2);
  EXPECT_DOUBLE_EQ(accuracy_at(curve, -1), 0.6);
  EXPECT_DOUBLE_EQ(accuracy_at(curve, 2), 0.4);
  EXPECT_THROW((void)accuracy_at(curve, std::nan("")), Error);
}

// Worked by hand. Points of the ROC curve (FPR, TPR), highest threshold first: (0, 0), (0, 1/2), (1/4, 1/2),
// (1/2, 1/2), (1/2, 1), (3/4, 1), (1, 1). scikit-learn drops (1/4, 1/2) and (3/4, 1), which lie on straight
// lines. Of the rest |FNR - FPR| is least at (1/2, 1/2), with all of them as well; its FPR is 1/2.
TEST(DeepfakebenchEer, IsTheFprOfTheClosestPoint) {
  const ErrorCurve curve = error_curve(std::vector{6.0, 3.0}, std::vector{5.0, 4.0, 2.0, 1.0});
  EXPECT_DOUBLE_EQ(deepfakebench_eer(curve), 0.5);
  EXPECT_EQ(deepfakebench_eer(error_curve(std::vector{2.0}, std::vector{1.0})), 0);
}

// Points (0, 0), (0, 1/3), (1/3, 1/3), (2/3, 1/3), (1, 1/3), (1, 1) in thirds: the closest one, (2/3, 1/3)
// with gap 0, is dropped; left are (0, 1/3) with gap 2/3 and (1, 1/3) with gap 1/3.
TEST(DeepfakebenchEer, MissesAPointThatScikitLearnDropped) {
  const ErrorCurve curve = error_curve(std::vector{9.0, 1.0, 1.0}, std::vector{4.0, 3.0, 2.0});
  EXPECT_DOUBLE_EQ(deepfakebench_eer(curve), 1);
  EXPECT_DOUBLE_EQ(equal_error_rate(curve).value, 2.0 / 3);
}

}  // namespace
}  // namespace kyc
