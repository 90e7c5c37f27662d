// kyclops methods: what is registered, by kind.

#include <cstdio>

#include <nlohmann/json.hpp>

#include "kyc/attack/attack.h"
#include "kyc/attack/restorer.h"
#include "kyc/cli/commands.h"
#include "kyc/core/registry.h"
#include "kyc/detection/detectors.h"
#include "kyc/face/detector.h"
#include "kyc/quality/component.h"

namespace kyc::cli {
namespace {

struct Kind {
  const char* name;
  std::vector<MethodInfo> methods;
};

std::vector<Kind> kinds(const GlobalOptions& global) {
  return {{"face_detector", Registry<FaceDetector>::list()},
          {"attack", Registry<Attack>::list()},
          {"restorer", Registry<Restorer>::list()},
          {"quality", Registry<QualityComponent>::list()},
          {"attack_detector", known_attack_detectors(ModelManifest(global.models))}};
}

int list_methods(const GlobalOptions& global) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Kind& kind : kinds(global))
    for (const MethodInfo& method : kind.methods) {
      if (global.json)
        out.push_back({{"kind", kind.name}, {"name", method.name}, {"description", method.description}});
      else
        std::printf("%-16s %-20s %s\n", kind.name, method.name.c_str(), method.description.c_str());
    }
  if (global.json) std::printf("%s\n", nlohmann::ordered_json{{"methods", out}}.dump().c_str());
  return kDone;
}

}  // namespace

void add_methods(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* methods = app.add_subcommand("methods", "What this program can choose between, by kind");
  methods->callback([&global, &chosen] { chosen.run = [&global] { return list_methods(global); }; });
}

}  // namespace kyc::cli
