#include "kyc/cli/models_page.h"

#include <cstdio>

namespace kyc::cli {
namespace {

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

// One number if all channels share it.
std::string channels_text(const std::array<float, 3>& values) {
  if (values[0] == values[1] && values[1] == values[2]) return number_text(values[0]);
  return "[" + number_text(values[0]) + ", " + number_text(values[1]) + ", " + number_text(values[2]) + "]";
}

std::string normalisation_text(const ModelInput& input) {
  std::string text = "pixel";
  if (input.mean != std::array<float, 3>{0, 0, 0}) text = "(pixel - " + channels_text(input.mean) + ")";
  if (input.scale != std::array<float, 3>{1, 1, 1}) text += " / " + channels_text(input.scale);
  return text == "pixel" ? "pixel values 0..255" : text;
}

// Of a network that changes pictures: how its crop is cut, what it is told, what becomes of its answer.
std::string edit_text(const ModelEdit& edit) {
  std::string text = "cut by " + edit.alignment + ", put back by " + edit.paste;
  if (edit.identity) {
    text += "; identity from " + edit.identity->model;
    text += edit.identity->normalise ? ", of unit length" : ", as it comes";
    if (edit.identity->emap) text += ", times the last initializer, of unit length again";
  }
  text += "; answer " + edit.layout + " " + edit.colour + ", value x " + channels_text(edit.scale);
  if (edit.mean != std::array<float, 3>{0, 0, 0}) text += " + " + channels_text(edit.mean);
  if (edit.multiple > 1) text += "; sides filled up to multiples of " + std::to_string(edit.multiple);
  return text;
}

void add_list(std::string& page, const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  page += "\n" + title + ":\n\n";
  for (const std::string& line : lines) page += "- " + line + "\n";
}

}  // namespace

std::string input_text(const ModelInput& input) {
  std::string text = "[";
  for (std::size_t i = 0; i < input.shape.size(); ++i) {
    const bool free = input.shape[i] == 0 || (i == 0 && input.shape[i] == 1);
    text +=
        (i == 0 ? "" : ", ") + (free ? std::string(i == 0 ? "n" : "any") : std::to_string(input.shape[i]));
  }
  text += "]";
  if (input.shape.size() == 4)
    text += (input.colour.empty() ? "" : ", " + input.colour) + ", " + normalisation_text(input);
  return text;
}

std::string model_section(const ModelEntry& entry) {
  std::string page = "## " + entry.name + "\n\n" + entry.purpose + ".\n\n";
  page += "| | |\n| --- | --- |\n";
  page += "| task | " + entry.task + " |\n";
  page += "| file | `" + entry.file + "` (" + entry.format +
          (entry.graph.empty() ? "" : ", graph " + entry.graph) + ") |\n";
  page += "| SHA-256 | " +
          (entry.sha256.empty()
               ? "not pinned: the file was not at hand here, so origin, licence and inputs are unchecked"
               : "`" + entry.sha256 + "`") +
          " |\n";
  for (const ModelPart& part : entry.parts)
    page += "| weights | `" + part.file + "`, SHA-256 " +
            (part.sha256.empty() ? "not pinned" : "`" + part.sha256 + "`") + " |\n";
  page += "| licence | " + entry.licence + " |\n";
  page += "| origin | " + entry.origin + (entry.user_supplied ? "; brought by the user" : "") + " |\n";
  for (const ModelInput& input : entry.inputs) {
    page += "| input `" + input.name + "` | " + input_text(input) + " |\n";
    if (!input.crop.empty()) page += "| | " + input.crop + " |\n";
  }
  if (entry.edit) page += "| use | " + edit_text(*entry.edit) + " |\n";
  add_list(page, "Outputs", entry.outputs);
  if (!entry.thresholds.empty()) {
    page += "\n| threshold | value | error rate at which it was set | data |\n| --- | --- | --- | --- |\n";
    for (const ModelThreshold& one : entry.thresholds)
      page += "| " + one.name + " | " + number_text(one.value) + " | " + one.rate + " | " + one.data + " |\n";
  }
  add_list(page, "Limits", entry.limits);
  return page;
}

std::string models_page(const ModelManifest& manifest) {
  std::string page =
      "# Models\n\n"
      "Generated from `models/manifest.json` by `kyclops models show --markdown`; do not edit. The set-up "
      "fetches the\n"
      "models of the npm packages; for the others, bring the file and put it where the table says, under "
      "`models/`; the project's own are in the source tree (docs/shipped_detectors.md).\n"
      "Nothing is downloaded behind your back. Every file whose SHA-256 is pinned is checked whenever it is "
      "loaded.\n\n"
      "| name | task | file | licence | fetched by the set-up |\n| --- | --- | --- | --- | --- |\n";
  for (const ModelEntry& entry : manifest.entries())
    page += "| [" + entry.name + "](#" + entry.name + ") | " + entry.task + " | `" + entry.file + "` | " +
            entry.licence + " | " +
            (entry.user_supplied                  ? "no"
             : entry.file.starts_with("shipped/") ? "in the source tree"
                                                  : "yes") +
            " |\n";
  for (const ModelEntry& entry : manifest.entries()) page += "\n" + model_section(entry);
  return page;
}

}  // namespace kyc::cli
