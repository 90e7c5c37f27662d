#include "kyc/metrics/verification.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

const std::filesystem::path kVectors = KYC_SOURCE_DIR "/../shared/vectors";

TEST(ErrorRatesAt, CountsTiesAsAccepted) {
  const ErrorRates rates = error_rates_at(std::vector{0.4, 0.5, 0.6}, std::vector{0.1, 0.5}, 0.5);
  EXPECT_DOUBLE_EQ(rates.fmr, 0.5);
  EXPECT_DOUBLE_EQ(rates.fnmr, 1.0 / 3);
}

TEST(ErrorRatesAt, RefusesEmptySetsAndNan) {
  const std::vector<double> some{1};
  EXPECT_THROW(error_rates_at({}, some, 0), Error);
  EXPECT_THROW(error_rates_at(some, {}, 0), Error);
  EXPECT_THROW(error_rates_at(some, std::vector{std::nan("")}, 0), Error);
  EXPECT_THROW(error_rates_at(some, some, std::nan("")), Error);
}

TEST(DPrime, IsTheDistanceInStandardDeviations) {
  // Means 3 and 0, both variances 1.
  EXPECT_DOUBLE_EQ(*d_prime(std::vector{2.0, 4.0}, std::vector{-1.0, 1.0}), 3);
  EXPECT_LT(*d_prime(std::vector{0.0, 1.0}, std::vector{5.0, 6.0}), 0);
  EXPECT_FALSE(d_prime(std::vector{1.0}, std::vector{0.0}).has_value());
  EXPECT_FALSE(
      d_prime(std::vector{std::numeric_limits<double>::infinity(), 1.0}, std::vector{0.0}).has_value());
  EXPECT_THROW((void)d_prime(std::vector{std::nan("")}, std::vector{0.0}), Error);
}

TEST(TransactionRates, CountFailuresToAcquire) {
  const TransactionRates rates = transaction_rates({0.01, 0.02}, 0.1);
  EXPECT_DOUBLE_EQ(rates.far, 0.009);
  EXPECT_DOUBLE_EQ(rates.frr, 0.118);
}

TEST(MostAccurateThreshold, TakesTheMiddleOfTheLowestBestInterval) {
  const AccuracyThreshold best =
      most_accurate_threshold(error_curve(std::vector{1.0, 3.0}, std::vector{0.0, 2.0}));
  EXPECT_EQ(best.threshold, 0.5);
  EXPECT_DOUBLE_EQ(best.accuracy, 0.75);
}

TEST(MostAccurateThreshold, DecidesAsCountedWhateverTheScores) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> odd{-kInfinity, -1, std::nextafter(-1.0, 0), 0, kInfinity};
  for (const double a : odd)
    for (const double b : odd)
      for (const double c : odd) {
        const std::vector<double> mated{a, b};
        const std::vector<double> non_mated{c};
        const AccuracyThreshold best = most_accurate_threshold(error_curve(mated, non_mated));
        if (c == kInfinity) continue;  // no threshold refuses it
        const ErrorRates rates = error_rates_at(mated, non_mated, best.threshold);
        EXPECT_DOUBLE_EQ(best.accuracy, 1 - (rates.fmr + 2 * rates.fnmr) / 3);
      }
}

struct Labelled {
  std::vector<double> mated;
  std::vector<double> non_mated;
  std::size_t mated_nan = 0;
  std::size_t non_mated_nan = 0;
};

// "1 0.25": class and score, "nan" where no sample was acquired.
Labelled read_bob(const std::string& name) {
  std::ifstream in(kVectors / "bob-measure" / name);
  Labelled out;
  std::string label;
  std::string score;
  while (in >> label >> score) {
    const bool mated = label == "1";
    if (score == "nan")
      ++(mated ? out.mated_nan : out.non_mated_nan);
    else
      (mated ? out.mated : out.non_mated).push_back(std::stod(score));
  }
  return out;
}

// test_m1.txt and test_m2.txt of bob.measure: threshold at the EER of the development set (printed with seven
// digits), applied to both sets; counts, and rates printed with three places.
struct BobTable {
  const char* development;
  const char* evaluation;
  double threshold;
  double fmr[2], fnmr[2], far[2], frr[2];
};

TEST(BobMeasure, ThresholdTablesAgree) {
  if (!std::filesystem::exists(kVectors / "bob-measure"))
    GTEST_SKIP() << "shared/vectors/bob-measure is not there";
  const BobTable tables[] = {{"dev-1.txt",
                              "test-1.txt",
                              -8.025286e-03,
                              {31. / 495, 27. / 479},
                              {28. / 451, 29. / 473},
                              {.05924, .05366},
                              {.11273, .10637}},
                             {"dev-2.txt",
                              "test-2.txt",
                              1.652567e-02,
                              {23. / 501, 16. / 480},
                              {20. / 446, 33. / 471},
                              {.04348, .03170},
                              {.09547, .11563}}};
  for (const BobTable& table : tables) {
    const Labelled sets[] = {read_bob(table.development), read_bob(table.evaluation)};
    // bob's threshold lies anywhere between the two scores around the crossing; the rates there are the same.
    const double threshold =
        equal_error_rate(error_curve(sets[0].mated, sets[0].non_mated)).nearest.threshold;
    EXPECT_NEAR(threshold, table.threshold, 0.01);
    for (int i = 0; i < 2; ++i) {
      const Labelled& set = sets[i];
      const ErrorRates rates = error_rates_at(set.mated, set.non_mated, table.threshold);
      EXPECT_DOUBLE_EQ(rates.fmr, table.fmr[i]);
      EXPECT_DOUBLE_EQ(rates.fnmr, table.fnmr[i]);
      const double fta = static_cast<double>(set.mated_nan + set.non_mated_nan) / 1000;
      const TransactionRates transactions = transaction_rates(rates, fta);
      EXPECT_NEAR(transactions.far, table.far[i], 5.1e-6);
      EXPECT_NEAR(transactions.frr, table.frr[i], 5.1e-6);
    }
    const ErrorRates own = error_rates_at(sets[0].mated, sets[0].non_mated, threshold);
    EXPECT_DOUBLE_EQ(own.fmr, table.fmr[0]);
    EXPECT_DOUBLE_EQ(own.fnmr, table.fnmr[0]);
  }
}

// 280 pairs with distances; figures from the README of the vectors, printed with four places (rates: per
// mille).
TEST(DeepfacePivot, AucAndEqualErrorRateAgree) {
  const auto path = kVectors / "deepface/face-recognition-pivot.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "shared/vectors/deepface is not there";
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::vector<std::string> names;
  std::stringstream header(line);
  for (std::string name; std::getline(header, name, ',');) names.push_back(name);
  std::vector<Labelled> columns(names.size());
  while (std::getline(in, line)) {
    std::stringstream row(line);
    std::vector<std::string> fields;
    for (std::string field; std::getline(row, field, ',');) fields.push_back(field);
    for (std::size_t c = 3; c < fields.size(); ++c)
      (fields[2] == "Yes" ? columns[c].mated : columns[c].non_mated).push_back(-std::stod(fields[c]));
  }
  const auto curve_of = [&](const std::string& name) {
    const auto column = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    return error_curve(columns.at(column).mated, columns.at(column).non_mated);
  };
  EXPECT_NEAR(auc(curve_of("VGG-Face_cosine")), 0.9905, 5e-5);
  EXPECT_NEAR(auc(curve_of("Facenet_cosine")), 1.0, 5e-5);
  EXPECT_NEAR(auc(curve_of("OpenFace_cosine")), 0.8191, 5e-5);
  EXPECT_NEAR(auc(curve_of("DeepFace_cosine")), 0.7429, 5e-5);
  EXPECT_NEAR(equal_error_rate(curve_of("VGG-Face_cosine")).value, 0.0357, 5e-5);
  EXPECT_NEAR(equal_error_rate(curve_of("OpenFace_cosine")).value, 0.271, 1e-3);
  EXPECT_NEAR(equal_error_rate(curve_of("DeepFace_cosine")).value, 0.336, 1e-3);
}

// 1 of 10 cannot be enrolled, 1 of 20 of the others not be acquired.
TEST(GeneralisedRates, CountWhoCouldNotBeEnrolled) {
  const TransactionRates all = generalised_rates(transaction_rates({0.02, 0.04}, 0.05), 0.1);
  EXPECT_NEAR(all.far, 0.02 * 0.95 * 0.9, 1e-15);
  EXPECT_NEAR(all.frr, 0.1 + 0.9 * (0.05 + 0.95 * 0.04), 1e-15);
  EXPECT_THROW(generalised_rates({0, 0}, 1.5), Error);
}

}  // namespace
}  // namespace kyc
