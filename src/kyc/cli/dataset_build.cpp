// kyclops dataset build: a recipe -> a data set. Under mpirun, the processes share the work.

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/dataset/build.h"
#include "kyc/dataset/forecast.h"
#include "kyc/dataset/partition.h"

namespace kyc::cli {
namespace {

struct DatasetBuildFlags {
  std::string recipe;
  std::string out;
  std::optional<std::uint64_t> seed;
  bool dry_run = false;
  bool prune = false;
};

// Items of a plan by species, compression and split.
using Counts = std::map<std::string, std::map<std::string, std::array<std::uint64_t, 3>>>;

Counts counts_of(const Plan& plan) {
  Counts out;
  for (const PlannedGroup& group : plan.groups)
    for (const Sample& sample : planned_samples(plan, group))
      ++out[sample.species][sample.compression.empty() ? "-" : sample.compression][group.split];
  return out;
}

std::string duration_text(double seconds) {
  char text[64];
  if (seconds < 90)
    std::snprintf(text, sizeof(text), "%.0f s", seconds);
  else if (seconds < 5400)
    std::snprintf(text, sizeof(text), "%.0f min", seconds / 60);
  else
    std::snprintf(text, sizeof(text), "%.1f h", seconds / 3600);
  return text;
}

std::string size_text(std::uint64_t bytes) {
  char text[64];
  const auto value = static_cast<double>(bytes);
  if (value < 1e9)
    std::snprintf(text, sizeof(text), "%.1f MB", value / 1e6);
  else
    std::snprintf(text, sizeof(text), "%.1f GB", value / 1e9);
  return text;
}

void print_dry_run(const Plan& plan, const Forecast& cost, int jobs) {
  std::printf("%s: %zu portraits, %zu clips of drivers\n\n",
              plan.recipe.name.c_str(),
              plan.victims.size(),
              plan.drivers.size());
  std::printf("%-44s %-6s %8s %8s %8s\n", "species", "", "train", "val", "test");
  std::uint64_t total = 0;
  for (const auto& [species, by_compression] : counts_of(plan))
    for (const auto& [compression, splits] : by_compression) {
      std::printf("%-44s %-6s", species.c_str(), compression.c_str());
      for (const std::uint64_t count : splits) {
        std::printf(" %8llu", static_cast<unsigned long long>(count));
        total += count;
      }
      std::printf("\n");
    }
  std::printf(
      "\n%llu items; left out before compression: %llu because victim and driver are in different "
      "splits, %llu because they are one person, %llu over a limit\n",
      static_cast<unsigned long long>(total),
      static_cast<unsigned long long>(plan.skips.cross_split),
      static_cast<unsigned long long>(plan.skips.same_identity),
      static_cast<unsigned long long>(plan.skips.over_limit));
  for (const auto* sources : {&plan.victims, &plan.drivers})
    for (const SourceFile& source : *sources)
      if (!source.failure.empty()) std::printf("can not be read: %s\n", source.failure.c_str());
  std::printf("disk: about %s\n", size_text(cost.bytes).c_str());
  std::printf("time: about %s on one core, %s with %d jobs if there are as many idle cores\n",
              duration_text(cost.seconds).c_str(),
              duration_text(cost.seconds / jobs).c_str(),
              jobs);
  std::printf(
      "measured just now on the first frames of some clips of each kind, and reckoned up by frames and\n"
      "pixels; in brackets the cheapest and the dearest of them, relative to that:\n");
  for (const Forecast::Basis& basis : cost.basis)
    std::printf("  %-44s %d clips, %4lld frames, %6.1f ms and %7.1f kB a frame (%.2f to %.2f)\n",
                basis.what.c_str(),
                basis.clips,
                static_cast<long long>(basis.frames),
                1000 * basis.seconds_per_frame,
                basis.bytes_per_frame / 1000,
                basis.least,
                basis.most);
  for (const std::string& unknown : cost.unknown)
    std::printf("not measured, counted as nothing: %s\n", unknown.c_str());
}

nlohmann::ordered_json dry_run_json(const Plan& plan, const Forecast& cost) {
  nlohmann::ordered_json out;
  out["name"] = plan.recipe.name;
  out["portraits"] = plan.victims.size();
  out["clips"] = plan.drivers.size();
  out["counts"] = nlohmann::ordered_json::array();
  std::uint64_t total = 0;
  for (const auto& [species, by_compression] : counts_of(plan))
    for (const auto& [compression, splits] : by_compression)
      for (std::size_t s = 0; s < splits.size(); ++s) {
        if (splits[s] == 0) continue;
        total += splits[s];
        out["counts"].push_back({{"species", species},
                                 {"compression", compression == "-" ? "" : compression},
                                 {"split", kSplits[s]},
                                 {"items", splits[s]}});
      }
  out["items"] = total;
  out["left_out"] = {{"cross_split", plan.skips.cross_split},
                     {"same_identity", plan.skips.same_identity},
                     {"over_limit", plan.skips.over_limit}};
  out["bytes"] = cost.bytes;
  out["core_seconds"] = cost.seconds;
  out["measured"] = nlohmann::ordered_json::array();
  for (const Forecast::Basis& basis : cost.basis)
    out["measured"].push_back({{"what", basis.what},
                               {"clips", basis.clips},
                               {"frames", basis.frames},
                               {"seconds_per_frame", basis.seconds_per_frame},
                               {"bytes_per_frame", basis.bytes_per_frame},
                               {"least", basis.least},
                               {"most", basis.most}});
  out["not_measured"] = cost.unknown;
  return out;
}

int build(const DatasetBuildFlags& options, const GlobalOptions& global) {
  Recipe recipe = read_recipe(options.recipe);
  if (options.seed) recipe.seed = *options.seed;
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  if (options.dry_run) {
    const int jobs = jobs_of(global);
    const Plan plan = make_plan(std::move(recipe), resources, jobs);
    const Forecast cost = forecast(plan, resources);
    if (global.json)
      std::printf("%s\n", dry_run_json(plan, cost).dump().c_str());
    else
      print_dry_run(plan, cost, jobs);
    return kDone;
  }

  const Ranks ranks;
  BuildOptions build_options;
  build_options.prune = options.prune;
  // Ranks of one machine share its cores.
  build_options.jobs = global.jobs > 0 ? global.jobs : std::max(1, jobs_of(global) / ranks.local_size());
  Plan plan = make_plan(std::move(recipe), resources, build_options.jobs);
  const bool speaks = ranks.rank() == 0;
  const BuildResult result = build_dataset(plan,
                                           options.out,
                                           resources,
                                           ranks,
                                           build_options,
                                           speaks ? progress_bar("building", "clips", global) : Progress());
  if (!speaks) return kDone;
  if (global.json)
    std::printf("%s\n",
                nlohmann::ordered_json{{"folder", options.out},
                                       {"items", result.items},
                                       {"kept", result.kept},
                                       {"failed", result.failed},
                                       {"bytes", result.bytes}}
                    .dump()
                    .c_str());
  else
    std::printf("%s: %llu items, %llu of them were there, %llu failed, %s\n",
                options.out.c_str(),
                static_cast<unsigned long long>(result.items),
                static_cast<unsigned long long>(result.kept),
                static_cast<unsigned long long>(result.failed),
                size_text(result.bytes).c_str());
  if (result.failed > 0 && !global.json)
    std::fprintf(stderr, "kyclops dataset show %s tells why items failed\n", options.out.c_str());
  return result.failed > 0 ? kAnswerIsNo : kDone;
}

}  // namespace

void add_dataset_build(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<DatasetBuildFlags>();
  App* verb = noun(app, "dataset", "Builds, checks and exchanges data sets")
                  ->add_subcommand("build", "Build a data set from a recipe; again: go on where it stopped");
  verb->add_option("recipe", options->recipe, "The recipe (TOML, see docs/dataset.md)")
      ->required()
      ->check(kExistingFile);
  verb->add_option("--out", options->out, "Folder of the data set")->required();
  verb->add_option("--seed", options->seed, "Instead of the recipe's");
  verb->add_flag("--dry-run", options->dry_run, "Only say what would be built, how large and how long");
  verb->add_flag("--prune", options->prune, "Remove what an earlier recipe left in the folder");
  verb->footer(
      "Exit code: 0 everything was built; 1 it was, but for items that failed: the manifest says why.\n"
      "Several machines: mpirun -n N kyclops dataset build ..., on a file system that all of them see.");
  verb->callback(
      [options, &global, &chosen] { chosen.run = [options, &global] { return build(*options, global); }; });
}

}  // namespace kyc::cli
