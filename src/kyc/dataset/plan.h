// A recipe and its sources -> what is to be built, before anything is. A group is what one pass makes: one
// attack on one clip, in all compressions; the items of a group differ in nothing but compression.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kyc/dataset/recipe.h"
#include "kyc/dataset/sample.h"
#include "kyc/dataset/sources.h"

namespace kyc {

enum class GroupKind : std::uint8_t { Portrait, Clip, Attack };

// A few bytes each: a plan may have hundreds of thousands of them.
struct PlannedGroup {
  GroupKind kind = GroupKind::Portrait;
  std::uint8_t split = 0;  // index into kSplits
  std::uint16_t attack = 0;
  std::uint16_t post = 0;                      // index into RecipeAttack::post
  std::array<std::int32_t, 2> source{-1, -1};  // indices into Plan::victims; -1: none
  std::int32_t driver = -1;                    // index into Plan::drivers; -1: none
};

// What was left out, in clips before compression.
struct PlanSkips {
  std::uint64_t cross_split = 0;    // victim and driver are on different sides
  std::uint64_t same_identity = 0;  // victim and driver are one person
  std::uint64_t over_limit = 0;
};

struct Plan {
  Recipe recipe;
  std::string program;  // "kyclops 0.1.0"
  std::string models;   // SHA-256 over the hashes of all networks
  std::vector<SourceFile> victims;
  std::vector<SourceFile> drivers;
  std::vector<int> victim_splits;  // of every victim: index into kSplits
  std::vector<int> driver_splits;
  std::vector<AttackTraits> traits;                         // of every attack of the recipe
  std::vector<std::map<std::string, std::string>> options;  // of every attack, standard values filled in
  std::vector<PlannedGroup> groups;
  PlanSkips skips;
};

// jobs    threads for hashing the sources
// throws  as find_sources; Error{InvalidArgument} with the place in the recipe: two attacks of one species,
//         an option that the attack does not know
Plan make_plan(Recipe recipe, const ModelResources& resources, int jobs);

// The items of a group as the manifest will say them, without what only the build can know (sha256, bytes,
// parts of the record). In the order of the recipe's compressions; a portrait or another picture is one item.
// The id is a hash of everything that determines the file: program, networks, sources, method, options,
// seed, compression, length, and the names in its path.
std::vector<Sample> planned_samples(const Plan& plan, const PlannedGroup& group);

// What an attack is told; `track` is left to the caller.
AttackJob attack_job(const Plan& plan, const PlannedGroup& group);

// Why a source of this group can not be read; empty if all can.
std::string source_failure(const Plan& plan, const PlannedGroup& group);

std::string sha256_of_text(const std::string& text);

}  // namespace kyc
