#include "kyc/cli/detector_effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kyc::cli {
namespace {

DecisionTrial trial(AttemptKind kind, const std::string& species, const std::vector<std::string>& reasons) {
  DecisionTrial out;
  out.kind = kind;
  out.selfie.species = species;
  out.verdict = reasons.empty() ? "accepted" : "rejected";
  out.reasons = reasons;
  return out;
}

TEST(DetectorEffect, CountsWhomNothingButTheFusedDetectorsStopped) {
  const std::vector<DecisionTrial> trials{
      trial(AttemptKind::Mated, "bona_fide", {}),
      trial(AttemptKind::Mated, "bona_fide", {"deepfake"}),
      trial(AttemptKind::Attack, "swap/landmark", {}),
      trial(AttemptKind::Attack, "swap/landmark", {"deepfake"}),
      trial(AttemptKind::Attack, "swap/landmark", {"deepfake", "different_person"}),
      trial(AttemptKind::Attack, "present/print", {"presentation_attack"}),
      trial(AttemptKind::NonMated, "bona_fide", {}),
  };
  const auto effect = detector_effect(trials, "fusion");
  ASSERT_TRUE(effect.has_value());
  EXPECT_EQ(
      effect->sentence.text,
      "Without the fused detectors (fusion) 2 of 4 attacks would have got in, with them 1 of 4; of bona fide "
      "attempts 2 of 2 without, 1 of 2 with them.");
  EXPECT_EQ(effect->sentence.tone, Tone::Good);
  Report report;
  report.sections.push_back(effect->section);
  const std::string text = effect_text(report);
  EXPECT_THAT(text, testing::ContainsRegex("all attacks +50 %  2 of 4 +25 %  1 of 4"));
  EXPECT_THAT(text, testing::ContainsRegex("swap/landmark +66.7 %  2 of 3 +33.3 %  1 of 3"));
  EXPECT_THAT(text, testing::ContainsRegex("present/print +0 %  0 of 1 +0 %  0 of 1"));
}

TEST(DetectorEffect, SaysNothingWithoutBothKindsOfAttempts) {
  EXPECT_FALSE(detector_effect({trial(AttemptKind::Mated, "bona_fide", {})}, "fusion").has_value());
  EXPECT_TRUE(effect_text({}).empty());
}

}  // namespace
}  // namespace kyc::cli
