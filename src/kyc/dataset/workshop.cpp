#include "kyc/dataset/workshop.h"

#include <chrono>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>
#include <unordered_set>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/dataset/partition.h"
#include "kyc/video/version.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

// Kept free for what must be written when the disk is full: the failures, and the manifest.
constexpr std::uint64_t kReservePerItem = 4096;
constexpr std::uint64_t kReserve = 256 << 10;
constexpr std::size_t kNamesInMessage = 3;

void hold_reserve(const fs::path& path, std::uint64_t bytes) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const int failure = file < 0 ? errno : posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (file >= 0) close(file);
  if (failure != 0)
    throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + std::strerror(failure));
}

std::vector<fs::path> journal_files(const Workshop& workshop) {
  std::vector<fs::path> out;
  if (fs::is_directory(workshop.journals()))
    for (const auto& entry : fs::directory_iterator(workshop.journals()))
      if (entry.path().extension() == ".jsonl") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

bool is_there(const Workshop& workshop, const std::string& path, std::uint64_t bytes) {
  std::error_code failure;
  return fs::file_size(workshop.folder / path, failure) == bytes && !failure;
}

// What is done and still there.
JournalIndex finished_items(const Workshop& workshop) {
  JournalIndex index;
  if (fs::exists(workshop.manifest())) index.read(workshop.manifest(), false);
  for (const fs::path& file : journal_files(workshop)) index.read(file, false);
  index.visit([&](const Sample& sample) {
    return is_there(workshop, sample.path, sample.bytes) &&
           (!sample.mask || is_there(workshop, sample.mask->path, sample.mask->bytes));
  });
  return index;
}

// Items of an earlier recipe.
void remove_strangers(const Workshop& workshop, const Plan& plan, JournalIndex& index, bool prune) {
  std::unordered_set<std::string> planned;
  for (const PlannedGroup& group : plan.groups)
    for (const Sample& sample : planned_samples(plan, group)) planned.insert(sample.id);
  std::vector<std::string> strangers;
  std::set<std::string> masks;  // of strangers, and not also of what stays
  index.visit([&](const Sample& sample) {
    if (planned.contains(sample.id)) return true;
    strangers.push_back(sample.path);
    if (sample.mask) masks.insert(sample.mask->path);
    return !prune;
  });
  if (strangers.empty()) return;
  if (!prune) {
    std::sort(strangers.begin(), strangers.end());
    std::string names;
    for (std::size_t i = 0; i < std::min(strangers.size(), kNamesInMessage); ++i)
      names += (i > 0 ? ", " : "") + strangers[i];
    throw Error(ErrorCode::InvalidArgument,
                workshop.folder.string() + ": holds " + std::to_string(strangers.size()) +
                    " files that this recipe does not make (" + names +
                    (strangers.size() > kNamesInMessage ? ", ..." : "") +
                    "): build into another folder, or remove them with --prune");
  }
  index.visit([&](const Sample& sample) {
    if (sample.mask) masks.erase(sample.mask->path);
    return true;
  });
  strangers.insert(strangers.end(), masks.begin(), masks.end());
  for (const std::string& path : strangers) fs::remove(workshop.folder / path);
}

// All that is finished in one journal; the others go.
void compact(const Workshop& workshop, JournalIndex& index) {
  const fs::path all = workshop.journals() / "before.jsonl";
  const fs::path part = workshop.work() / "before.part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    index.visit([&](const Sample& sample) {
      out << to_json_line(sample) << '\n';
      return true;
    });
    out.close();
    if (!out)
      throw Error(ErrorCode::Unavailable, part.string() + ": could not be written: " + std::strerror(errno));
  }
  sync_to_disk(part);
  fs::rename(part, all);
  sync_to_disk(workshop.journals());
  for (const fs::path& file : journal_files(workshop))
    if (file != all) fs::remove(file);
}

nlohmann::ordered_json build_record(const Plan& plan) {
  nlohmann::ordered_json out;
  out["name"] = plan.recipe.name;
  out["program"] = plan.program;
  out["seed"] = plan.recipe.seed;
  out["recipe"] = plan.recipe.text;
  out["recipe_sha256"] = sha256_of_text(plan.recipe.text);
  out["ffmpeg"] = ffmpeg_version();
  out["processor"] = processor_name();
  std::set<std::string> networks(plan.face_networks.begin(), plan.face_networks.end());
  networks.insert(plan.estimators.begin(), plan.estimators.end());
  for (const auto& chains : plan.networks)
    for (const auto& chain : chains) networks.insert(chain.begin(), chain.end());
  for (const std::string& network : networks) {
    const std::size_t space = network.find(' ');
    out["models"][network.substr(0, space)] = network.substr(space + 1);
  }
  return out;
}

// The networks that said something about this sample's person.
std::string estimators_of(const Plan& plan, const Sample& sample) {
  std::string out;
  const bool estimated = std::any_of(sample.attributes.begin(),
                                     sample.attributes.end(),
                                     [](const auto& attribute) { return attribute.second.estimated; });
  for (std::size_t i = 0; estimated && i < plan.estimators.size(); ++i)
    out += (i > 0 ? "; " : "") + plan.estimators[i];
  return out;
}

}  // namespace

std::string without_folders(std::string text, const Workshop& workshop, const Plan& plan) {
  for (const fs::path& folder : {workshop.temporary(), workshop.folder, plan.recipe.file.parent_path()}) {
    const std::string prefix = folder.string() + "/";
    if (prefix == "/") continue;
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
      text.erase(at, prefix.size());
  }
  return text;
}

Opening open_workshop(const Workshop& workshop, const Plan& plan, bool prune) {
  fs::remove_all(workshop.temporary());
  for (const fs::path& path : {workshop.temporary(), workshop.journals(), workshop.sources()})
    fs::create_directories(path);
  JournalIndex index = finished_items(workshop);
  remove_strangers(workshop, plan, index, prune);
  compact(workshop, index);

  Opening opening;
  std::uint64_t items = 0;
  std::vector<bool> groups_done;
  const bool estimate = plan.recipe.estimate_age || plan.recipe.estimate_sex;
  std::vector<bool> sources_done(plan.victims.size() + plan.drivers.size(), !estimate);
  for (const PlannedGroup& group : plan.groups) {
    const std::vector<Sample> samples = planned_samples(plan, group);
    std::size_t there = 0;
    for (const Sample& sample : samples) there += index.contains(sample.id) ? 1 : 0;
    items += samples.size();
    opening.kept += there;
    groups_done.push_back(there == samples.size());
    if (there == samples.size()) continue;
    for (const std::int32_t v : group.source)
      if (v >= 0) sources_done[static_cast<std::size_t>(v)] = false;
    if (group.driver >= 0) sources_done[plan.victims.size() + static_cast<std::size_t>(group.driver)] = false;
  }
  hold_reserve(workshop.reserve(), items * kReservePerItem + kReserve);
  write_claim_table(workshop.source_claims(), sources_done);
  write_claim_table(workshop.group_claims(), groups_done);
  return opening;
}

void close_workshop(const Workshop& workshop, const Plan& plan, int ranks) {
  std::error_code ignored;
  fs::remove(workshop.reserve(), ignored);
  JournalIndex index;
  const fs::path before = workshop.journals() / "before.jsonl";
  if (fs::exists(before)) index.read(before, true);
  for (int rank = 0; rank < ranks; ++rank)
    if (fs::exists(workshop.journal_of(rank))) index.read(workshop.journal_of(rank), true);

  const fs::path part = workshop.work() / "manifest.part";
  std::uint64_t failed = 0;
  std::uint64_t items = 0;
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    for (const PlannedGroup& group : plan.groups)
      for (Sample& planned : planned_samples(plan, group)) {
        const std::optional<Sample> made = index.find(planned.id);
        if (!made)
          throw Error(ErrorCode::Internal, planned.path + ": was not reported as made, nor as failed");
        planned.sha256 = made->sha256;
        planned.bytes = made->bytes;
        planned.failure = made->failure;
        planned.record = made->record;
        planned.mask = made->mask;
        if (planned.failure) planned.path.clear();
        if (const std::string by = estimators_of(plan, planned); !by.empty())
          planned.record["estimated_by"] = by;
        failed += planned.failure ? 1 : 0;
        ++items;
        out << to_json_line(planned) << '\n';
      }
    out.close();
    if (!out)
      throw Error(ErrorCode::Unavailable, part.string() + ": could not be written: " + std::strerror(errno));
  }
  nlohmann::ordered_json record = build_record(plan);
  record["samples"] = items;
  record["failed"] = failed;
  write_text_file(workshop.build_record(), record.dump(2) + "\n");
  sync_to_disk(workshop.build_record());
  sync_to_disk(part);
  fs::rename(part, workshop.manifest());
  sync_to_disk(workshop.folder);
  fs::remove_all(workshop.work());
}

}  // namespace kyc
