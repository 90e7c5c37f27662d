// The small data set that `kyclops demo` builds from the sample media.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/dataset/summary.h"
#include "kyc/nn/manifest.h"

namespace kyc::cli {

struct DemoSheet {
  std::string species;
  std::string imitates;  // which real attack it stands for
  std::string picture;   // relative to the page
};

struct DemoDataset {
  DatasetSummary summary;
  std::vector<DemoSheet> sheets;  // one per species of attack
  double seconds = 0;
  bool whole = false;  // what `dataset verify` said
};

// Two drivers, six victims, the attacks that this program has, three compressions. Builds into out/dataset,
// or goes on with what is there; writes the sheets into out/sheets and the recipe beside the set.
DemoDataset build_demo_dataset(const std::filesystem::path& samples,
                               const std::filesystem::path& out,
                               const ModelManifest& models,
                               const GlobalOptions& global);

// The part of the page that shows it.
std::string demo_dataset_html(const DemoDataset& dataset);

}  // namespace kyc::cli
