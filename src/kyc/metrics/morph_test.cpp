#include "kyc/metrics/morph.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

// Accepted at 0.5: of m1 2 of 2 and 1 of 2 probes; of m2 1 of 2 and none; of m3 all of three subjects.
const std::vector<MorphAttempts> kMorphs{{"m1", {{0.5, 0.9}, {0.6, 0.1}}},
                                         {"m2", {{0.7, 0.2}, {0.4, 0.3}}},
                                         {"m3", {{0.8, 0.8}, {0.8, 0.8}, {0.6, 0.7}}}};

TEST(Mmpmr, EverySubjectNeedsOneMatch) {
  EXPECT_DOUBLE_EQ(mmpmr(kMorphs, 0.5), 2.0 / 3);
  EXPECT_EQ(mmpmr(kMorphs, 0.95), 0);
  EXPECT_EQ(mmpmr(kMorphs, 0), 1);
}

TEST(MmpmrProductAverage, MultipliesShares) {
  EXPECT_DOUBLE_EQ(mmpmr_product_average(kMorphs, 0.5), (1 * 0.5 + 0 + 1) / 3);
}

TEST(Rmmr, AddsTheBonaFidePeopleRefused) {
  EXPECT_DOUBLE_EQ(rmmr(0.4, 0.1), 0.5);
  EXPECT_THROW((void)rmmr(0.4, 1.1), Error);
}

TEST(MorphingAttackPotential, CountsAttemptsAndRecognisers) {
  // The second recogniser accepts at 0.65: of m1 1 and 0; of m2 1 and 0; of m3 2, 2 and 1.
  const std::vector<RecogniserAttempts> recognisers{{"a", 0.5, kMorphs}, {"b", 0.65, kMorphs}};
  const auto map = morphing_attack_potential(recognisers);
  ASSERT_EQ(map.size(), 2U);
  EXPECT_THAT(map[0], ElementsAre(DoubleEq(2.0 / 3), DoubleEq(1.0 / 3)));
  EXPECT_THAT(map[1], ElementsAre(DoubleEq(1.0 / 3), DoubleEq(0)));
}

TEST(MorphingAttackPotential, OneAttemptAndOneRecogniserIsMmpmr) {
  const std::vector<RecogniserAttempts> one{{"a", 0.5, kMorphs}};
  EXPECT_DOUBLE_EQ(morphing_attack_potential(one)[0][0], mmpmr(kMorphs, 0.5));
}

TEST(Morph, RefusesWhatCannotBeCounted) {
  EXPECT_THROW((void)mmpmr({}, 0), Error);
  EXPECT_THROW((void)mmpmr(std::vector<MorphAttempts>{{"m", {{1}}}}, 0), Error);
  EXPECT_THROW((void)mmpmr(std::vector<MorphAttempts>{{"m", {{1}, {}}}}, 0), Error);
  EXPECT_THROW((void)mmpmr(std::vector<MorphAttempts>{{"m", {{1}, {std::nan("")}}}}, 0), Error);
  const std::vector<RecogniserAttempts> different{{"a", 0, {{"m", {{1}, {1}}}}},
                                                  {"b", 0, {{"m", {{1}, {1, 2}}}}}};
  EXPECT_THROW((void)morphing_attack_potential(different), Error);
}

}  // namespace
}  // namespace kyc
