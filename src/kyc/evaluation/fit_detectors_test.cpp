// Fits on tables of numbers that are made here, so that it is known what they hold.

#include "kyc/evaluation/fit_detectors.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/detection/detectors.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/evaluation/fit_members.h"

namespace kyc {
namespace {

const ModelManifest& models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

std::string split_of(int subject) {
  return subject % 4 < 2 ? "train" : subject % 4 == 2 ? "val" : "test";
}

// Of every subject three bona fide samples and three attacks.
// measure  of one sample: its values
template <typename Measure>
std::vector<MeasuredSample> table(int subjects, const Measure& measure) {
  std::vector<MeasuredSample> out;
  for (int subject = 0; subject < subjects; ++subject)
    for (int k = 0; k < 6; ++k) {
      MeasuredSample sample;
      sample.labels.attack = k >= 3;
      sample.labels.identity = "person " + std::to_string(subject);
      sample.labels.sample = sample.labels.identity + ", " + std::to_string(k);
      sample.labels.species = k >= 3 ? "swap/landmark" : "bona_fide";
      sample.labels.split = split_of(subject);
      measure(sample);
      out.push_back(std::move(sample));
    }
  return out;
}

// The measurements of motion: noise, but for one that attacks raise.
std::vector<MeasuredSample> motion_table(int subjects, double raised) {
  const auto detector = make_attack_detector("motion", {models(), {}});
  const auto& features = dynamic_cast<const FeatureDetector&>(*detector).features();
  std::mt19937 generator(7);
  std::normal_distribution<double> noise;
  return table(subjects, [&](MeasuredSample& sample) {
    for (std::size_t k = 0; k < features.size(); ++k)
      sample.values["motion/" + features[k].name] =
          noise(generator) + (k == 4 && sample.labels.attack ? raised : 0);
  });
}

// Two detectors that give scores: each knows something that the other does not.
std::vector<MeasuredSample> score_table(int subjects) {
  std::mt19937 generator(11);
  std::normal_distribution<double> noise;
  return table(subjects, [&](MeasuredSample& sample) {
    const double attack = sample.labels.attack ? 1 : -1;
    sample.values["fr_liveness/log_odds"] = 3 * (0.7 * attack + noise(generator));
    if (generator() % 5 != 0)  // now and then it says nothing
      sample.values["liveness/log_odds"] = 0.8 * attack + noise(generator);
  });
}

TEST(FitDetector, FindsTheMeasurementThatTells) {
  FitOptions options;
  options.detector = "motion";
  options.data = "numbers of this test";
  const FitResult result = fit_detector(motion_table(80, 3), options, {models(), {}});
  ASSERT_TRUE(result.test.has_value());
  EXPECT_GT(result.test->auc, 0.93);
  EXPECT_GT(result.train.auc, 0.93);
  EXPECT_EQ(result.test->subjects, 20U);
  EXPECT_EQ(result.file.detector, "motion");
  double strongest = 0;
  for (const LinearTerm& term : result.file.model.terms)
    strongest = std::max(strongest, std::abs(term.weight));
  EXPECT_EQ(std::abs(result.file.model.terms[4].weight), strongest);
  // The threshold keeps its promise where it was set: 60 bona fide samples of split val.
  EXPECT_THAT(result.file.thresholds.at(0).data, testing::HasSubstr("60 bona fide samples of split val"));
  EXPECT_THAT(result.file.thresholds.at(0).rate, testing::HasSubstr("5 %"));
}

TEST(FitDetector, NoiseIsNotTakenForKnowledge) {
  FitOptions options;
  options.detector = "motion";
  const FitResult result = fit_detector(motion_table(80, 0), options, {models(), {}});
  EXPECT_NEAR(result.train.auc, 0.5, 0.12);  // of everybody by a fit on the others; 0.8 or so if not
}

TEST(FitDetector, OneClassIsRefused) {
  std::vector<MeasuredSample> only = motion_table(20, 3);
  std::erase_if(only, [](const MeasuredSample& sample) { return sample.labels.attack; });
  FitOptions options;
  options.detector = "motion";
  try {
    fit_detector(only, options, {models(), {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_STREQ(error.what(), "expected samples of both classes, got 30 bona fide and 0 attacks");
  }
}

TEST(FitDetector, AFusionIsNotWorseThanItsBestMember) {
  FitOptions options;
  options.detector = "mine";
  options.members = {"fr_liveness", "liveness"};
  options.fit_on = {"val"};
  const FitResult result = fit_detector(score_table(160), options, {models(), {}});
  ASSERT_EQ(result.member_figures.size(), 2U);
  ASSERT_TRUE(result.over_best_interval.has_value());
  EXPECT_GT(result.over_best, 0.01);
  EXPECT_GT(result.over_best_interval->low, 0);
  EXPECT_EQ(result.file.model.terms.size(), 2U);
  for (const LinearTerm& term : result.file.model.terms) EXPECT_GT(term.weight, 0) << term.name;
}

TEST(CrossFitted, NobodyIsJudgedByAFitThatKnowsThem) {
  // Each subject has a measurement of its own, which gives its class away.
  std::vector<std::string> names;
  std::vector<LabelledMeasurements> samples;
  for (int subject = 0; subject < 12; ++subject) names.push_back("is " + std::to_string(subject));
  for (int subject = 0; subject < 12; ++subject) {
    LabelledMeasurements sample{std::vector<double>(12), subject % 2 == 1, std::to_string(subject)};
    sample.values[static_cast<std::size_t>(subject)] = 1;
    samples.push_back(sample);
    samples.push_back(sample);
  }
  const LinearModel knows = fit_linear_model(names, samples, 1e-3);
  EXPECT_GT(log_odds(knows, samples[2].values) - log_odds(knows, samples[0].values), 2);
  const auto left_out = cross_fitted(names, samples, 1e-3, 12);
  double attack = 0;
  double bona_fide = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    ASSERT_TRUE(left_out[i].has_value());
    (samples[i].attack ? attack : bona_fide) += *left_out[i] / 12;
  }
  EXPECT_LT(attack - bona_fide, 0.5);
}

}  // namespace
}  // namespace kyc
