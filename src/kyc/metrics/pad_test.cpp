#include "kyc/metrics/pad.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/metrics/error_curve.h"

namespace kyc {
namespace {

const Presentations kPrint{"print", {0.9, 0.8, 0.7, 0.2}, 1};
const Presentations kReplay{"replay", {0.95, 0.9, 0.9, 0.9, 0.6}, 0};
const Presentations kBonaFide{"", {0.1, 0.2, 0.3, 0.7}, 4};

TEST(PadRatesAt, CountsPerSpeciesAndTiesAsAttacks) {
  const PadRates rates = pad_rates_at(std::vector{kPrint, kReplay}, kBonaFide, 0.7);
  EXPECT_EQ(rates.attacks[0].errors, 1U);
  EXPECT_DOUBLE_EQ(rates.attacks[0].rate, 0.25);
  EXPECT_DOUBLE_EQ(rates.attacks[0].no_response, 0.2);
  EXPECT_DOUBLE_EQ(rates.attacks[1].rate, 0.2);
  EXPECT_EQ(rates.worst, 0U);
  EXPECT_DOUBLE_EQ(rates.apcer(), 0.25);
  EXPECT_DOUBLE_EQ(rates.bpcer(), 0.25);
  EXPECT_DOUBLE_EQ(rates.bona_fide.no_response, 0.5);
  EXPECT_EQ(rates.attacks[0].interval, clopper_pearson_interval(1, 4));
}

TEST(PadRatesAt, RefusesWhatCannotBeCounted) {
  const std::vector attacks{kPrint};
  EXPECT_THROW(pad_rates_at({}, kBonaFide, 0), Error);
  EXPECT_THROW(pad_rates_at(std::vector{kPrint, kPrint}, kBonaFide, 0), Error);
  EXPECT_THROW(pad_rates_at(std::vector{Presentations{"mask", {}, 3}}, kBonaFide, 0), Error);
  EXPECT_THROW(pad_rates_at(attacks, Presentations{}, 0), Error);
  EXPECT_THROW(pad_rates_at(attacks, Presentations{"", {std::nan("")}, 0}, 0), Error);
  EXPECT_THROW(pad_rates_at(attacks, kBonaFide, std::nan("")), Error);
  EXPECT_THROW(bpcer_at_apcer(attacks, kBonaFide, 1.5), Error);
}

TEST(BpcerAtApcer, NoSpeciesExceedsTheLimit) {
  const std::vector attacks{kPrint, kReplay};
  const PadRates at_25 = bpcer_at_apcer(attacks, kBonaFide, 0.25);
  EXPECT_EQ(at_25.threshold, 0.7);
  const PadRates at_0 = bpcer_at_apcer(attacks, kBonaFide, 0);
  EXPECT_EQ(at_0.threshold, 0.2);
  EXPECT_DOUBLE_EQ(at_0.bpcer(), 0.75);
  const PadRates at_1 = bpcer_at_apcer(attacks, kBonaFide, 1);
  EXPECT_EQ(at_1.bpcer(), 0);
}

TEST(ApcerAtBpcer, StaysJustAboveTheBonaFideScores) {
  const std::vector attacks{kPrint, kReplay};
  const PadRates at_25 = apcer_at_bpcer(attacks, kBonaFide, 0.25);
  EXPECT_EQ(at_25.threshold, std::nextafter(0.3, 1));
  EXPECT_DOUBLE_EQ(at_25.attacks[0].rate, 0.25);
  EXPECT_EQ(at_25.attacks[1].rate, 0);
  EXPECT_EQ(apcer_at_bpcer(attacks, kBonaFide, 1).apcer(), 0);
  EXPECT_DOUBLE_EQ(apcer_at_bpcer(attacks, kBonaFide, 0).apcer(), 0.5);
}

std::vector<double> draw(std::mt19937& random, std::size_t n, int shift) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i)
    out.push_back(static_cast<double>(static_cast<int>(random() % 9) + shift));
  return out;
}

// With one species, PAD is the verification of attacks: compared with the error curve.
TEST(Pad, OneSpeciesAgreesWithTheErrorCurve) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const std::vector attacks{Presentations{"one", draw(random, 1 + random() % 30, 2), 0}};
    const Presentations bona_fide{"", draw(random, 1 + random() % 30, 0), 0};
    const ErrorCurve curve = error_curve(attacks[0].scores, bona_fide.scores);
    EXPECT_DOUBLE_EQ(pad_equal_error_rate(attacks, bona_fide).value, equal_error_rate(curve).value);
    for (const double limit : {0.0, 0.01, 0.05, 0.1, 0.5, 1.0}) {
      EXPECT_DOUBLE_EQ(bpcer_at_apcer(attacks, bona_fide, limit).bpcer(), fmr_at_fnmr(curve, limit).fmr);
      EXPECT_DOUBLE_EQ(apcer_at_bpcer(attacks, bona_fide, limit).apcer(), fnmr_at_fmr(curve, limit).fnmr);
    }
  }
}

// Against trying every threshold.
TEST(Pad, SeveralSpeciesAgreeWithTryingEveryThreshold) {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    const std::vector attacks{Presentations{"a", draw(random, 1 + random() % 9, 1), 0},
                              Presentations{"b", draw(random, 1 + random() % 9, 3), 0},
                              Presentations{"c", draw(random, 1 + random() % 9, 0), 0}};
    const Presentations bona_fide{"", draw(random, 1 + random() % 9, 0), 0};
    const double limit = 0.1 * static_cast<double>(random() % 11);
    double lowest_bpcer = 1;
    double lowest_apcer = 1;
    double closest = 2;
    for (double t = -0.5; t < 13; t += 0.5) {
      const PadRates rates = pad_rates_at(attacks, bona_fide, t);
      if (rates.apcer() <= limit) lowest_bpcer = std::min(lowest_bpcer, rates.bpcer());
      if (rates.bpcer() <= limit) lowest_apcer = std::min(lowest_apcer, rates.apcer());
      closest = std::min(closest, std::abs(rates.apcer() - rates.bpcer()));
    }
    EXPECT_DOUBLE_EQ(bpcer_at_apcer(attacks, bona_fide, limit).bpcer(), lowest_bpcer);
    EXPECT_DOUBLE_EQ(apcer_at_bpcer(attacks, bona_fide, limit).apcer(), lowest_apcer);
    const PadRates nearest = pad_equal_error_rate(attacks, bona_fide).nearest;
    EXPECT_DOUBLE_EQ(std::abs(nearest.apcer() - nearest.bpcer()), closest);
  }
}

TEST(Acer, TakesTheWorstSpeciesAndHterPoolsThem) {
  const PadRates rates = pad_rates_at(std::vector{kPrint, kReplay}, kBonaFide, 0.7);
  EXPECT_DOUBLE_EQ(acer(rates), 0.25);
  EXPECT_DOUBLE_EQ(hter(rates), (2.0 / 9 + 0.25) / 2);
}

TEST(ImpostorAttackRates, AddFalseRejects) {
  const ImpostorAttackRates rates = impostor_attack_rates({"swap", 50, 5}, 0.02);
  EXPECT_DOUBLE_EQ(rates.iapar, 0.1);
  EXPECT_DOUBLE_EQ(rates.riapar, 0.12);
  EXPECT_EQ(rates.interval, clopper_pearson_interval(5, 50));
  EXPECT_THROW(impostor_attack_rates({"swap", 0, 0}, 0.02), Error);
  EXPECT_THROW(impostor_attack_rates({"swap", 2, 3}, 0.02), Error);
}

}  // namespace
}  // namespace kyc
