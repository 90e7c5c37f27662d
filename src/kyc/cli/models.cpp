// kyclops models: what the manifest knows, and whether the files are the right ones.

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/models_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/session.h"
#include "kyc/nn/tfjs.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ModelsFlags {
  std::vector<std::string> names;
  bool markdown = false;
  std::string model;  // of import
  std::string out;
  std::string graph;
};

// How a file compares with the manifest.
enum class State { Right, Unpinned, Missing, NotBrought, Different };

struct Verified {
  std::filesystem::path path;
  std::string expected;  // SHA-256; empty: not pinned
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

Verified verify_models(const std::filesystem::path& path,
                       const std::string& expected,
                       const ModelEntry& entry) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    return {path, expected, entry.user_supplied ? State::NotBrought : State::Missing, ""};
  const std::string found = sha256_hex_of_file(path);
  if (expected.empty()) return {path, expected, State::Unpinned, found};
  return {path, expected, found == expected ? State::Right : State::Different, found};
}

// The model's file and its weight files.
std::vector<Verified> verify_models(const ModelManifest& manifest, const ModelEntry& entry) {
  std::vector<Verified> out{verify_models(manifest.file_of(entry), entry.sha256, entry)};
  for (const ModelPart& part : entry.parts)
    out.push_back(verify_models(manifest.folder() / part.file, part.sha256, entry));
  return out;
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

Json models_json(const ModelManifest& manifest, const ModelEntry& entry) {
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
  Json out = models_json(manifest, entry);
  out["sha256"] = entry.sha256.empty() ? Json(nullptr) : Json(entry.sha256);
  out["origin"] = entry.origin;
  out["graph"] = entry.graph.empty() ? Json(nullptr) : Json(entry.graph);
  out["parts"] = Json::array();
  for (const ModelPart& part : entry.parts)
    out["parts"].push_back(
        {{"file", part.file}, {"sha256", part.sha256.empty() ? Json(nullptr) : Json(part.sha256)}});
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

int list_models(const GlobalOptions& global) {
  const ModelManifest manifest{global.models};
  if (global.json) {
    Json out = Json::array();
    for (const ModelEntry& entry : manifest.entries()) out.push_back(models_json(manifest, entry));
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

int verify_all(const ModelsFlags& options, const GlobalOptions& global) {
  const ModelManifest manifest{global.models};
  bool all_right = true;
  Json models = Json::array();
  for (const ModelEntry* entry : chosen_entries(manifest, options.names)) {
    for (const Verified& one : verify_models(manifest, *entry)) {
      all_right = all_right && !is_failure(one.state);
      if (global.json) {
        models.push_back({{"name", entry->name},
                          {"file", one.path.string()},
                          {"state", to_string(one.state)},
                          {"expected_sha256", one.expected.empty() ? Json(nullptr) : Json(one.expected)},
                          {"sha256", one.sha256.empty() ? Json(nullptr) : Json(one.sha256)}});
        continue;
      }
      std::printf("%-11s %s\n", to_string(one.state), one.path.c_str());
      if (one.state == State::Different)
        std::printf("            expected SHA-256 %s\n            found            %s\n",
                    one.expected.c_str(),
                    one.sha256.c_str());
    }
  }
  if (global.json) std::printf("%s\n", Json{{"right", all_right}, {"models", models}}.dump().c_str());
  return all_right ? kDone : kAnswerIsNo;
}

int show_models(const ModelsFlags& options, const GlobalOptions& global) {
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

int import(const ModelsFlags& options, const GlobalOptions& global) {
  std::vector<std::uint8_t> onnx;
  if (options.graph.empty())
    onnx = onnx_from_tfjs(options.model);
  else
    onnx = onnx_from_tfjs_weights(
        read_text_file(options.model), options.model, options.graph, tfjs_files_beside(options.model));
  const Session session(onnx, options.model);  // a file that cannot be run is not written
  write_file(options.out, onnx);
  const auto tensors_json = [](const std::vector<TensorInfo>& tensors) {
    Json out = Json::array();
    for (const TensorInfo& one : tensors) out.push_back({{"name", one.name}, {"shape", one.shape}});
    return out;
  };
  if (global.json) {
    std::printf("%s\n",
                Json{{"model", options.model},
                     {"out", options.out},
                     {"sha256", sha256_hex(onnx)},
                     {"inputs", tensors_json(session.inputs())},
                     {"outputs", tensors_json(session.outputs())}}
                    .dump()
                    .c_str());
    return kDone;
  }
  std::printf("%s\n", options.out.c_str());
  for (const TensorInfo& one : session.inputs())
    std::printf("  input   %s %s\n", one.name.c_str(), shape_text(one.shape).c_str());
  for (const TensorInfo& one : session.outputs())
    std::printf("  output  %s %s\n", one.name.c_str(), shape_text(one.shape).c_str());
  return kDone;
}

}  // namespace

void add_models(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* models = noun(app, "models", "The neural networks: what they are, and whether their files are right");
  const auto options = std::make_shared<ModelsFlags>();

  App* list_command = models->add_subcommand("list", "All models of the manifest");
  list_command->callback([&global, &chosen] { chosen.run = [&global] { return list_models(global); }; });

  App* verify_command = models->add_subcommand("verify", "Compare the files with their pinned SHA-256");
  verify_command->add_option("NAME", options->names, "Models; none: all");
  verify_command->callback(
      [options, &global, &chosen] { chosen.run = [=, &global] { return verify_all(*options, global); }; });

  App* import_command = models->add_subcommand(
      "import", "A TensorFlow.js model with its weight files beside it -> one ONNX file");
  import_command->add_option("MODEL", options->model, "model.json of a graph model")->required();
  import_command->add_option("-o,--out", options->out, "The ONNX file to write")->required();
  import_command->add_option(
      "--graph",
      options->graph,
      "For a weights manifest without a graph: which graph the weights are of (dlib_resnet34)");
  import_command->callback(
      [options, &global, &chosen] { chosen.run = [=, &global] { return import(*options, global); }; });

  App* show_command = models->add_subcommand("show", "All that is known about one model");
  show_command->add_option("NAME", options->names, "The model")->expected(0, 1);
  show_command->add_flag("--markdown", options->markdown, "Without a name: all models, as docs/models.md");
  show_command->callback([options, &global, &chosen] {
    if (options->names.empty() && !options->markdown) throw UsageError("NAME or --markdown is required");
    chosen.run = [=, &global] { return show_models(*options, global); };
  });
}

}  // namespace kyc::cli
