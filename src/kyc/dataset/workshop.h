// The folder of a build while it goes on: where what lies, and what is done.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kyc/core/claims.h"
#include "kyc/dataset/journal.h"
#include "kyc/dataset/plan.h"

namespace kyc {

struct Workshop {
  explicit Workshop(std::filesystem::path dataset) : folder(std::move(dataset)) {}

  std::filesystem::path folder;
  std::filesystem::path work() const { return folder / ".work"; }
  std::filesystem::path temporary() const { return work() / "tmp"; }
  std::filesystem::path journals() const { return work() / "journal"; }
  std::filesystem::path journal_of(int rank) const {
    return journals() / ("rank" + std::to_string(rank) + ".jsonl");
  }
  std::filesystem::path sources() const { return work() / "sources"; }
  std::filesystem::path source_claims() const { return work() / "sources.claims"; }
  std::filesystem::path group_claims() const { return work() / "groups.claims"; }
  std::filesystem::path reserve() const { return work() / "reserve"; }
  std::filesystem::path manifest() const { return folder / "manifest.jsonl"; }
  std::filesystem::path build_record() const { return folder / "build.json"; }
};

// What the first rank found and wrote before anybody begins.
struct Opening {
  std::uint64_t kept = 0;  // items that were there
};

// Clears what a killed build left half done, keeps what it finished, and writes the tables of work.
// throws  as build_dataset
Opening open_workshop(const Workshop& workshop, const Plan& plan, bool prune);

// Writes manifest.jsonl and build.json out of the journals, and takes the work folder away.
// throws  Error{Unavailable} not writable; Error{Internal} an item that nobody reported
void close_workshop(const Workshop& workshop, const Plan& plan, int ranks);

// Text without the folders of this machine: for manifests.
std::string without_folders(std::string text, const Workshop& workshop, const Plan& plan);

}  // namespace kyc
