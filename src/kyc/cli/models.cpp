// kyclops models: what the manifest knows, and whether the files are the right ones.

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/models_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> names;
  bool markdown = false;
};

// How a model's file compares with the manifest.
enum class State { Right, Unpinned, Missing, NotBrought, Different };

struct Verified {
  const ModelEntry& entry;
  State state = State::Right;
  std::string sha256;  // of the file, if it is there
};

const char* to_string(State state) {
  switch (state) {
    case State::Right:
      return "right";
    case State::Unpinned:
      return "unpinned";
    case State::Missing:
      return "missing";
    case State::NotBrought:
      return "not_brought";
    case State::Different:
      return "different";
  }
  return "";
}

bool is_failure(State state) {
  return state == State::Missing || state == State::Different;
}

Verified verify(const ModelManifest& manifest, const ModelEntry& entry) {
  if (!manifest.is_present(entry))
    return {entry, entry.user_supplied ? State::NotBrought : State::Missing, ""};
  const std::string found = sha256_hex_of_file(manifest.file_of(entry));
  if (entry.sha256.empty()) return {entry, State::Unpinned, found};
  return {entry, found == entry.sha256 ? State::Right : State::Different, found};
}

std::vector<const ModelEntry*> chosen_entries(const ModelManifest& manifest,
                                              const std::vector<std::string>& names) {
  std::vector<const ModelEntry*> out;
  out.reserve(manifest.entries().size());
  for (const std::string& name : names) out.push_back(&manifest.entry(name));
  if (names.empty())
    for (const ModelEntry& entry : manifest.entries()) out.push_back(&entry);
  return out;
}

Json summary_json(const ModelManifest& manifest, const ModelEntry& entry) {
  return {{"name", entry.name},
          {"task", entry.task},
          {"purpose", entry.purpose},
          {"file", entry.file},
          {"format", entry.format},
          {"licence", entry.licence},
          {"user_supplied", entry.user_supplied},
          {"present", manifest.is_present(entry)}};
}

Json entry_json(const ModelManifest& manifest, const ModelEntry& entry) {
  Json out = summary_json(manifest, entry);
  out["sha256"] = entry.sha256.empty() ? Json(nullptr) : Json(entry.sha256);
  out["origin"] = entry.origin;
  out["inputs"] = Json::array();
  for (const ModelInput& input : entry.inputs)
    out["inputs"].push_back({{"name", input.name},
                             {"shape", input.shape},
                             {"colour", input.colour.empty() ? Json(nullptr) : Json(input.colour)},
                             {"mean", input.mean},
                             {"scale", input.scale},
                             {"crop", input.crop}});
  out["outputs"] = entry.outputs;
  out["thresholds"] = Json::array();
  for (const ModelThreshold& one : entry.thresholds)
    out["thresholds"].push_back(
        {{"name", one.name}, {"value", one.value}, {"rate", one.rate}, {"data", one.data}});
  out["limits"] = entry.limits;
  return out;
}

int list(const GlobalOptions& global) {
  const ModelManifest manifest{global.models};
  if (global.json) {
    Json out = Json::array();
    for (const ModelEntry& entry : manifest.entries()) out.push_back(summary_json(manifest, entry));
    std::printf("%s\n", Json{{"folder", global.models}, {"models", out}}.dump().c_str());
    return kDone;
  }
  std::printf("%-27s %-20s %-5s %s\n", "name", "task", "there", "purpose");
  for (const ModelEntry& entry : manifest.entries())
    std::printf("%-27s %-20s %-5s %s\n",
                entry.name.c_str(),
                entry.task.c_str(),
                manifest.is_present(entry) ? "yes" : "no",
                entry.purpose.c_str());
  return kDone;
}

int verify_all(const Options& options, const GlobalOptions& global) {
  const ModelManifest manifest{global.models};
  bool all_right = true;
  Json models = Json::array();
  for (const ModelEntry* entry : chosen_entries(manifest, options.names)) {
    const Verified one = verify(manifest, *entry);
    all_right = all_right && !is_failure(one.state);
    if (global.json) {
      models.push_back({{"name", entry->name},
                        {"file", manifest.file_of(*entry).string()},
                        {"state", to_string(one.state)},
                        {"expected_sha256", entry->sha256.empty() ? Json(nullptr) : Json(entry->sha256)},
                        {"sha256", one.sha256.empty() ? Json(nullptr) : Json(one.sha256)}});
      continue;
    }
    std::printf("%-11s %s\n", to_string(one.state), manifest.file_of(*entry).c_str());
    if (one.state == State::Different)
      std::printf("            expected SHA-256 %s\n            found            %s\n",
                  entry->sha256.c_str(),
                  one.sha256.c_str());
  }
  if (global.json) std::printf("%s\n", Json{{"right", all_right}, {"models", models}}.dump().c_str());
  return all_right ? kDone : kAnswerIsNo;
}

int show(const Options& options, const GlobalOptions& global) {
  const ModelManifest manifest{global.models};
  if (options.markdown && options.names.empty()) {
    std::fputs(models_page(manifest).c_str(), stdout);
    return kDone;
  }
  const ModelEntry& entry = manifest.entry(options.names.front());
  if (global.json)
    std::printf("%s\n", entry_json(manifest, entry).dump().c_str());
  else
    std::fputs(model_section(entry).c_str(), stdout);
  return kDone;
}

}  // namespace

void add_models(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* models = noun(app, "models", "The neural networks: what they are, and whether their files are right");
  const auto options = std::make_shared<Options>();

  App* list_command = models->add_subcommand("list", "All models of the manifest");
  list_command->callback([&global, &chosen] { chosen.run = [&global] { return list(global); }; });

  App* verify_command = models->add_subcommand("verify", "Compare the files with their pinned SHA-256");
  verify_command->add_option("NAME", options->names, "Models; none: all");
  verify_command->callback(
      [options, &global, &chosen] { chosen.run = [=, &global] { return verify_all(*options, global); }; });

  App* show_command = models->add_subcommand("show", "All that is known about one model");
  show_command->add_option("NAME", options->names, "The model")->expected(0, 1);
  show_command->add_flag("--markdown", options->markdown, "Without a name: all models, as docs/models.md");
  show_command->callback([options, &global, &chosen] {
    if (options->names.empty() && !options->markdown) throw UsageError("NAME or --markdown is required");
    chosen.run = [=, &global] { return show(*options, global); };
  });
}

}  // namespace kyc::cli
