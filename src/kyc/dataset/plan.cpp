#include "kyc/dataset/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/registry.h"
#include "kyc/dataset/partition.h"

namespace kyc {
namespace {

using nlohmann::ordered_json;

// Changes when the same recipe shall make other files than before.
constexpr const char* kFormat = "kyclops-item-1";

[[noreturn]] void fail(const std::string& place, const std::string& what) {
  throw Error(ErrorCode::InvalidArgument, place + ": " + what);
}

std::string models_digest(const ModelManifest& models) {
  std::string text;
  for (const ModelEntry& entry : models.entries())
    if (!entry.sha256.empty()) text += entry.name + " " + entry.sha256 + "\n";
  return sha256_of_text(text);
}

std::string post_text(const std::vector<std::string>& chain, bool with_options) {
  std::string out;
  for (const std::string& step : chain) {
    if (!out.empty()) out += "+";
    out += with_options ? step : step.substr(0, step.find(':'));
  }
  return out;
}

std::string species_of(const RecipeAttack& attack, std::size_t post) {
  const std::string chain = post_text(attack.post.at(post), false);
  return chain.empty() ? attack.species : attack.species + "+" + chain;
}

// Letters, digits, '.', '-' and '_' only, at most 60 of them.
std::string file_name(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_' || c == '+';
    if (out.size() < 60) out += plain ? c : '-';
  }
  if (out.empty() || out.front() == '.') out.insert(0, "_");
  return out;
}

std::string stem(const SourceFile& source) {
  return std::filesystem::path(source.path).stem().string();
}

// A file's hash, or its name where it could not be read: the item will fail, but it needs an id.
std::string key_of(const SourceFile& source) {
  return source.failure.empty() ? source.sha256 : "unreadable " + source.path;
}

void check_attacks(Plan& plan, const ModelResources& resources) {
  std::map<std::string, std::string> place_of_species;
  for (const RecipeAttack& attack : plan.recipe.attacks) {
    try {
      const auto method = Registry<Attack>::make(attack.method, resources);
      plan.traits.push_back(method->traits());
      plan.options.push_back(options_in_force(
          attack.method, method->options(), attack.options, plan.traits.back().needs_target));
    } catch (const Error& error) {
      throw Error(error.code(), attack.place + ": " + error.what());
    }
    for (std::size_t post = 0; post < attack.post.size(); ++post) {
      const auto [known, fresh] = place_of_species.emplace(species_of(attack, post), attack.place);
      if (!fresh)
        fail(attack.place,
             "species '" + known->first + "' is there already (" + known->second +
                 "): give this one another name with 'species'");
    }
    if (plan.traits.back().needs_target && plan.drivers.empty())
      fail(attack.place, attack.method + " needs [[drivers]], and the recipe has none");
    if (plan.traits.back().sources > 0 && plan.victims.empty())
      fail(attack.place, attack.method + " needs [[victims]], and the recipe has none");
    if (plan.traits.back().sources > 2)
      fail(attack.place, attack.method + " needs more than two portraits: not supported here");
  }
}

void split_sources(Plan& plan) {
  std::vector<PartitionPerson> people;
  std::map<std::string, std::size_t> index;
  std::map<std::string, std::size_t> first_with_bytes;
  std::vector<std::pair<std::size_t, std::size_t>> joined;
  const auto enter = [&](const SourceFile& source, bool victim) {
    const auto [known, fresh] = index.emplace(source.identity, people.size());
    if (fresh) people.push_back({source.identity, false, false});
    (victim ? people[known->second].victim : people[known->second].driver) = true;
    if (source.sha256.empty()) return;
    const auto [owner, first] = first_with_bytes.emplace(source.sha256, known->second);
    if (!first && owner->second != known->second) joined.emplace_back(owner->second, known->second);
  };
  for (const SourceFile& victim : plan.victims) enter(victim, true);
  for (const SourceFile& driver : plan.drivers) enter(driver, false);
  const Recipe& recipe = plan.recipe;
  const std::vector<int> splits =
      partition(people, joined, {recipe.train, recipe.val, recipe.test}, recipe.seed);
  for (const SourceFile& victim : plan.victims)
    plan.victim_splits.push_back(splits[index.at(victim.identity)]);
  for (const SourceFile& driver : plan.drivers)
    plan.driver_splits.push_back(splits[index.at(driver.identity)]);
}

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
    const std::size_t drivers = traits.needs_target ? plan_.drivers.size() : 1;
    for (std::size_t d = 0; d < drivers; ++d) {
      group.driver = traits.needs_target ? static_cast<std::int32_t>(d) : -1;
      add_sources(group, traits.sources, out);
    }
    draw(out, plan_.recipe.attacks[attack].limit);
    return out;
  }

 private:
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

  // Keeps `limit` of them, in their order, drawn by the seed.
  void draw(std::vector<PlannedGroup>& groups, std::size_t limit) {
    if (limit == 0 || groups.size() <= limit) return;
    std::vector<std::pair<std::string, std::size_t>> lots;
    for (std::size_t i = 0; i < groups.size(); ++i)
      lots.emplace_back(planned_samples(plan_, groups[i]).front().id, i);
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

void add_bona_fide(Plan& plan) {
  PlannedGroup group;
  group.kind = GroupKind::Portrait;
  for (std::size_t v = 0; plan.recipe.portraits && v < plan.victims.size(); ++v) {
    group.source[0] = static_cast<std::int32_t>(v);
    group.split = static_cast<std::uint8_t>(plan.victim_splits[v]);
    plan.groups.push_back(group);
  }
  group = {};
  group.kind = GroupKind::Clip;
  for (std::size_t d = 0; plan.recipe.bona_fide && d < plan.drivers.size(); ++d) {
    group.driver = static_cast<std::int32_t>(d);
    group.split = static_cast<std::uint8_t>(plan.driver_splits[d]);
    plan.groups.push_back(group);
  }
}

const SourceFile& victim_of(const Plan& plan, std::int32_t index) {
  return plan.victims.at(static_cast<std::size_t>(index));
}
const SourceFile& driver_of(const Plan& plan, const PlannedGroup& group) {
  return plan.drivers.at(static_cast<std::size_t>(group.driver));
}

std::uint64_t seed_of(const Plan& plan, const PlannedGroup& group) {
  ordered_json key = {plan.recipe.seed, plan.recipe.attacks[group.attack].species};
  for (const std::int32_t v : group.source)
    if (v >= 0) key.push_back(key_of(victim_of(plan, v)));
  if (group.driver >= 0) key.push_back(key_of(driver_of(plan, group)));
  // 52 bits: exact in every reader of JSON.
  return std::stoull(sha256_of_text(key.dump()).substr(0, 13), nullptr, 16);
}

// What all items of a group have in common, and the hash of everything that determines them.
struct Common {
  Sample sample;
  ordered_json key;
  std::string clip;       // the second part of the file's name
  std::string extension;  // with its dot
  bool one_file = false;  // a picture: not in several compressions
};

Common of_portrait(const Plan& plan, const PlannedGroup& group) {
  const SourceFile& victim = victim_of(plan, group.source[0]);
  Common out;
  out.sample.identity = victim.identity;
  out.sample.attributes = victim.attributes;
  out.sample.consent = victim.consent;
  out.sample.licence = victim.licence;
  out.sample.parents = {{"original", "", victim.path, victim.sha256}};
  out.sample.species = "bona_fide";
  out.sample.record = {{"method", "copy"}};
  out.key = {"portrait", key_of(victim), stem(victim)};
  out.clip = stem(victim);
  out.extension = std::filesystem::path(victim.path).extension().string();
  out.one_file = true;
  return out;
}

Common of_clip(const Plan& plan, const PlannedGroup& group) {
  const SourceFile& driver = driver_of(plan, group);
  Common out;
  out.sample.identity = driver.identity;
  out.sample.attributes = driver.attributes;
  out.sample.consent = driver.consent;
  out.sample.licence = driver.licence;
  out.sample.parents = {{"original", "", driver.path, driver.sha256}};
  out.sample.species = "bona_fide";
  out.sample.record = {{"method", "re-encode"}};
  out.key = {"clip", key_of(driver), stem(driver)};
  out.clip = stem(driver);
  out.extension = ".mp4";
  return out;
}

void add_terms(Sample& sample, const SourceFile& source) {
  const auto add = [](std::string& all, const std::string& one) {
    if (all.empty()) {
      all = one;
    } else if (all != one) {
      all += "; " + one;
    }
  };
  add(sample.consent, source.consent);
  add(sample.licence, source.licence);
}

// Of a portrait that is in the data set itself, its sample is the parent.
SampleParent source_parent(const Plan& plan, const PlannedGroup& group, std::int32_t victim) {
  const SourceFile& file = victim_of(plan, victim);
  SampleParent parent{"source", "", file.path, file.sha256};
  if (!plan.recipe.portraits) return parent;
  PlannedGroup portrait;
  portrait.kind = GroupKind::Portrait;
  portrait.split = group.split;
  portrait.source[0] = victim;
  parent.id = planned_samples(plan, portrait).front().id;
  return parent;
}

Common of_attack(const Plan& plan, const PlannedGroup& group) {
  const RecipeAttack& attack = plan.recipe.attacks[group.attack];
  const AttackTraits& traits = plan.traits[group.attack];
  const std::vector<std::string>& post = attack.post[group.post];
  Common out;
  Sample& sample = out.sample;
  sample.kind = SampleKind::Attack;
  sample.species = species_of(attack, group.post);
  ordered_json inputs = ordered_json::array();
  for (const std::int32_t v : group.source) {
    if (v < 0) continue;
    const SourceFile& victim = victim_of(plan, v);
    sample.identity += (sample.identity.empty() ? "" : "+") + victim.identity;
    if (sample.attributes.empty()) sample.attributes = victim.attributes;
    sample.parents.push_back(source_parent(plan, group, v));
    add_terms(sample, victim);
    inputs.push_back(key_of(victim));
    inputs.push_back(stem(victim));
  }
  if (group.driver >= 0) {
    const SourceFile& driver = driver_of(plan, group);
    sample.driver = driver.identity;
    if (sample.identity.empty()) {  // it is the target itself that is shown
      sample.identity = driver.identity;
      sample.attributes = driver.attributes;
    }
    sample.parents.push_back({"target", "", driver.path, driver.sha256});
    add_terms(sample, driver);
    inputs.push_back(key_of(driver));
    inputs.push_back(stem(driver));
    out.clip = stem(driver);
  }
  const std::uint64_t seed = seed_of(plan, group);
  ordered_json options = plan.options[group.attack];
  sample.record = {{"method", attack.method},
                   {"options", options.dump()},
                   {"post", post_text(post, true)},
                   {"seed", std::to_string(seed)}};
  out.key = {"attack", sample.species, attack.method, options, post, inputs, seed};
  out.extension = traits.makes_clip ? ".mp4" : ".png";
  out.one_file = !traits.makes_clip;
  return out;
}

Common common_of(const Plan& plan, const PlannedGroup& group) {
  switch (group.kind) {
    case GroupKind::Portrait:
      return of_portrait(plan, group);
    case GroupKind::Clip:
      return of_clip(plan, group);
    case GroupKind::Attack:
      return of_attack(plan, group);
  }
  throw Error(ErrorCode::Internal, "no such kind of group");
}

}  // namespace

std::string sha256_of_text(const std::string& text) {
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

Plan make_plan(Recipe recipe, const ModelResources& resources, int jobs) {
  Plan plan;
  plan.recipe = std::move(recipe);
  plan.program = std::string("kyclops ") + KYC_VERSION;
  plan.models = models_digest(resources.models);
  plan.victims = find_sources(plan.recipe, SourceRole::Victim, jobs);
  plan.drivers = find_sources(plan.recipe, SourceRole::Driver, jobs);
  check_attacks(plan, resources);
  split_sources(plan);
  add_bona_fide(plan);
  std::vector<PlannedGroup> attacks;
  Combiner combiner(plan, plan.skips);
  for (std::size_t a = 0; a < plan.recipe.attacks.size(); ++a)
    for (std::size_t p = 0; p < plan.recipe.attacks[a].post.size(); ++p)
      for (const PlannedGroup& group : combiner.groups_of(a, p)) attacks.push_back(group);
  // All attacks on one clip together: it stays in the machine's file cache.
  std::stable_sort(attacks.begin(), attacks.end(), [](const PlannedGroup& a, const PlannedGroup& b) {
    return a.driver < b.driver;
  });
  plan.groups.insert(plan.groups.end(), attacks.begin(), attacks.end());
  return plan;
}

std::vector<Sample> planned_samples(const Plan& plan, const PlannedGroup& group) {
  Common common = common_of(plan, group);
  Sample& base = common.sample;
  const Recipe& recipe = plan.recipe;
  base.split = kSplits.at(group.split);
  base.record["program"] = plan.program;
  std::string folder = base.species;
  std::replace(folder.begin(), folder.end(), '/', '-');
  std::vector<std::string> compressions;
  if (common.one_file)
    compressions = {""};
  else
    for (const Compression compression : recipe.compressions) compressions.push_back(name_of(compression));
  std::vector<Sample> out;
  for (const std::string& compression : compressions) {
    Sample sample = base;
    sample.compression = compression;
    ordered_json key = {
        kFormat, plan.program, plan.models, common.key, base.identity, base.driver, base.split, compression};
    if (!common.one_file) {
      key.push_back(recipe.preset);
      key.push_back(recipe.max_seconds);
    }
    try {
      sample.id = sha256_of_text(key.dump()).substr(0, 32);
    } catch (const nlohmann::json::exception&) {
      fail(recipe.file.string(), "expected names in UTF-8; the source '" + common.clip + "' has another");
    }
    sample.path = std::string("media/") + base.split + "/" + file_name(folder) + "/" +
                  (compression.empty() ? "original" : compression) + "/" + file_name(base.identity) + "__" +
                  (common.clip.empty() ? "" : file_name(common.clip) + "__") + sample.id.substr(0, 8) +
                  common.extension;
    out.push_back(std::move(sample));
  }
  return out;
}

AttackJob attack_job(const Plan& plan, const PlannedGroup& group) {
  const RecipeAttack& attack = plan.recipe.attacks.at(group.attack);
  AttackJob job;
  job.method = attack.method;
  for (const std::int32_t v : group.source)
    if (v >= 0) job.sources.push_back(victim_of(plan, v).file);
  if (group.driver >= 0) job.target = driver_of(plan, group).file;
  job.post = attack.post.at(group.post);
  job.options.seed = seed_of(plan, group);
  job.options.values = plan.options.at(group.attack);
  job.max_s = plan.recipe.max_seconds;
  return job;
}

std::string source_failure(const Plan& plan, const PlannedGroup& group) {
  for (const std::int32_t v : group.source)
    if (v >= 0 && !victim_of(plan, v).failure.empty()) return victim_of(plan, v).failure;
  if (group.driver >= 0) return driver_of(plan, group).failure;
  return {};
}

}  // namespace kyc
