// Is a data set whole? Re-reads every file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/dataset/sample.h"

namespace kyc {

struct VerifyReport {
  std::uint64_t files = 0;   // looked at
  std::uint64_t bytes = 0;   // hashed
  std::uint64_t failed = 0;  // items that were never made, as the manifest itself says
  // Paths in the data set, sorted:
  std::vector<std::string> missing;
  std::vector<std::string> altered;  // size or SHA-256 differ
  std::vector<std::string> extra;    // not in the manifest
  // What does not hold together in the manifest: in words, each beginning with the path.
  std::vector<std::string> broken;

  bool whole() const { return missing.empty() && altered.empty() && extra.empty() && broken.empty(); }
};

// Files that no manifest lists are extra, except manifest.jsonl, build.json and what lies in protocols/,
// scores/ and reports/; of an imported set only pictures and clips count, and no masks of others, nor the
// folders of frames that the lists of an export of ours know. Masks that the manifest names are hashed like
// samples. Broken are: provenance that leads
// to no sample or to other bytes, an attack of a built set without parents, fewer lines than build.json says,
// one file listed twice, one identity in two splits of a built set, a build that was not finished.
//
// jobs    threads
// throws  as read_dataset
VerifyReport verify_dataset(const std::filesystem::path& folder, int jobs, const Progress& progress = {});

}  // namespace kyc
