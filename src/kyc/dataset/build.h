// A plan -> a data set's folder: manifest.jsonl, build.json, media/. May be killed at any moment and started
// again; the result is the same, byte for byte, however often, on however many threads and processes.
#pragma once

#include <cstdint>
#include <filesystem>

#include "kyc/core/progress.h"
#include "kyc/core/ranks.h"
#include "kyc/dataset/plan.h"

namespace kyc {

struct BuildOptions {
  int jobs = 1;  // threads of this process; each builds one clip at a time
  // Remove what an earlier recipe left in the folder and this one does not want; otherwise that is an error.
  bool prune = false;
};

struct BuildResult {
  std::uint64_t items = 0;   // of the plan
  std::uint64_t kept = 0;    // were there already
  std::uint64_t failed = 0;  // in the manifest with their reason; tried again by the next build
  std::uint64_t bytes = 0;   // of all files, masks among them
};

// Builds what is not there yet. Source files that can not be read, show no face or can not be attacked, and a
// full disk, fail single items: their manifest line says why.
//
// plan       its sources' attributes are completed where the recipe wants them estimated
// ranks      every rank calls this with the same plan; the first one writes the manifest
// progress   in clips before compression
// throws     Error{Unavailable} another build works in the folder, or it can not be written; Error{Corrupt}
//            the folder's journal or manifest is none of a build; Error{InvalidArgument} the folder holds
//            items of another recipe (see prune)
BuildResult build_dataset(Plan& plan,
                          const std::filesystem::path& folder,
                          const ModelResources& resources,
                          const Ranks& ranks,
                          const BuildOptions& options,
                          const Progress& progress = {});

}  // namespace kyc
