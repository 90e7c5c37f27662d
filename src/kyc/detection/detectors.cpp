#include "kyc/detection/detectors.h"

#include <algorithm>
#include <filesystem>

#include "kyc/core/error.h"
#include "kyc/detection/fusion.h"
#include "kyc/detection/linear_model.h"
#include "kyc/detection/network_detector.h"

namespace kyc {

std::unique_ptr<AttackDetector> make_attack_detector(const std::string& spec,
                                                     const ModelResources& resources) {
  if (spec.ends_with(".json")) {
    const std::filesystem::path file(spec);
    return is_linear_model(file) ? fused_detector(file, resources) : network_detector(file, resources);
  }
  const std::vector<MethodInfo> registered = Registry<AttackDetector>::list();
  const auto is_spec = [&](const MethodInfo& method) { return method.name == spec; };
  if (std::any_of(registered.begin(), registered.end(), is_spec))
    return Registry<AttackDetector>::make(spec, resources);
  for (const ModelEntry& entry : resources.models.entries())
    if (entry.name == spec && entry.detection) return network_detector(entry, resources);
  std::string known;
  for (const MethodInfo& method : known_attack_detectors(resources.models))
    known += (known.empty() ? "" : ", ") + method.name;
  throw Error(ErrorCode::NotFound, "no attack detector '" + spec + "'; known: " + known);
}

std::vector<MethodInfo> known_attack_detectors(const ModelManifest& models) {
  std::vector<MethodInfo> out = Registry<AttackDetector>::list();
  for (const ModelEntry& entry : models.entries())
    if (entry.detection && models.is_present(entry)) out.push_back({entry.name, entry.purpose});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace kyc
