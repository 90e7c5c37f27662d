#include "kyc/metrics/identification.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

const std::vector<GallerySearch> kSearches{{{0.9, 0.1}, {0.3, 0.2}},  // rank 1
                                           {{0.5}, {0.5, 0.7, 0.1}},  // rank 3: a tie counts against
                                           {{0.4}, {0.6}},            // rank 2
                                           {{0.8}, {}},               // rank 1
                                           {{}, {0.2, 0.55}},         // not enrolled
                                           {{}, {0.95, 0.1}}};        // not enrolled

TEST(RankOf, CountsTiesAgainst) {
  EXPECT_EQ(rank_of(kSearches[0]), 1U);
  EXPECT_EQ(rank_of(kSearches[1]), 3U);
}

TEST(CumulativeMatch, LeavesOutPeopleNotEnrolled) {
  EXPECT_THAT(cumulative_match(kSearches), ElementsAre(DoubleEq(0.5), DoubleEq(0.75), DoubleEq(1)));
}

TEST(OpenSet, CountsAlarmsAndMisses) {
  EXPECT_DOUBLE_EQ(fpir_at(kSearches, 0.55), 1);
  EXPECT_DOUBLE_EQ(fpir_at(kSearches, 0.56), 0.5);
  EXPECT_DOUBLE_EQ(fnir_at(kSearches, 0.5), 0.25);
  EXPECT_DOUBLE_EQ(fnir_at(kSearches, 0.5, 1), 0.5);
  EXPECT_DOUBLE_EQ(fnir_at(kSearches, 0.85, 1), 0.75);
}

TEST(FnirAtFpir, TakesTheLowestThresholdThatKeepsTheLimit) {
  const IdentificationPoint half = fnir_at_fpir(kSearches, 0.5);
  EXPECT_EQ(half.threshold, 0.8);
  EXPECT_DOUBLE_EQ(half.fpir, 0.5);
  EXPECT_DOUBLE_EQ(half.fnir, 0.5);
  const IdentificationPoint none = fnir_at_fpir(kSearches, 0.1);
  EXPECT_GT(none.threshold, 0.95);
  EXPECT_EQ(none.fpir, 0);
  EXPECT_EQ(none.fnir, 1);
}

TEST(Identification, RefusesWhatCannotBeCounted) {
  const std::vector<GallerySearch> enrolled{{{1}, {0}}};
  const std::vector<GallerySearch> strangers{{{}, {0}}};
  EXPECT_THROW((void)fpir_at(enrolled, 0), Error);
  EXPECT_THROW((void)cumulative_match(strangers), Error);
  EXPECT_THROW((void)fnir_at(strangers, 0), Error);
  EXPECT_THROW((void)cumulative_match(std::vector<GallerySearch>{{{1}, {std::nan("")}}}), Error);
}

}  // namespace
}  // namespace kyc
