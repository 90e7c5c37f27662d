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
  std::vector<SourceFile> victims;
  std::vector<SourceFile> drivers;  // and behind them the clips that drive nothing
  std::vector<int> victim_splits;   // of every victim: index into kSplits
  std::vector<int> driver_splits;
  // Of every attack of the recipe:
  std::vector<AttackTraits> traits;
  std::vector<bool> on_drivers;                                 // it is made on the drivers' clips
  std::vector<std::map<std::string, std::string>> options;      // standard values filled in
  std::vector<std::vector<std::vector<std::string>>> networks;  // per chain of post-processing
  // Of every source: what looks for its face, and what estimates age and sex. Networks are texts as
  // ModelHashes::described gives them.
  std::vector<std::string> face_networks;
  std::vector<std::string> estimators;  // empty: nothing is estimated
  std::vector<PlannedGroup> groups;
  PlanSkips skips;
};

// jobs    threads for hashing the sources
// throws  as find_sources; Error{InvalidArgument} with the place in the recipe: two attacks of one species,
//         an option that the attack does not know, one file twice under one name; Error{NotFound} likewise: a
//         network that an attack needs is not there
Plan make_plan(Recipe recipe, const ModelResources& resources, int jobs);

// The items of a group as the manifest will say them, without what only the build can know (sha256, bytes,
// parts of the record). In the order of the recipe's compressions; a portrait or another picture is one item.
// The id is a hash of everything that determines the file: program, the networks that are run for it,
// sources, method, options, seed, compression, length, whether its mask is kept, and the names in its path.
std::vector<Sample> planned_samples(const Plan& plan, const PlannedGroup& group);

// Of all that is random in a group: depends on the recipe's seed, the species and the sources.
std::uint64_t seed_of(const Plan& plan, const PlannedGroup& group);

// "swap/graphics+restore/sharpen": of the chain with this index.
std::string species_of(const RecipeAttack& attack, std::size_t post);

// The faces of the group's driver must be known, frame by frame.
bool needs_track(const Plan& plan, const PlannedGroup& group);

// What an attack is told; `track` is left to the caller.
AttackJob attack_job(const Plan& plan, const PlannedGroup& group);

std::string sha256_of_text(const std::string& text);

}  // namespace kyc
