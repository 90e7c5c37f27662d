#include "kyc/evaluation/recognition.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

// A direction in the plane: templates whose similarity is the cosine of the difference of their angles.
AcquiredTemplate at_degrees(double degrees) {
  const double radians = degrees * 3.14159265358979 / 180;
  return FaceTemplate{"plane",
                      {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))}};
}

// Two folds; two mated and two non-mated pairs each. Images in order: A1 A2 B1 B2 C1 C2 D1 D2.
PairList two_folds() {
  return parse_pairs(
      "2 2\n"
      "A 1 2\nB 1 2\nA 1 B 1\nA 2 B 2\n"
      "C 1 2\nD 1 2\nC 1 D 1\nC 2 D 2\n",
      "list.txt");
}

TEST(EvaluateRecognition, SeparatedPeopleAreToldApart) {
  const std::vector<AcquiredTemplate> templates{at_degrees(0),
                                                at_degrees(5),
                                                at_degrees(90),
                                                at_degrees(95),
                                                at_degrees(180),
                                                at_degrees(185),
                                                at_degrees(270),
                                                at_degrees(275)};
  const RecognitionResult result = evaluate_recognition(two_folds(), templates, 2);
  ASSERT_TRUE(result.accuracy.has_value());
  EXPECT_EQ(result.accuracy->mean, 1);
  EXPECT_EQ(result.accuracy->standard_deviation, 0);
  EXPECT_EQ(result.eer.value, 0);
  EXPECT_EQ(result.auc, 1);
  EXPECT_EQ(result.listed[0].tar, 1);
  EXPECT_EQ(result.non_mated_trials, 24U);  // 28 pairs of 8 images, 4 of them mated
  EXPECT_FALSE(result.thresholds[0].set.carried);
  EXPECT_EQ(result.failed_images, 0U);
}

TEST(EvaluateRecognition, TheThresholdComesFromTheOtherFolds) {
  // Fold 0: mated at 10 degrees, non-mated at 40; fold 1: mated at 60, non-mated at 90. Each fold alone is
  // separable, but not with the other one's threshold.
  const std::vector<AcquiredTemplate> templates{at_degrees(0),
                                                at_degrees(10),
                                                at_degrees(40),
                                                at_degrees(50),
                                                at_degrees(180),
                                                at_degrees(240),
                                                at_degrees(270),
                                                at_degrees(330)};
  const RecognitionResult result = evaluate_recognition(two_folds(), templates, 1);
  // Fold 0 accepts down to the middle of cos 60 and cos 90 degrees, and so its two non-mated pairs at 40;
  // fold 1 accepts down to the middle of cos 10 and cos 40 degrees, and so none of its mated pairs.
  EXPECT_NEAR(result.accuracy->folds[0].threshold, 0.25, 1e-6);
  EXPECT_EQ(result.accuracy->folds[0].accuracy, 0.5);
  EXPECT_EQ(result.accuracy->folds[1].accuracy, 0.5);
}

TEST(EvaluateRecognition, ThePairOfAFailedImageIsNotAccepted) {
  std::vector<AcquiredTemplate> templates{at_degrees(0),
                                          at_degrees(5),
                                          at_degrees(90),
                                          at_degrees(95),
                                          at_degrees(180),
                                          at_degrees(185),
                                          at_degrees(270),
                                          at_degrees(275)};
  templates[1] = AcquisitionFailure::NoFace;  // A2: of a mated and of a non-mated pair
  const RecognitionResult result = evaluate_recognition(two_folds(), templates, 1);
  EXPECT_EQ(result.failed_images, 1U);
  EXPECT_EQ(result.failed_mated_pairs, 1U);
  EXPECT_EQ(result.failed_non_mated_pairs, 1U);
  EXPECT_FALSE(result.scores[0].has_value());
  EXPECT_EQ(result.accuracy->folds[0].accuracy, 0.75);
  EXPECT_EQ(result.accuracy->folds[1].accuracy, 1);
  EXPECT_DOUBLE_EQ(result.accuracy->mean, 0.875);
  EXPECT_NEAR(result.accuracy->standard_deviation, 0.25 / std::sqrt(2), 1e-15);
  EXPECT_NEAR(result.accuracy->standard_error, 0.125, 1e-15);
  EXPECT_EQ(result.eer.value, 0);           // of what was compared
  EXPECT_EQ(result.listed[0].tar, 0.75);    // of all mated pairs
  EXPECT_EQ(result.non_mated_trials, 18U);  // 21 pairs of 7 images, 3 of them mated
}

TEST(EvaluateRecognition, RefusesWhenNothingCouldBeCompared) {
  const std::vector<AcquiredTemplate> none(8, AcquisitionFailure::Undecodable);
  EXPECT_THROW(evaluate_recognition(two_folds(), none, 1), Error);
}

TEST(ScoreFile, HasOneLinePerPair) {
  std::vector<AcquiredTemplate> templates{at_degrees(0),
                                          at_degrees(0),
                                          at_degrees(90),
                                          at_degrees(90),
                                          at_degrees(180),
                                          at_degrees(180),
                                          at_degrees(270),
                                          at_degrees(270)};
  templates[0] = AcquisitionFailure::NoFace;
  const PairList list = two_folds();
  const std::string text = score_file(list, evaluate_recognition(list, templates, 1));
  EXPECT_EQ(
      text.substr(0, 109),
      "probe,reference,mated,fold,score\nA/A_0001.jpg,A/A_0002.jpg,1,0,\nB/B_0001.jpg,B/B_0002.jpg,1,0,1\n"
      "A/A_0001.jpg,");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 9);
}

FaceDetection detection(float x, float y, float size, float confidence) {
  return {{x - size / 2, y - size / 2, size, size}, confidence, std::nullopt};
}

TEST(SubjectOf, PrefersTheFaceInTheMiddle) {
  const std::vector<FaceDetection> detections{detection(10, 10, 60, 0.99F), detection(48, 52, 30, 0.9F)};
  EXPECT_EQ(subject_of(detections, 100, 100), 1U);
}

TEST(SubjectOf, PrefersConfidenceOverALittleDistance) {
  const std::vector<FaceDetection> detections{detection(50, 50, 30, 0.6F), detection(60, 50, 30, 0.95F)};
  EXPECT_EQ(subject_of(detections, 100, 100), 1U);
}

TEST(SubjectOf, TakesTheFirstOfEqualOnes) {
  const std::vector<FaceDetection> detections{detection(40, 50, 30, 0.9F), detection(60, 50, 30, 0.9F)};
  EXPECT_EQ(subject_of(detections, 100, 100), 0U);
}

class OnModels : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(KYC_SOURCE_DIR "/models/files/fr_feature.onnx"))
      GTEST_SKIP() << "the models are not there: tools/setup fetches them";
  }
  const ModelManifest models_{KYC_SOURCE_DIR "/models"};
  const ModelResources resources_{models_, {}};
  const AnalyzerOptions options_{.pose = false, .eyes = false};
};

TEST_F(OnModels, AFileWithoutFaceOrPictureIsAFailureToAcquire) {
  const FaceAnalyzer analyzer(resources_, options_);
  const Recognizer recognizer(resources_);
  const std::filesystem::path samples = KYC_SOURCE_DIR "/samples";
  const std::filesystem::path text = KYC_SOURCE_DIR "/layers.txt";
  const std::vector<std::filesystem::path> paths{samples / "audrey.jpg", text};
  const auto acquired = acquire_templates(paths, analyzer, recognizer, 2);
  EXPECT_TRUE(acquired[0].has_value());
  ASSERT_FALSE(acquired[1].has_value());
  EXPECT_EQ(to_string(acquired[1].reason()), "undecodable");
  const std::vector<std::filesystem::path> missing{samples / "nobody.jpg"};
  EXPECT_THROW((void)acquire_templates(missing, analyzer, recognizer, 1), Error);
}

// 100 pairs of LFW, spread over the list. The whole list (2,400 pairs) gives 99.1 %; of 100 pairs at most 4
// may be wrong, which such a system exceeds once in 500 samples.
TEST_F(OnModels, PeopleOfLfwAreToldApart) {
  const std::filesystem::path lfw = KYC_SOURCE_DIR "/../shared/data/lfw";
  if (!std::filesystem::exists(lfw)) GTEST_SKIP() << "shared/data/lfw is not there";
  const PairList whole = read_pairs(lfw / "pairs.txt", lfw / "images");
  std::string text;
  for (std::size_t i = 0; i < whole.pairs.size(); i += 24) {
    const ImagePair& pair = whole.pairs[i];
    const PersonImage& a = whole.images[pair.probe];
    const PersonImage& b = whole.images[pair.reference];
    text += whole.persons[a.person] + " " + std::to_string(a.number) + " ";
    text += (pair.mated ? "" : whole.persons[b.person] + " ") + std::to_string(b.number) + "\n";
  }
  const PairList list = parse_pairs(text, "every 24th pair");
  std::vector<std::filesystem::path> paths;
  for (const PersonImage& image : list.images) paths.push_back(lfw / "images" / relative_path(list, image));
  const auto templates =
      acquire_templates(paths, FaceAnalyzer(resources_, options_), Recognizer(resources_), 2);
  const RecognitionResult result = evaluate_recognition(list, templates, 2);
  EXPECT_LE(result.failed_images, 1U);
  EXPECT_GE(result.accuracy->mean, 0.96);
  EXPECT_LE(result.eer.value, 0.04);
}

}  // namespace
}  // namespace kyc
