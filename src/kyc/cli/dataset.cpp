// kyclops dataset verify|show|list: is it whole, what is in it.

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/dataset/summary.h"
#include "kyc/dataset/verify.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

int run_dataset_verify(const std::string& folder, const GlobalOptions& global) {
  const VerifyReport report =
      verify_dataset(folder, jobs_of(global), progress_bar("hashing", "files", global));
  if (global.json) {
    std::printf("%s\n",
                dump({{"whole", report.whole()},
                      {"files", report.files},
                      {"bytes", report.bytes},
                      {"failed", report.failed},
                      {"missing", report.missing},
                      {"altered", report.altered},
                      {"extra", report.extra},
                      {"broken", report.broken}})
                    .c_str());
    return report.whole() ? kDone : kAnswerIsNo;
  }
  for (const std::string& path : report.missing) std::printf("missing  %s\n", path.c_str());
  for (const std::string& path : report.altered) std::printf("altered  %s\n", path.c_str());
  for (const std::string& path : report.extra) std::printf("extra    %s\n", path.c_str());
  for (const std::string& what : report.broken) std::printf("broken   %s\n", what.c_str());
  std::printf("%s: %llu files hashed, %zu missing, %zu altered, %zu extra, %zu broken",
              report.whole() ? "whole" : "NOT WHOLE",
              static_cast<unsigned long long>(report.files),
              report.missing.size(),
              report.altered.size(),
              report.extra.size(),
              report.broken.size());
  if (report.failed > 0)
    std::printf("; %llu items failed when it was built", static_cast<unsigned long long>(report.failed));
  std::printf("\n");
  return report.whole() ? kDone : kAnswerIsNo;
}

Json dataset_json(const DatasetSummary& summary) {
  Json rows = Json::array();
  for (const DatasetSummary::Row& row : summary.rows)
    rows.push_back({{"species", row.species},
                    {"compression", row.compression},
                    {"split", row.split},
                    {"samples", row.samples},
                    {"failed", row.failed},
                    {"bytes", row.bytes}});
  return {{"samples", summary.samples},
          {"failed", summary.failed},
          {"bytes", summary.bytes},
          {"rows", rows},
          {"identities", summary.identities},
          {"drivers", summary.drivers},
          {"attributes", summary.attributes},
          {"failures", summary.failures},
          {"licences", summary.licences}};
}

void print_counts(const char* title, const std::map<std::string, std::uint64_t>& counts) {
  std::printf("%s:", title);
  for (const auto& [name, count] : counts)
    std::printf("  %s %llu", name.empty() ? "(none)" : name.c_str(), static_cast<unsigned long long>(count));
  std::printf("\n");
}

int run_dataset_show(const std::string& folder, const GlobalOptions& global) {
  const DatasetSummary summary = summarize(read_dataset(folder).samples);
  if (global.json) {
    std::printf("%s\n", dump(dataset_json(summary)).c_str());
    return kDone;
  }
  std::printf("%-44s %-6s %-6s %8s %8s %10s\n", "species", "", "split", "samples", "failed", "MB");
  for (const DatasetSummary::Row& row : summary.rows)
    std::printf("%-44s %-6s %-6s %8llu %8llu %10.1f\n",
                row.species.c_str(),
                row.compression.empty() ? "-" : row.compression.c_str(),
                row.split.empty() ? "-" : row.split.c_str(),
                static_cast<unsigned long long>(row.samples),
                static_cast<unsigned long long>(row.failed),
                static_cast<double>(row.bytes) / 1e6);
  std::printf("\n%llu samples, %.1f MB, %llu failed\n",
              static_cast<unsigned long long>(summary.samples),
              static_cast<double>(summary.bytes) / 1e6,
              static_cast<unsigned long long>(summary.failed));
  print_counts("identities", summary.identities);
  print_counts("drivers of attacks", summary.drivers);
  for (const auto& [name, values] : summary.attributes)
    print_counts(("identities by " + name).c_str(), values);
  for (const auto& [licence, count] : summary.licences)
    std::printf("licence: %s (%llu samples)\n", licence.c_str(), static_cast<unsigned long long>(count));
  for (const auto& [reason, count] : summary.failures)
    std::printf("failed: %s (%llu items)\n", reason.c_str(), static_cast<unsigned long long>(count));
  return kDone;
}

int list_samples(const std::string& folder, const SampleFilter& filter, const GlobalOptions& global) {
  for (const Sample& sample : read_dataset(folder).samples) {
    if (!matches(filter, sample)) continue;
    if (global.json)
      std::printf("%s\n", to_json_line(sample).c_str());
    else
      std::printf("%-12s %-6s %-5s %-32s %s\n",
                  sample.identity.c_str(),
                  sample.compression.empty() ? "-" : sample.compression.c_str(),
                  sample.split.empty() ? "-" : sample.split.c_str(),
                  sample.species.c_str(),
                  sample.failure ? ("FAILED: " + *sample.failure).c_str() : sample.path.c_str());
  }
  return kDone;
}

}  // namespace

void add_dataset(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* dataset = noun(app, "dataset", "Builds, checks and exchanges data sets");
  const auto folder = std::make_shared<std::string>();
  const auto add_verb = [&](const char* name, const char* description) {
    App* verb = dataset->add_subcommand(name, description);
    verb->add_option("folder", *folder, "The data set")->required();
    return verb;
  };
  App* verify_verb = add_verb("verify", "Hash every file again; name what is missing, altered or extra");
  verify_verb->footer("Exit code: 0 the set is whole, 1 it is not.");
  verify_verb->callback([folder, &global, &chosen] {
    chosen.run = [folder, &global] { return run_dataset_verify(*folder, global); };
  });
  add_verb("show", "Counts by species, compression and split, identities, attributes, failures")
      ->callback([folder, &global, &chosen] {
        chosen.run = [folder, &global] { return run_dataset_show(*folder, global); };
      });
  const auto filter = std::make_shared<SampleFilter>();
  App* list_verb = add_verb("list", "One line per sample; with --json its manifest line");
  list_verb->add_option("--kind", filter->kind, "bona_fide or attack")
      ->check(is_member({"bona_fide", "attack"}));
  list_verb->add_option("--species", filter->species, "Only of this species");
  list_verb->add_option("--compression", filter->compression, "c0, c23, c40; none: as it came");
  list_verb->add_option("--split", filter->split, "train, val or test")
      ->check(is_member({"train", "val", "test"}));
  list_verb->add_option("--identity", filter->identity, "Whose face is shown or claimed");
  list_verb->add_option("--driver", filter->driver, "Who drives it");
  list_verb->add_flag("--failed", filter->failed_only, "Only items that could not be made");
  list_verb->callback([folder, filter, &global, &chosen] {
    chosen.run = [folder, filter, &global] { return list_samples(*folder, *filter, global); };
  });
}

}  // namespace kyc::cli
