// The plans of the protocols on a small data set, and their results on scores worked out by hand.

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/evaluation/attempts.h"
#include "kyc/evaluation/budget.h"
#include "kyc/evaluation/comparisons.h"
#include "kyc/evaluation/detection_result.h"
#include "kyc/evaluation/groups.h"
#include "kyc/evaluation/journal.h"
#include "kyc/evaluation/quality_result.h"
#include "kyc/evaluation/verification_result.h"

namespace kyc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Sample sample(const std::string& id, const std::string& path, const std::string& identity) {
  Sample out;
  out.id = id;
  out.path = path;
  out.identity = identity;
  out.species = "bona_fide";
  out.split = "test";
  return out;
}

Sample forged(const std::string& id,
              const std::string& victim,
              const std::string& driver,
              const std::string& target) {
  Sample out = sample(id, id + ".mp4", victim);
  out.kind = SampleKind::Attack;
  out.driver = driver;
  out.species = "swap/x";
  out.compression = "c23";
  out.parents = {{"target", target, "", ""}};
  return out;
}

// A has two recordings, one of them in two encodings; B has one recording; V has a portrait.
Dataset small_set() {
  Dataset out;
  out.samples = {sample("a1", "a1.mp4", "A"),
                 sample("a1-c40", "a1-c40.mp4", "A"),
                 sample("a2", "a2.mp4", "A"),
                 sample("b", "b.mp4", "B"),
                 sample("v", "v.jpg", "V"),
                 forged("f", "V", "A", "a1")};
  out.samples[1].compression = "c40";
  out.samples[1].parents = {{"original", "a1", "", ""}};
  Sample never = sample("never", "", "B");
  never.failure = "disk full";
  out.samples.push_back(never);
  return out;
}

TEST(MediaIndex, CopiesOfARecordingHaveOneOrigin) {
  const Dataset set = small_set();
  const MediaIndex index(set);
  EXPECT_EQ(index.origin(1), "a1");
  EXPECT_EQ(index.recordings("A"), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(index.portraits("V"), std::vector<std::size_t>{4});
  EXPECT_EQ(index.missing(), 1U);
  EXPECT_THAT(index.identities(), ElementsAre("A", "B", "V"));
}

TEST(PlanAttempts, NobodyIsComparedWithTheirOwnRecording) {
  const Dataset set = small_set();
  const AttemptPlan plan = plan_attempts(set, MediaIndex(set), {});
  EXPECT_EQ(plan.without_reference, 1U);  // b: there is nothing else of B
  std::vector<std::string> mated, attacks;
  for (const Attempt& attempt : plan.attempts) {
    const std::string text = set.samples[attempt.probe].id + " with " + plan.references[attempt.reference].id;
    if (attempt.kind == AttemptKind::Mated) mated.push_back(text);
    if (attempt.kind == AttemptKind::Attack) attacks.push_back(text);
    if (attempt.kind == AttemptKind::NonMated) {
      EXPECT_NE(attempt.claimed, attempt.labels.identity);
    }
  }
  EXPECT_THAT(mated, ElementsAre("a1 with a2#frame", "a1-c40 with a2#frame", "a2 with a1#frame"));
  EXPECT_THAT(attacks, ElementsAre("f with v"));
}

TEST(PlanComparisons, ForgedClipsMeetTheirVictimAndAnotherRecordingOfTheirDriver) {
  const Dataset set = small_set();
  std::vector<std::string> out;
  for (const PlannedComparison& c : plan_comparisons(set, MediaIndex(set), 0))
    out.push_back(c.protocol + " " + to_string(c.kind) + " " + set.samples[c.probe].id + " " +
                  set.samples[c.reference].id);
  EXPECT_THAT(out,
              testing::IsSupersetOf({"i2v attack f v",
                                     "v2v driver f a2",
                                     "v2v mated a1 a2",
                                     "v2v non_mated a1 b",
                                     "i2v non_mated b v"}));
  EXPECT_THAT(out, testing::Not(testing::Contains("v2v mated a2 a1")));      // the same pair
  EXPECT_THAT(out, testing::Not(testing::Contains("v2v mated a1-c40 a1")));  // the same recording
}

DecisionTrial decision(AttemptKind kind,
                       const std::string& species,
                       const std::string& compression,
                       const std::string& verdict,
                       const std::string& reason = "") {
  DecisionTrial out;
  static int next = 0;
  out.kind = kind;
  out.selfie = {
      "s" + std::to_string(++next), kind == AttemptKind::Attack, "p", "", species, compression, "test"};
  out.verdict = verdict;
  if (!reason.empty()) {
    out.reasons = {reason, "another"};
    out.failed = {reason};
  }
  return out;
}

std::vector<DecisionTrial> decisions() {
  return {decision(AttemptKind::Mated, "bona_fide", "c23", "accepted"),
          decision(AttemptKind::Mated, "bona_fide", "c23", "review", "small"),
          decision(AttemptKind::NonMated, "bona_fide", "c23", "rejected", "different_person"),
          decision(AttemptKind::Attack, "swap/x", "c23", "accepted"),
          decision(AttemptKind::Attack, "swap/x", "c40", "rejected", "different_person"),
          decision(AttemptKind::Attack, "present/y", "c40", "rejected", "presentation_attack"),
          decision(AttemptKind::Attack, "present/y", "c40", "")};
}

TEST(VerificationResult, CountsWhoGotInAndWhatStoppedTheOthers) {
  const VerificationResult result = verification_result(decisions());
  EXPECT_EQ(result.mated.accepted, 1U);
  EXPECT_EQ(result.mated.review, 1U);
  EXPECT_EQ(result.attacks.attempts, 3U);
  EXPECT_EQ(result.attacks.no_answer, 1U);
  EXPECT_EQ(result.worst_species, "swap/x");
  EXPECT_EQ((result.attack_groups.at({"swap/x", "c23"}).accepted), 1U);
  EXPECT_EQ((result.attack_groups.at({"", "c40"}).attempts), 2U);
  EXPECT_EQ(result.stopped_by.at("").at("different_person"), 1U);
  EXPECT_EQ(result.failed_alone.at("present/y").at("presentation_attack"), 1U);
  EXPECT_THROW(verification_result({}), Error);
}

TEST(DecisionsCsv, ReadsBackEqual) {
  const std::string csv = decisions_csv(decisions());
  EXPECT_EQ(decisions_csv(decisions_of_csv(csv, "x")), csv);
}

AttackScoreRow score(const std::string& id,
                     bool attack,
                     int frame,
                     std::optional<double> value,
                     const std::string& split = "test") {
  return {
      "d", "set", "", {id, attack, "p", "", attack ? "swap/x" : "bona_fide", "c23", split}, frame, value, ""};
}

TEST(DetectionResult, AClipIsTheMeanOfItsFrames) {
  const std::vector<AttackScoreRow> rows{score("a", true, 0, 0.9),
                                         score("a", true, 1, 0.5),
                                         score("b", true, 0, 0.2),
                                         score("c", false, 0, 0.1),
                                         score("c", false, 1, std::nullopt),
                                         score("d", false, 0, 0.8),
                                         score("e", true, 0, std::nullopt)};
  const auto samples = mean_scores(rows);
  ASSERT_EQ(samples.size(), 5U);
  EXPECT_DOUBLE_EQ(*samples[0].score, 0.7);
  const DetectionResult result = detection_result(rows, 0.6, "by hand");
  ASSERT_TRUE(result.rates);
  EXPECT_DOUBLE_EQ(result.rates->apcer(), 0.5);  // b of a and b; e gave no answer
  EXPECT_DOUBLE_EQ(result.rates->bpcer(), 0.5);  // d of c and d
  EXPECT_DOUBLE_EQ(result.clips->auc, 0.5);      // a over c, b over c, of four pairs
  EXPECT_EQ(result.failures, 1U);
  EXPECT_DOUBLE_EQ(*half_total_error(samples, 0.6), 0.5);
}

TEST(ThresholdAtBpcer, RefusesNoMoreThanIsAllowed) {
  std::vector<ScoredSample> samples;
  for (int i = 0; i < 20; ++i)
    samples.push_back({"", {std::to_string(i), false, "", "", "bona_fide", "", ""}, i / 100.0});
  EXPECT_GT(threshold_at_bpcer(samples, 0.05), 0.18);  // one of twenty may be refused
  EXPECT_LE(threshold_at_bpcer(samples, 0.05), 0.19);
  EXPECT_GT(threshold_at_bpcer(samples, 0), 0.19);
  EXPECT_EQ(threshold_at_bpcer(samples, 1), 0);
}

ComparisonRow comparison(ComparisonKind kind, const std::string& id, double value, const std::string& split) {
  const bool attack = kind == ComparisonKind::Attack || kind == ComparisonKind::Driver;
  return {"r",
          "v2v",
          kind,
          {id, attack, "p", "", attack ? "swap/x" : "bona_fide", attack ? "c23" : "", split},
          "ref",
          split,
          value,
          ""};
}

TEST(ComparisonResult, ThresholdsAreSetOnOneSplitAndTriedOnTheOther) {
  std::vector<ComparisonRow> rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back(comparison(ComparisonKind::NonMated, "n" + std::to_string(i), i / 200.0, "val"));
  rows.push_back(comparison(ComparisonKind::Mated, "m", 0.9, "val"));
  rows.push_back(comparison(ComparisonKind::NonMated, "t1", 0.6, "test"));
  rows.push_back(comparison(ComparisonKind::NonMated, "t2", 0.1, "test"));
  rows.push_back(comparison(ComparisonKind::Mated, "t3", 0.4, "test"));
  rows.push_back(comparison(ComparisonKind::Attack, "f", 0.7, "test"));
  rows.push_back(comparison(ComparisonKind::Driver, "f", 0.2, "test"));
  const double fmr = 0.01;
  const ComparisonResult result = comparison_result(rows, "val", {&fmr, 1});
  ASSERT_EQ(result.points.size(), 1U);
  const ComparisonPoint& point = result.points[0];
  EXPECT_FALSE(result.calibrated_on_test);
  EXPECT_DOUBLE_EQ(point.threshold, 0.495);
  EXPECT_FALSE(point.carried);
  EXPECT_DOUBLE_EQ(point.fmr, 0.5);
  EXPECT_EQ(point.mated.attempts, 1U);
  EXPECT_EQ(point.mated.accepted, 0U);
  EXPECT_EQ((point.groups.at({"swap/x", "c23"}).accepted), 1U);
  EXPECT_EQ((point.leaks.at({"", ""}).accepted), 0U);
  EXPECT_TRUE(comparison_result(rows, "nowhere", {&fmr, 1}).calibrated_on_test);
}

TEST(Journal, ACutLineIsForgottenAndAnotherFingerprintStartsAnew) {
  const std::string path = testing::TempDir() + "kyc_journal_" + std::to_string(::getpid());
  {
    Journal journal(path, "one");
    journal.add("a", "line\nbreak");
    journal.add("b", "2");
  }
  {
    std::ofstream file(path, std::ios::app);
    file << "[\"c\",\"cut";
  }
  {
    Journal journal(path, "one");
    EXPECT_EQ(journal.found(), 2U);
    EXPECT_EQ(journal.find("a"), "line\nbreak");
    EXPECT_FALSE(journal.find("c"));
    journal.add("c", "3");
  }
  EXPECT_EQ(Journal(path, "one").found(), 3U);
  Journal other(path, "two");
  EXPECT_EQ(other.found(), 0U);
  other.remove();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(GroupsOfUtkfaceName, ReadsAgeSexAndRace) {
  const auto groups = groups_of_utkface_name("26_1_2_20170116184024662.jpg");
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->at("age"), "20-29");
  EXPECT_EQ(groups->at("sex"), "female");
  EXPECT_EQ(groups->at("race"), "asian");
  for (const char* bad :
       {"61_1_20170109142408075.jpg", "a_1_2_x.jpg", "26_2_2_x.jpg", "26_1_5_x.jpg", "26_1_2", ""})
    EXPECT_FALSE(groups_of_utkface_name(bad)) << bad;
  EXPECT_EQ(age_band(0), "0-9");
  EXPECT_EQ(age_band(116), "80+");
}

TEST(GroupErrors, ComparesWithinGroupsOnly) {
  const auto face = [](float x, float y) { return std::optional(FaceTemplate{"m", {x, y}}); };
  const std::vector<GroupedImage> images{{"1", "", "p", {{"sex", "male"}}},
                                         {"2", "", "p", {{"sex", "male"}}},
                                         {"3", "", "", {{"sex", "male"}}},
                                         {"4", "", "", {{"sex", "female"}}},
                                         {"5", "", "", {{"sex", "female"}}},
                                         {"6", "", "", {}}};
  const std::vector<std::optional<FaceTemplate>> templates{
      face(1, 0), face(0, 1), face(1, 0), face(1, 0), std::nullopt, face(1, 0)};
  const auto errors = group_errors(images, templates, "sex", 0.5);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].group, "female");
  EXPECT_EQ(errors[0].failed, 1U);
  EXPECT_EQ(errors[0].non_mated, 0U);
  EXPECT_EQ(errors[1].mated, 1U);
  EXPECT_EQ(errors[1].false_non_matches, 1U);
  EXPECT_EQ(errors[1].non_mated, 2U);
  EXPECT_EQ(errors[1].false_matches, 1U);
}

TEST(QualityResult, IsTheMeanOverSamplesOfTheMeanOverFrames) {
  const auto row = [](const std::string& id, int frame, std::optional<double> value) {
    return QualityRow{{id, false, "", "", "bona_fide", "c23", ""}, frame, value};
  };
  const std::vector<QualityRow> rows{
      row("a", 0, 10), row("a", 1, 20), row("b", 0, 45), row("c", 0, std::nullopt)};
  const QualityResult result = quality_result(rows);
  const QualityGroup& group = result.groups.at({"bona_fide", "c23"});
  EXPECT_DOUBLE_EQ(group.mean, 30);
  EXPECT_NEAR(group.deviation, 21.2132, 1e-4);
  EXPECT_EQ(result.failed, 1U);
}

TEST(UnderBudget, WhatIsLateIsNotAccepted) {
  const std::vector<TimedComparison> all{{"", "", true, 0.9, 0.05},
                                         {"", "", true, 0.9, 0.2},
                                         {"", "", false, 0.9, 0.2},
                                         {"", "", false, std::nullopt, 0.01}};
  const BudgetResult tight = under_budget(all, 0.5, 0.1);
  EXPECT_EQ(tight.within, 2U);
  EXPECT_DOUBLE_EQ(tight.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(under_budget(all, 0.5, 1).accuracy, 0.75);
  EXPECT_EQ(under_budget(all, 0.5, 1).accepted_non_mated, 1U);
}

}  // namespace
}  // namespace kyc
