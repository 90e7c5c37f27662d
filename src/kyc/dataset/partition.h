// Identities into train, val and test, so that nobody is on two sides.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kyc {

struct PartitionPerson {
  std::string identity;
  bool victim = false;
  bool driver = false;
  bool bona_fide = false;  // in clips that are only shown as they are
};

inline constexpr std::array<const char*, 3> kSplits = {"train", "val", "test"};

// people   every identity once
// joined   pairs of indices that must be on one side: two names for one file
// shares   of train, val and test; not negative, sum 1
// returns  for every person an index into kSplits
// Victims, drivers and the people of bona fide clips are each spread as near to the shares as whole groups
// allow: where nobody is joined and nobody is both, every count is less than one person above its share, and
// the counts differ from the shares by less than two. Deterministic; depends on the seed and on the
// identities, not on their order.
std::vector<int> partition(std::span<const PartitionPerson> people,
                           std::span<const std::pair<std::size_t, std::size_t>> joined,
                           const std::array<double, 3>& shares,
                           std::uint64_t seed);

}  // namespace kyc
