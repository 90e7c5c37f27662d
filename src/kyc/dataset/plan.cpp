#include "kyc/dataset/plan.h"

#include <array>
#include <map>

#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/dataset/combine.h"
#include "kyc/dataset/estimate.h"
#include "kyc/dataset/partition.h"
#include "kyc/face/analyzer_networks.h"
#include "kyc/nn/model_hashes.h"

namespace kyc {
namespace {

[[noreturn]] void fail(const std::string& place, const std::string& what) {
  throw Error(ErrorCode::InvalidArgument, place + ": " + what);
}

// What the recipe says about drivers against what the attack can do.
void check_drivers(const RecipeAttack& attack, const AttackTraits& traits) {
  if (!attack.drivers) return;
  if (*attack.drivers && !traits.needs_target && !traits.takes_target)
    throw Error(ErrorCode::InvalidArgument, attack.method + ": 'drivers': takes no clip, expected false");
  if (!*attack.drivers && traits.needs_target && !traits.takes_still)
    throw Error(ErrorCode::InvalidArgument, attack.method + ": 'drivers': needs a clip, expected true");
}

// Of the attack that was entered last, for every chain of post-processing.
std::vector<std::vector<std::string>> networks_of_chains(const Plan& plan,
                                                         const RecipeAttack& attack,
                                                         const ModelHashes& hashes,
                                                         const ModelResources& resources) {
  AttackJob job;
  job.method = attack.method;
  job.options.values = attack.options;
  const AttackTraits& traits = plan.traits.back();
  const bool on_drivers = plan.on_drivers.back();
  if (on_drivers) job.target = "clip";
  job.sources.resize(!on_drivers && traits.takes_still ? 1 : static_cast<std::size_t>(traits.sources));
  std::vector<std::vector<std::string>> out;
  for (const std::vector<std::string>& chain : attack.post) {
    job.post = chain;
    out.emplace_back();
    for (const std::string& name : networks_of(job, forging_analysis(), resources)) {
      const ModelEntry& entry = resources.models.entry(name);
      if (!resources.models.is_present(entry))
        throw Error(ErrorCode::NotFound,
                    attack.method + " needs the network " + name + ", and it is not there: expected " +
                        resources.models.file_of(entry).string() + " (from " + entry.origin + ")");
      out.back().push_back(hashes.described(name));
    }
  }
  return out;
}

void find_networks(Plan& plan, const ModelHashes& hashes) {
  for (const std::string& name : networks_of(forging_analysis()))
    plan.face_networks.push_back(hashes.described(name));
  if (plan.recipe.estimate_age || plan.recipe.estimate_sex)
    for (const std::string& name : AgeSexEstimator::models())
      plan.estimators.push_back(hashes.described(name));
}

// One file under two names is two items; under one name it would be one item twice.
void check_names(const std::vector<SourceFile>& sources) {
  std::map<std::array<std::string, 3>, std::string> seen;
  for (const SourceFile& source : sources) {
    if (!source.failure.empty()) continue;
    const std::string stem = std::filesystem::path(source.path).stem().string();
    const auto [known, fresh] = seen.emplace(std::array{source.sha256, stem, source.identity}, source.path);
    if (!fresh)
      throw Error(ErrorCode::InvalidArgument,
                  source.path + ": is the same file as " + known->second +
                      ", under the same name and identity: leave one of them out");
  }
}

void find_all_sources(Plan& plan, int jobs) {
  plan.victims = find_sources(plan.recipe, SourceRole::Victim, jobs);
  plan.drivers = find_sources(plan.recipe, SourceRole::Driver, jobs);
  for (SourceFile& clip : find_sources(plan.recipe, SourceRole::BonaFide, jobs))
    plan.drivers.push_back(std::move(clip));
  check_names(plan.victims);
  check_names(plan.drivers);
}

void check_attacks(Plan& plan, const ModelHashes& hashes, const ModelResources& resources) {
  std::map<std::string, std::string> place_of_species;
  for (const RecipeAttack& attack : plan.recipe.attacks) {
    try {
      const auto method = Registry<Attack>::make(attack.method, resources);
      const AttackTraits traits = method->traits();
      plan.traits.push_back(traits);
      plan.on_drivers.push_back(attack.drivers.value_or(traits.needs_target));
      check_drivers(attack, traits);
      plan.options.push_back(
          options_in_force(attack.method, method->options(), attack.options, plan.on_drivers.back()));
      plan.networks.push_back(networks_of_chains(plan, attack, hashes, resources));
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
    if (plan.on_drivers.back() && plan.recipe.drivers.empty())
      fail(attack.place, attack.method + " needs [[drivers]], and the recipe has none");
    if ((plan.traits.back().sources > 0 || !plan.on_drivers.back()) && plan.victims.empty())
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
  const auto enter = [&](const SourceFile& source, bool PartitionPerson::*part) {
    const auto [known, fresh] = index.emplace(source.identity, people.size());
    if (fresh) people.push_back({source.identity, false, false, false});
    people[known->second].*part = true;
    if (source.sha256.empty()) return;
    const auto [owner, first] = first_with_bytes.emplace(source.sha256, known->second);
    if (!first && owner->second != known->second) joined.emplace_back(owner->second, known->second);
  };
  for (const SourceFile& victim : plan.victims) enter(victim, &PartitionPerson::victim);
  for (const SourceFile& driver : plan.drivers)
    enter(driver, driver.drives ? &PartitionPerson::driver : &PartitionPerson::bona_fide);
  const Recipe& recipe = plan.recipe;
  const std::vector<int> splits =
      partition(people, joined, {recipe.train, recipe.val, recipe.test}, recipe.seed);
  for (const SourceFile& victim : plan.victims)
    plan.victim_splits.push_back(splits[index.at(victim.identity)]);
  for (const SourceFile& driver : plan.drivers)
    plan.driver_splits.push_back(splits[index.at(driver.identity)]);
}

}  // namespace

Plan make_plan(Recipe recipe, const ModelResources& resources, int jobs) {
  Plan plan;
  plan.recipe = std::move(recipe);
  plan.program = std::string("kyclops ") + KYC_VERSION;
  const ModelHashes hashes(resources.models);
  find_networks(plan, hashes);
  find_all_sources(plan, jobs);
  check_attacks(plan, hashes, resources);
  split_sources(plan);
  plan.groups = bona_fide_groups(plan);
  const std::vector<PlannedGroup> attacks = attack_groups(plan, plan.skips);
  plan.groups.insert(plan.groups.end(), attacks.begin(), attacks.end());
  return plan;
}

}  // namespace kyc
