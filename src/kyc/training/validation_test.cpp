#include "kyc/training/validation.h"

#include <cmath>

#include <gmock/gmock.h>

#include "kyc/core/csv.h"
#include "kyc/metrics/error_curve.h"
#include "kyc/training/drawn_set_test.h"
#include "kyc/training/random.h"

namespace kyc {
namespace {

using ::testing::HasSubstr;

struct Scored {
  std::vector<TrainingItem> items;
  std::vector<ItemScore> scores;

  void add(bool attack, const std::string& identity, double score, const std::string& compression = "c23") {
    TrainingItem item;
    item.sample = "s" + std::to_string(items.size());
    item.attack = attack;
    item.identity = identity;
    item.species = attack ? "swap" : "bona_fide";
    item.compression = compression;
    scores.push_back({items.size(), {score, score}, score});
    items.push_back(item);
  }
};

Scored drawn(std::uint64_t seed) {
  Scored out;
  Random random({seed});
  for (int i = 0; i < 40; ++i)
    out.add(i % 3 == 0,
            "person" + std::to_string(i / 2),
            std::round(10 * random.share() + (i % 3 == 0 ? 3 : 0)) / 13);
  return out;
}

TEST(AucOf, IsTheAreaUnderTheRocWithTies) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Scored scored = drawn(seed);
    std::vector<double> attacks;
    std::vector<double> bona_fide;
    for (const ItemScore& one : scored.scores)
      (scored.items[one.item].attack ? attacks : bona_fide).push_back(one.score);
    const auto found = auc_of(scored.items, scored.scores);
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(found->auc, auc(error_curve(attacks, bona_fide)), 1e-12);
    ASSERT_TRUE(found->interval.has_value());
    EXPECT_LE(found->interval->low, found->auc);
    EXPECT_GE(found->interval->high, found->auc);
    EXPECT_EQ(found->identities, 20U);
  }
}

TEST(AucOf, NeedsBothClasses) {
  Scored scored;
  scored.add(true, "a", 0.5);
  EXPECT_FALSE(auc_of(scored.items, scored.scores).has_value());
}

TEST(AucByGroup, ComparesWithBonaFideOfTheSameCompression) {
  Scored scored;
  scored.add(true, "a", 0.9, "c0");
  scored.add(false, "b", 0.1, "c0");
  scored.add(true, "a", 0.2, "c40");
  scored.add(false, "b", 0.3, "c40");
  const auto groups = auc_by_group(scored.items, scored.scores);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].compression, "c0");
  EXPECT_EQ(groups[0].auc.auc, 1);
  EXPECT_EQ(groups[1].auc.auc, 0);
}

TEST(AucByGroup, OfSeveralSpeciesEachCompressionHasAnEntryForAllTogether) {
  Scored scored;
  for (const char* compression : {"c0", "c40"}) {
    scored.add(true, "a", 0.9, compression);
    scored.add(true, "b", 0.1, compression);
    scored.items.back().species = "other";
    scored.add(false, "c", 0.5, compression);
  }
  const auto groups = auc_by_group(scored.items, scored.scores);
  ASSERT_EQ(groups.size(), 6U);
  EXPECT_EQ(groups[0].species, "");
  EXPECT_EQ(groups[0].auc.attacks, 2U);
  EXPECT_EQ(groups[0].auc.auc, 0.5);
}

TEST(RatesAt, CountTheAttacksOfEverySpecies) {
  Scored scored;
  scored.add(true, "a", 0.9);
  scored.add(true, "b", 0.1);
  scored.items.back().species = "other";
  scored.add(false, "c", 0.6);
  const ErrorRatesAt rates = rates_at(scored.items, scored.scores, 0.5);
  ASSERT_EQ(rates.species.size(), 2U);
  EXPECT_EQ(rates.species.at("other").attacks_missed, 1U);
  EXPECT_EQ(rates.species.at("other").attacks, 1U);
  EXPECT_EQ(rates.attacks_missed, 1U);
  EXPECT_EQ(rates.bona_fide_rejected, 1U);
}

TEST(ThresholdsOf, KeepTheirLimitOnTheDataTheyWereSetOn) {
  const Scored scored = drawn(3);
  for (const ModelThreshold& one : thresholds_of(scored.items, scored.scores, "validation")) {
    const ErrorRatesAt rates = rates_at(scored.items, scored.scores, one.value);
    const double bpcer = static_cast<double>(rates.bona_fide_rejected) / static_cast<double>(rates.bona_fide);
    EXPECT_LE(bpcer, one.name == "bpcer_1e-2" ? 0.01 : one.name == "eer" ? 1.0 : 0.05);
    EXPECT_THAT(one.data, HasSubstr("14 attacks, 26 bona fide samples"));
  }
}

TEST(ScoresCsv, HasOneLineAFrame) {
  Scored scored;
  scored.add(true, "a,b", 0.25);
  CsvReader reader(scores_csv(scored.items, scored.scores), "scores");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.field(reader.column("identity")), "a,b");
  EXPECT_EQ(reader.number(reader.column("score")), 0.25);
  EXPECT_TRUE(reader.boolean(reader.column("attack")));
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(BalancedLoss, OfGuessingIsTheLogarithmOfTwo) {
  Scored scored;
  scored.add(true, "a", 0.5);
  scored.add(false, "b", 0.5);
  scored.add(false, "c", 0.5);
  EXPECT_NEAR(balanced_loss(scored.items, scored.scores), 0.6931, 1e-4);
}

}  // namespace
}  // namespace kyc
