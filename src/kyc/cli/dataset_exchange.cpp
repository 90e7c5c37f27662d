// kyclops dataset import|export: the sets of others as manifests, ours as the lists that others read.

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/dataset/exchange.h"

namespace kyc::cli {
namespace {

struct Import {
  std::string format;
  std::string tree;
  std::string out;
  std::string consent;
  std::string licence;
};

struct Export {
  std::string format;
  std::string folder;
  std::string out;
  int frames = 0;
};

int run_import(const Import& options, const GlobalOptions& global) {
  const std::string out = options.out.empty() ? options.tree : options.out;
  const ImportResult result = import_dataset(options.format,
                                             options.tree,
                                             out,
                                             {options.consent, options.licence, jobs_of(global)},
                                             progress_bar("hashing", "files", global));
  if (global.json)
    std::printf(
        "%s\n",
        nlohmann::ordered_json{{"folder", out}, {"samples", result.samples}, {"failed", result.failed}}
            .dump()
            .c_str());
  else
    std::printf("%s: %llu samples, %llu of them listed but not there\n",
                out.c_str(),
                static_cast<unsigned long long>(result.samples),
                static_cast<unsigned long long>(result.failed));
  return result.failed > 0 ? kAnswerIsNo : kDone;
}

int run_export(const Export& options, const GlobalOptions& global) {
  export_dataset(options.format,
                 options.folder,
                 options.out,
                 {options.frames, jobs_of(global)},
                 progress_bar("exporting", "samples", global));
  if (global.json)
    std::printf("%s\n", nlohmann::ordered_json{{"folder", options.out}}.dump().c_str());
  else
    std::printf("%s: written in the form of %s\n", options.out.c_str(), options.format.c_str());
  return kDone;
}

}  // namespace

void add_dataset_exchange(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* dataset = noun(app, "dataset", "Builds, checks and exchanges data sets");
  const auto in = std::make_shared<Import>();
  App* import_verb = dataset->add_subcommand("import", "A manifest over a tree in another set's layout");
  import_verb->add_option("--format", in->format, "The layout")
      ->required()
      ->check(is_member(import_formats()));
  import_verb->add_option("tree", in->tree, "The set as its publishers laid it out")
      ->required()
      ->check(kExistingDirectory);
  import_verb->add_option("--out", in->out, "Folder of the manifest; default: the tree itself");
  import_verb->add_option("--consent", in->consent, "Of the people in it, for the manifest");
  import_verb->add_option("--licence", in->licence, "Of the files, for the manifest");
  import_verb->footer("Exit code: 0 done; 1 done, but the set's own lists name files that are not there.");
  import_verb->callback(
      [in, &global, &chosen] { chosen.run = [in, &global] { return run_import(*in, global); }; });

  const auto out = std::make_shared<Export>();
  App* export_verb = dataset->add_subcommand("export", "Lists that other programs read");
  export_verb->add_option("--format", out->format, "The form")
      ->required()
      ->check(is_member(export_formats()));
  export_verb->add_option("folder", out->folder, "The data set")->required()->check(kExistingDirectory);
  export_verb->add_option("--out", out->out, "Folder of the lists")->required();
  export_verb
      ->add_option("--frames", out->frames, "Frames of every clip to write as PNG (deepfakebench); 0: none")
      ->check(in_range(0, 100000));
  export_verb->callback(
      [out, &global, &chosen] { chosen.run = [out, &global] { return run_export(*out, global); }; });
}

}  // namespace kyc::cli
