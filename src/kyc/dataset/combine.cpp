#include "kyc/dataset/combine.h"

#include <algorithm>
#include <set>

namespace kyc {
namespace {

// Which sources go together; counts what is left out.
class Combiner {
 public:
  Combiner(const Plan& plan, PlanSkips& skips) : plan_(plan), skips_(skips) {}

  // All groups of one attack with one post-processing, ordered by driver.
  std::vector<PlannedGroup> groups_of(std::size_t attack, std::size_t post) {
    std::vector<PlannedGroup> out;
    const AttackTraits& traits = plan_.traits[attack];
    PlannedGroup group;
    group.kind = GroupKind::Attack;
    group.attack = static_cast<std::uint16_t>(attack);
    group.post = static_cast<std::uint16_t>(post);
    if (!plan_.on_drivers[attack]) {
      // Of an attack that shows clips, or else stills: one portrait stands for the clip.
      add_sources(group, traits.takes_still ? 1 : traits.sources, out);
    } else {
      for (std::size_t d = 0; d < plan_.drivers.size(); ++d) {
        if (!drives(plan_.drivers[d], plan_.recipe.attacks[attack])) continue;
        group.driver = static_cast<std::int32_t>(d);
        add_sources(group, traits.sources, out);
      }
    }
    draw(out, plan_.recipe.attacks[attack].limit);
    return out;
  }

 private:
  static bool drives(const SourceFile& driver, const RecipeAttack& attack) {
    const std::vector<std::string>& folders = attack.driver_folders;
    return driver.drives &&
           (folders.empty() || std::find(folders.begin(), folders.end(), driver.folder) != folders.end());
  }

  void add_sources(PlannedGroup group, int sources, std::vector<PlannedGroup>& out) {
    if (sources == 0) {
      add(group, out);
      return;
    }
    const auto victims = static_cast<std::int32_t>(plan_.victims.size());
    for (std::int32_t a = 0; a < victims; ++a) {
      group.source = {a, -1};
      if (sources == 1) add(group, out);
      for (std::int32_t b = a + 1; sources == 2 && b < victims; ++b) {
        group.source = {a, b};
        add(group, out);
      }
    }
  }

  void add(PlannedGroup& group, std::vector<PlannedGroup>& out) {
    int split = -1;
    const auto joins = [&](int other) {
      const bool fits = split < 0 || split == other;
      split = other;
      return fits;
    };
    std::set<std::string> identities;
    std::size_t people = 0;
    bool one_side = true;
    for (const std::int32_t v : group.source) {
      if (v < 0) continue;
      ++people;
      identities.insert(plan_.victims[static_cast<std::size_t>(v)].identity);
      one_side = joins(plan_.victim_splits[static_cast<std::size_t>(v)]) && one_side;
    }
    if (group.driver >= 0) {
      ++people;
      identities.insert(plan_.drivers[static_cast<std::size_t>(group.driver)].identity);
      one_side = joins(plan_.driver_splits[static_cast<std::size_t>(group.driver)]) && one_side;
    }
    if (identities.size() < people) {
      ++skips_.same_identity;
    } else if (!one_side) {
      ++skips_.cross_split;
    } else {
      group.split = static_cast<std::uint8_t>(split);
      out.push_back(group);
    }
  }

  // Keeps `limit` of them, in their order. Which ones depends on the seed and on their sources, not on how
  // many others there are.
  void draw(std::vector<PlannedGroup>& groups, std::size_t limit) {
    if (limit == 0 || groups.size() <= limit) return;
    std::vector<std::pair<std::uint64_t, std::size_t>> lots;
    for (std::size_t i = 0; i < groups.size(); ++i) lots.emplace_back(seed_of(plan_, groups[i]), i);
    std::sort(lots.begin(), lots.end());
    std::set<std::size_t> kept;
    for (std::size_t i = 0; i < limit; ++i) kept.insert(lots[i].second);
    std::vector<PlannedGroup> out;
    for (const std::size_t i : kept) out.push_back(groups[i]);
    skips_.over_limit += groups.size() - limit;
    groups = std::move(out);
  }

  const Plan& plan_;
  PlanSkips& skips_;
};

}  // namespace

std::vector<PlannedGroup> bona_fide_groups(const Plan& plan) {
  std::vector<PlannedGroup> out;
  PlannedGroup group;
  group.kind = GroupKind::Portrait;
  for (std::size_t v = 0; plan.recipe.portraits && v < plan.victims.size(); ++v) {
    group.source[0] = static_cast<std::int32_t>(v);
    group.split = static_cast<std::uint8_t>(plan.victim_splits[v]);
    out.push_back(group);
  }
  group = {};
  group.kind = GroupKind::Clip;
  for (std::size_t d = 0; d < plan.drivers.size(); ++d) {
    if (plan.drivers[d].drives && !plan.recipe.bona_fide) continue;
    group.driver = static_cast<std::int32_t>(d);
    group.split = static_cast<std::uint8_t>(plan.driver_splits[d]);
    out.push_back(group);
  }
  return out;
}

std::vector<PlannedGroup> attack_groups(const Plan& plan, PlanSkips& skips) {
  std::vector<PlannedGroup> out;
  Combiner combiner(plan, skips);
  for (std::size_t a = 0; a < plan.recipe.attacks.size(); ++a)
    for (std::size_t p = 0; p < plan.recipe.attacks[a].post.size(); ++p)
      for (const PlannedGroup& group : combiner.groups_of(a, p)) out.push_back(group);
  // All attacks on one clip together: it stays in the machine's file cache.
  std::stable_sort(out.begin(), out.end(), [](const PlannedGroup& a, const PlannedGroup& b) {
    return a.driver < b.driver;
  });
  return out;
}

}  // namespace kyc
