// Attack detectors by name: registered ones, networks of the manifest, networks in files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"

namespace kyc {

// spec    the name of a registered detector or of a manifest entry that has a "detection" part, or the path
//         of a description of a network, or of the coefficients of a fusion (.json, see
//         docs/detectors.md) as `kyclops train` writes them
// throws  Error{NotFound} that lists the known names; as ModelManifest::load
std::unique_ptr<AttackDetector> make_attack_detector(const std::string& spec,
                                                     const ModelResources& resources);

// What there is to choose from, by name; networks whose file is absent are left out.
std::vector<MethodInfo> known_attack_detectors(const ModelManifest& models);

}  // namespace kyc
