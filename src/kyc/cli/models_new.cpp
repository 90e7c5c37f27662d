// kyclops models new: an untrained network of a known architecture.

#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/core/files.h"
#include "kyc/nn/architectures/architecture.h"
#include "kyc/nn/architectures/transfer.h"

namespace kyc::cli {
namespace {

struct ModelsNewFlags {
  std::string architecture;
  std::string out;
  NetworkOptions network;
};

int list_architectures(const GlobalOptions& global) {
  auto out = nlohmann::ordered_json::array();
  for (const ArchitectureInfo& info : architectures()) {
    if (global.json)
      out.push_back({{"name", info.name},
                     {"description", info.description},
                     {"source", info.source},
                     {"side", info.side}});
    else
      std::printf("%-20s %4d px  %s (%s)\n",
                  info.name.c_str(),
                  info.side,
                  info.description.c_str(),
                  info.source.c_str());
  }
  if (global.json) std::printf("%s\n", out.dump().c_str());
  return kDone;
}

int create(const ModelsNewFlags& options, const GlobalOptions& global) {
  const bool transfer = is_transfer(options.architecture);
  const std::vector<std::uint8_t> onnx =
      transfer ? transferred_network(ModelManifest(global.models), options.architecture, options.network)
               : new_network(options.architecture, options.network);
  const std::string name = options.architecture.substr(0, options.architecture.find('@'));
  const std::string out = options.out.empty() ? name + ".onnx" : options.out;
  write_file(out, onnx);
  const ParameterCount count = count_parameters(onnx, out);
  if (global.json)
    std::printf("%s\n",
                nlohmann::ordered_json{{"architecture", options.architecture},
                                       {"out", out},
                                       {"sha256", sha256_hex(onnx)},
                                       {"seed", options.network.seed},
                                       {"parameters", count.trained},
                                       {"running_statistics", count.statistics}}
                    .dump()
                    .c_str());
  else
    std::printf("%s: %llu parameters, %.1f MB\n",
                out.c_str(),
                static_cast<unsigned long long>(count.trained),
                static_cast<double>(onnx.size()) / 1e6);
  return kDone;
}

}  // namespace

void add_models_new(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<ModelsNewFlags>();
  App* verb = noun(app, "models", "The neural networks: what they are, and whether their files are right")
                  ->add_subcommand("new", "An untrained network of a known architecture, as an ONNX file");
  verb->add_option(
      "ARCH",
      options->architecture,
      "The architecture, or MODEL@TENSOR: a model of ours up to there under a new head; none: list them");
  verb->add_option("-o,--out", options->out, "The file to write; ARCH.onnx unless given");
  verb->add_option("--seed", options->network.seed, "Of the weights")->capture_default_str();
  verb->add_option("--side", options->network.side, "Pixels of the square input; 0: the architecture's own")
      ->capture_default_str();
  verb->add_option("--outputs", options->network.outputs, "Logits; one for a detector")
      ->capture_default_str();
  verb->footer(
      "The file has an input \"image\" [n, 3, side, side] and an output \"logits\" [n, outputs]. Any other "
      "ONNX file of\n"
      "that form can be trained in its place: kyclops train detector --arch FILE.onnx");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] {
      return options->architecture.empty() ? list_architectures(global) : create(*options, global);
    };
  });
}

}  // namespace kyc::cli
