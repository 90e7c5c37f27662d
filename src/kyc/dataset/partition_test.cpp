#include "kyc/dataset/partition.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace kyc {
namespace {

std::vector<PartitionPerson> people(int victims, int drivers, int both) {
  std::vector<PartitionPerson> out;
  for (int i = 0; i < victims; ++i) out.push_back({"v" + std::to_string(i), true, false});
  for (int i = 0; i < drivers; ++i) out.push_back({"d" + std::to_string(i), false, true});
  for (int i = 0; i < both; ++i) out.push_back({"b" + std::to_string(i), true, true});
  return out;
}

std::array<int, 3> count(const std::vector<PartitionPerson>& all,
                         const std::vector<int>& sides,
                         bool PartitionPerson::*role) {
  std::array<int, 3> out{};
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].*role) ++out.at(static_cast<std::size_t>(sides[i]));
  return out;
}

TEST(Partition, IsAsNearToTheSharesAsWholePeopleAllow) {
  const std::array<double, 3> shares = {0.7, 0.1, 0.2};
  for (const int n : {1, 2, 3, 7, 10, 99, 1000}) {
    const auto all = people(n, 2 * n, 0);
    const auto sides = partition(all, {}, shares, 5);
    const auto victims = count(all, sides, &PartitionPerson::victim);
    const auto drivers = count(all, sides, &PartitionPerson::driver);
    for (std::size_t s = 0; s < 3; ++s) {
      EXPECT_LT(victims[s] - shares[s] * n, 1) << n;
      EXPECT_LT(std::abs(victims[s] - shares[s] * n), 2) << n;
      EXPECT_LT(std::abs(drivers[s] - shares[s] * 2 * n), 2) << n;
    }
  }
}

TEST(Partition, ASplitOfShareZeroStaysEmpty) {
  const auto all = people(9, 3, 2);
  for (const int side : partition(all, {}, {0.5, 0, 0.5}, 1)) EXPECT_NE(side, 1);
}

TEST(Partition, JoinedPeopleStayTogether) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const auto all = people(20, 8, 5);
    std::vector<std::pair<std::size_t, std::size_t>> joined;
    for (int i = 0; i < 10; ++i) joined.emplace_back(random() % all.size(), random() % all.size());
    const auto sides = partition(all, joined, {0.6, 0.2, 0.2}, random());
    for (const auto& [a, b] : joined) EXPECT_EQ(sides[a], sides[b]);
  }
}

TEST(Partition, DependsOnTheSeedAndNotOnTheOrder) {
  auto all = people(30, 10, 3);
  const std::array<double, 3> shares = {0.6, 0.2, 0.2};
  std::map<std::string, int> side_of;
  const auto sides = partition(all, {}, shares, 9);
  for (std::size_t i = 0; i < all.size(); ++i) side_of[all[i].identity] = sides[i];
  EXPECT_NE(partition(all, {}, shares, 10), sides);
  std::reverse(all.begin(), all.end());
  const auto again = partition(all, {}, shares, 9);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(again[i], side_of.at(all[i].identity));
}

TEST(Partition, PeopleOfBonaFideClipsAreSpreadByThemselves) {
  auto all = people(4, 2, 0);
  for (int i = 0; i < 40; ++i) all.push_back({"r" + std::to_string(i), false, false, true});
  const auto sides = partition(all, {}, {0.5, 0, 0.5}, 3);
  EXPECT_EQ(count(all, sides, &PartitionPerson::bona_fide), (std::array<int, 3>{20, 0, 20}));
  EXPECT_EQ(count(all, sides, &PartitionPerson::driver), (std::array<int, 3>{1, 0, 1}));
  EXPECT_EQ(count(all, sides, &PartitionPerson::victim), (std::array<int, 3>{2, 0, 2}));
}

}  // namespace
}  // namespace kyc
