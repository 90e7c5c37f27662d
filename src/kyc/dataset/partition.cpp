#include "kyc/dataset/partition.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "kyc/core/files.h"

namespace kyc {
namespace {

using Counts = std::array<double, 3>;  // victims, drivers, people of bona fide clips

// People who must stay together.
struct Group {
  std::vector<std::size_t> members;
  Counts counts{};
  std::string lot;  // decides among groups of one size
};

double total(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0);
}

// A person counts once in every part that he plays.
void count(const PartitionPerson& person, Counts& counts) {
  counts[0] += person.victim ? 1 : 0;
  counts[1] += person.driver ? 1 : 0;
  counts[2] += person.bona_fide ? 1 : 0;
}

std::string lot_of(std::uint64_t seed, const std::string& identity) {
  const std::string text = std::to_string(seed) + "/" + identity;
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

class Forest {
 public:
  explicit Forest(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

std::vector<Group> groups_of(std::span<const PartitionPerson> people,
                             std::span<const std::pair<std::size_t, std::size_t>> joined,
                             std::uint64_t seed) {
  Forest forest(people.size());
  for (const auto& [a, b] : joined) forest.join(a, b);
  std::map<std::size_t, Group> by_root;
  for (std::size_t i = 0; i < people.size(); ++i) {
    Group& group = by_root[forest.root(i)];
    group.members.push_back(i);
    count(people[i], group.counts);
    const std::string lot = lot_of(seed, people[i].identity);
    if (group.lot.empty() || lot < group.lot) group.lot = lot;
  }
  std::vector<Group> groups;
  for (auto& [root, group] : by_root) groups.push_back(std::move(group));
  // The largest first: they are the hardest to place.
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    const double size_a = total(a.counts);
    const double size_b = total(b.counts);
    return size_a != size_b ? size_a > size_b : a.lot < b.lot;
  });
  return groups;
}

}  // namespace

std::vector<int> partition(std::span<const PartitionPerson> people,
                           std::span<const std::pair<std::size_t, std::size_t>> joined,
                           const std::array<double, 3>& shares,
                           std::uint64_t seed) {
  Counts all{};
  for (const PartitionPerson& person : people) count(person, all);
  std::array<Counts, 3> wanted{};
  for (std::size_t s = 0; s < shares.size(); ++s)
    for (std::size_t part = 0; part < all.size(); ++part) wanted[s][part] = shares[s] * all[part];
  std::vector<int> out(people.size(), 0);
  for (const Group& group : groups_of(people, joined, seed)) {
    // Where most of such people are still wanted; a split of share 0 gets nobody.
    std::size_t best = shares.size();
    double best_want = 0;
    for (std::size_t s = 0; s < shares.size(); ++s) {
      const double want =
          std::inner_product(group.counts.begin(), group.counts.end(), wanted[s].begin(), 0.0);
      if (shares[s] > 0 && (best == shares.size() || want > best_want + 1e-9)) {
        best = s;
        best_want = want;
      }
    }
    for (std::size_t part = 0; part < all.size(); ++part) wanted[best][part] -= group.counts[part];
    for (const std::size_t member : group.members) out[member] = static_cast<int>(best);
  }
  return out;
}

}  // namespace kyc
