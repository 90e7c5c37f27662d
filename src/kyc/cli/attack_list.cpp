// kyclops attack list: the attacks and what is done to their results, with what each imitates.

#include <cstdio>

#include <nlohmann/json.hpp>

#include "kyc/attack/attack.h"
#include "kyc/attack/restorer.h"
#include "kyc/cli/commands.h"
#include "kyc/core/registry.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Entry {
  std::string name;
  std::string description;
  std::string imitates;
  std::vector<AttackOption> options;
  Json needs;
};

Entry entry_of(const MethodInfo& info, const Attack& attack) {
  const AttackTraits traits = attack.traits();
  Json needs = {{"sources", traits.sources},
                {"target", traits.needs_target},
                {"target_face", traits.needs_target && traits.needs_target_face},
                {"makes", traits.makes_clip ? "clip" : "picture"}};
  if (traits.takes_target) needs["target_allowed"] = true;
  if (traits.takes_still) needs["source_instead_of_target"] = true;
  return {info.name, info.description, traits.imitates, attack.options(), needs};
}

Entry entry_of(const MethodInfo& info, const Restorer& restorer) {
  return {info.name, info.description, restorer.imitates(), restorer.options(), nullptr};
}

// A method whose model files are absent is listed as such.
template <typename Interface>
int list_of(const char* kind, const ModelResources& resources, bool json) {
  for (const MethodInfo& info : Registry<Interface>::list()) {
    Entry entry{info.name, info.description, "", {}, nullptr};
    std::string missing;
    try {
      entry = entry_of(info, *Registry<Interface>::make(info.name, resources));
    } catch (const Error& error) {
      missing = error.what();
    }
    if (json) {
      Json out = {{"kind", kind}, {"name", entry.name}, {"description", entry.description}};
      if (missing.empty())
        out["imitates"] = entry.imitates;
      else
        out["unavailable"] = missing;
      if (!entry.needs.is_null()) out["needs"] = entry.needs;
      out["options"] = Json::array();
      for (const AttackOption& option : entry.options)
        out["options"].push_back(
            {{"name", option.name}, {"standard", option.standard}, {"description", option.description}});
      std::printf("%s\n", out.dump().c_str());
      continue;
    }
    std::printf("%-17s %s\n", entry.name.c_str(), entry.description.c_str());
    if (missing.empty())
      std::printf("%-17s   imitates: %s\n", "", entry.imitates.c_str());
    else
      std::printf("%-17s   unavailable: %s\n", "", missing.c_str());
    for (const AttackOption& option : entry.options)
      std::printf("%-17s   --option %s=%s  %s\n",
                  "",
                  option.name.c_str(),
                  option.standard.c_str(),
                  option.description.c_str());
  }
  return kDone;
}

}  // namespace

void add_attack_list(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* verb = noun(app, "attack", "Forge attacks")
                  ->add_subcommand("list", "Attacks and post-processing, with what each imitates");
  verb->fallthrough();
  verb->callback([&global, &chosen] {
    chosen.run = [&global] {
      const ModelManifest models(global.models);
      const ModelResources resources{models, {}};
      list_of<Attack>("attack", resources, global.json);
      return list_of<Restorer>("restorer", resources, global.json);
    };
  });
}

}  // namespace kyc::cli
