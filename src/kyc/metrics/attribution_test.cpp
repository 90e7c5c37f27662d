#include "kyc/metrics/attribution.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

// scikit-learn 1.2.1, normalized_mutual_info_score and adjusted_rand_score, 15 digits.
const std::vector<int> kTruth{0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2};
const std::vector<int> kPredicted{7, 7, 7, 3, 3, 3, 3, 5, 5, 5, 9, 7};

TEST(Attribution, AgreesWithScikitLearn) {
  EXPECT_NEAR(normalized_mutual_information(kTruth, kPredicted), 0.594569443707318, 1e-14);
  EXPECT_NEAR(adjusted_rand_index(kTruth, kPredicted), 0.369175627240143, 1e-14);
}

TEST(MappedAccuracy, FindsTheBestNames) {
  EXPECT_DOUBLE_EQ(mapped_accuracy(kTruth, kPredicted), 9.0 / 12);
  EXPECT_DOUBLE_EQ(label_accuracy(kTruth, kPredicted), 0);
  EXPECT_DOUBLE_EQ(label_accuracy(std::vector{1, 2}, std::vector{1, 3}), 0.5);
}

TEST(MappedAccuracy, AgreesWithTryingEveryMapping) {
  std::mt19937 random(8);
  for (int round = 0; round < 200; ++round) {
    const int classes = 1 + static_cast<int>(random() % 5);
    std::vector<int> truth(1 + random() % 30);
    std::vector<int> predicted(truth.size());
    for (int& label : truth) label = static_cast<int>(random()) % classes;
    for (int& label : predicted) label = static_cast<int>(random() % 5);
    for (int& label : truth) label = std::abs(label);
    std::vector<int> mapping(5);
    std::iota(mapping.begin(), mapping.end(), 0);
    double best = 0;
    do {
      double right = 0;
      for (std::size_t i = 0; i < truth.size(); ++i)
        right += mapping[static_cast<std::size_t>(predicted[i])] == truth[i] ? 1 : 0;
      best = std::max(best, right / static_cast<double>(truth.size()));
    } while (std::next_permutation(mapping.begin(), mapping.end()));
    EXPECT_DOUBLE_EQ(mapped_accuracy(truth, predicted), best);
  }
}

TEST(Attribution, TheSamePartitionIsPerfectWhateverTheNames) {
  std::vector<int> renamed;
  for (const int label : kTruth) renamed.push_back(10 - label);
  EXPECT_EQ(mapped_accuracy(kTruth, renamed), 1);
  EXPECT_NEAR(normalized_mutual_information(kTruth, renamed), 1, 1e-15);
  EXPECT_EQ(adjusted_rand_index(kTruth, renamed), 1);
  EXPECT_EQ(normalized_mutual_information(std::vector{1, 1}, std::vector{4, 4}), 1);
  EXPECT_EQ(adjusted_rand_index(std::vector{1}, std::vector{4}), 1);
}

TEST(Attribution, OneClusterSaysNothing) {
  const std::vector<int> one(kTruth.size(), 1);
  EXPECT_NEAR(normalized_mutual_information(kTruth, one), 0, 1e-15);
  EXPECT_NEAR(adjusted_rand_index(kTruth, one), 0, 1e-15);
}

TEST(Attribution, RefusesUnequalSets) {
  EXPECT_THROW((void)label_accuracy({}, {}), Error);
  EXPECT_THROW((void)mapped_accuracy(kTruth, std::vector{1}), Error);
}

}  // namespace
}  // namespace kyc
