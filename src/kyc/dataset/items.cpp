// What the files of a plan's groups will be called and made of.

#include <algorithm>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/dataset/partition.h"
#include "kyc/dataset/plan.h"

namespace kyc {
namespace {

using nlohmann::ordered_json;

// Changes when the same recipe shall make other files than before.
constexpr const char* kFormat = "kyclops-item-2";

std::string post_text(const std::vector<std::string>& chain, bool with_options) {
  std::string out;
  for (const std::string& step : chain) {
    if (!out.empty()) out += "+";
    out += with_options ? step : step.substr(0, step.find(':'));
  }
  return out;
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

const SourceFile& victim_of(const Plan& plan, std::int32_t index) {
  return plan.victims.at(static_cast<std::size_t>(index));
}
const SourceFile& driver_of(const Plan& plan, const PlannedGroup& group) {
  return plan.drivers.at(static_cast<std::size_t>(group.driver));
}

// What all items of a group have in common, and the hash of everything that determines them.
struct Common {
  Sample sample;
  ordered_json key;
  std::string clip;       // the second part of the file's name
  std::string extension;  // with its dot
  bool one_file = false;  // a picture: not in several compressions
};

// Of one file that is taken over as it is: a portrait or a clip.
Common bona_fide_of(const SourceFile& source, const char* kind, const char* method) {
  Common out;
  out.sample.identity = source.identity;
  out.sample.attributes = source.attributes;
  out.sample.consent = source.consent;
  out.sample.licence = source.licence;
  out.sample.parents = {{"original", "", source.path, source.sha256}};
  out.sample.species = "bona_fide";
  out.sample.record = {{"method", method}};
  out.key = {kind, key_of(source), stem(source)};
  out.clip = stem(source);
  return out;
}

Common of_portrait(const Plan& plan, const PlannedGroup& group) {
  const SourceFile& victim = victim_of(plan, group.source[0]);
  Common out = bona_fide_of(victim, "portrait", "copy");
  out.extension = std::filesystem::path(victim.path).extension().string();
  out.one_file = true;
  return out;
}

Common of_clip(const Plan& plan, const PlannedGroup& group) {
  Common out = bona_fide_of(driver_of(plan, group), "clip", "re-encode");
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

std::string species_of(const RecipeAttack& attack, std::size_t post) {
  const std::string chain = post_text(attack.post.at(post), false);
  return chain.empty() ? attack.species : attack.species + "+" + chain;
}

std::uint64_t seed_of(const Plan& plan, const PlannedGroup& group) {
  ordered_json key = {plan.recipe.seed, plan.recipe.attacks[group.attack].species};
  for (const std::int32_t v : group.source)
    if (v >= 0) key.push_back(key_of(victim_of(plan, v)));
  if (group.driver >= 0) key.push_back(key_of(driver_of(plan, group)));
  // 52 bits: exact in every reader of JSON.
  return std::stoull(sha256_of_text(key.dump()).substr(0, 13), nullptr, 16);
}

std::string sha256_of_text(const std::string& text) {
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::vector<Sample> planned_samples(const Plan& plan, const PlannedGroup& group) {
  Common common = common_of(plan, group);
  Sample& base = common.sample;
  const Recipe& recipe = plan.recipe;
  base.split = kSplits.at(group.split);
  base.record["program"] = plan.program;
  std::string folder = base.species;
  std::replace(folder.begin(), folder.end(), '/', '-');
  const bool masks = recipe.masks && group.kind == GroupKind::Attack;
  std::vector<std::string> networks = plan.face_networks;
  if (group.kind == GroupKind::Attack) {
    const auto& more = plan.networks[group.attack][group.post];
    networks.insert(networks.end(), more.begin(), more.end());
  }
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
        kFormat, plan.program, networks, common.key, base.identity, base.driver, base.split, compression};
    const std::size_t compression_place = key.size() - 1;
    if (!common.one_file) {
      key.push_back(recipe.preset);
      key.push_back(recipe.max_seconds);
    }
    if (masks) key.push_back("masks");
    try {
      sample.id = sha256_of_text(key.dump()).substr(0, 32);
    } catch (const nlohmann::json::exception&) {
      throw Error(
          ErrorCode::InvalidArgument,
          recipe.file.string() + ": expected names in UTF-8; the source '" + common.clip + "' has another");
    }
    const auto path_of = [&](const std::string& kind, const std::string& id) {
      return std::string("media/") + base.split + "/" + file_name(folder) + "/" + kind + "/" +
             file_name(base.identity) + "__" + (common.clip.empty() ? "" : file_name(common.clip) + "__") +
             id.substr(0, 8) + common.extension;
    };
    sample.path = path_of(compression.empty() ? "original" : compression, sample.id);
    if (masks) {
      key.erase(compression_place);  // one mask for all compressions
      sample.mask = SampleFile{path_of("masks", sha256_of_text(key.dump())), "", 0};
    }
    out.push_back(std::move(sample));
  }
  return out;
}

bool needs_track(const Plan& plan, const PlannedGroup& group) {
  if (group.kind != GroupKind::Attack || group.driver < 0) return false;
  const AttackTraits& traits = plan.traits[group.attack];
  return traits.needs_target_face ||
         (traits.in_place && !plan.recipe.attacks[group.attack].post[group.post].empty());
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

}  // namespace kyc
