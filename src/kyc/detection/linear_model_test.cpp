#include "kyc/detection/linear_model.h"

#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/testing/person.h"

namespace kyc {
namespace {

const std::vector<std::string> kNames{"one", "two", "noise"};

// Log odds 2 x one - 1 x two, and a third measurement that says nothing.
std::vector<LabelledMeasurements> drawn_samples(int count, std::uint64_t seed) {
  Dice dice(seed);
  std::vector<LabelledMeasurements> out;
  for (int i = 0; i < count; ++i) {
    const double one = static_cast<double>(dice.between(-2, 2));
    const double two = static_cast<double>(dice.between(-2, 2));
    const double p = logistic(2 * one - two);
    const bool attack = static_cast<double>(dice.between(0, 1)) < p;
    out.push_back({{one, two, static_cast<double>(dice.between(-2, 2))}, attack, std::to_string(i % 50)});
  }
  return out;
}

TEST(LinearModel, FindsTheWeightsThatMadeTheData) {
  const auto samples = drawn_samples(20000, 7);
  const LinearModel model = fit_linear_model(kNames, samples, 1e-6);
  const auto slope = [&](std::size_t k) { return model.terms[k].weight / model.terms[k].scale; };
  // Standard error of a slope at 20,000 samples is about 0.03.
  EXPECT_NEAR(slope(0), 2, 0.12);
  EXPECT_NEAR(slope(1), -1, 0.12);
  EXPECT_NEAR(slope(2), 0, 0.12);
}

TEST(LinearModel, AStrongerPenaltyMakesSmallerWeights) {
  const auto samples = drawn_samples(500, 3);
  const LinearModel loose = fit_linear_model(kNames, samples, 1e-4);
  const LinearModel tight = fit_linear_model(kNames, samples, 1.0);
  EXPECT_LT(std::abs(tight.terms[0].weight), std::abs(loose.terms[0].weight) / 2);
}

TEST(LinearModel, SeparableClassesStayFinite) {
  std::vector<LabelledMeasurements> samples;
  for (int i = 0; i < 10; ++i) samples.push_back({{i < 5 ? -1.0 : 1.0}, i >= 5, std::to_string(i)});
  const LinearModel model = fit_linear_model(std::vector<std::string>{"x"}, samples, 1e-3);
  EXPECT_TRUE(std::isfinite(model.terms[0].weight));
  EXPECT_GT(log_odds(model, std::vector<double>{1.0}), 2);
}

TEST(LinearModel, BothClassesWeighTheSameWhateverTheirNumbers) {
  std::vector<LabelledMeasurements> samples;
  for (int i = 0; i < 110; ++i) samples.push_back({{0.0}, i < 10, std::to_string(i)});
  const LinearModel model = fit_linear_model(std::vector<std::string>{"x"}, samples, 0.1);
  EXPECT_NEAR(log_odds(model, std::vector<double>{0.0}), 0, 1e-6);
}

TEST(LinearModel, NoMeasurementCountsBeyondItsReach) {
  const LinearModel model{{{"x", 0, 1, 0.5}}, 0.25};
  EXPECT_DOUBLE_EQ(log_odds(model, std::vector<double>{2}), 1.25);
  EXPECT_DOUBLE_EQ(log_odds(model, std::vector<double>{1e6}), 0.25 + 0.5 * kLinearReach);
  EXPECT_DOUBLE_EQ(contributions(model, std::vector<double>{-1e6})[0], -0.5 * kLinearReach);
}

TEST(LinearModel, TheChosenPenaltyIsLooseOnMuchDataAndTightOnNoise) {
  const double loose = choose_penalty(kNames, drawn_samples(4000, 5));
  std::vector<LabelledMeasurements> noise = drawn_samples(60, 9);
  Dice dice(1);
  for (auto& sample : noise) sample.attack = dice.between(0, 1) < 0.5F;
  EXPECT_LE(loose, 0.1);
  EXPECT_GE(choose_penalty(kNames, noise), 0.3);
}

TEST(LinearModel, RefusesOneClassAndWhatIsNoNumber) {
  std::vector<LabelledMeasurements> samples{{{1.0}, true, "a"}, {{2.0}, true, "b"}};
  const std::vector<std::string> names{"x"};
  EXPECT_THROW(fit_linear_model(names, samples, 0.1), Error);
  samples[0] = {{std::nan("")}, false, "a"};
  EXPECT_THROW(fit_linear_model(names, samples, 0.1), Error);
}

class LinearModelFileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string message_of(const std::string& text) {
    write_text_file(path_, text);
    try {
      read_linear_model(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      return error.what();
    }
    return "nothing thrown";
  }
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("linear" + std::to_string(::getpid()) + ".json");
};

TEST_F(LinearModelFileTest, WhatIsWrittenIsRead) {
  LinearModelFile file{
      "mine", {{{"x", 0.1, 2, -0.3}, {"y", 1e-9, 0.5, 7}}, -1.25}, {}, {{"data", "two sets"}}, ""};
  file.thresholds.push_back({"default", 0.7, "BPCER 5 %", "20 photos"});
  write_text_file(path_, linear_model_to_json(file));
  const LinearModelFile read = read_linear_model(path_);
  EXPECT_EQ(read.detector, "mine");
  EXPECT_EQ(read.model.terms[1].name, "y");
  EXPECT_EQ(read.model.terms[0].weight, -0.3);
  EXPECT_EQ(read.model.intercept, -1.25);
  EXPECT_EQ(read.thresholds[0].value, 0.7);
  EXPECT_EQ(read.record[0].second, "two sets");
  EXPECT_EQ(read.sha256.size(), 64U);
  EXPECT_TRUE(is_linear_model(path_));
}

TEST_F(LinearModelFileTest, HostileFilesAreRefusedWithTheirName) {
  EXPECT_THAT(message_of("{"), testing::HasSubstr(path_.filename().string()));
  EXPECT_THAT(message_of("{}"), testing::HasSubstr("detector"));
  EXPECT_THAT(message_of(R"({"detector": "x", "record": {}, "thresholds": [], "intercept": 0,
      "terms": [{"name": "a", "mean": 0, "scale": 0, "weight": 1}]})"),
              testing::HasSubstr("expected a scale above 0"));
}

}  // namespace
}  // namespace kyc
