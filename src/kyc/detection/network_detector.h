// A network of the manifest, or of a file, as an attack detector: one face of one picture; of a clip, the
// median over its frames.
#pragma once

#include <filesystem>
#include <memory>

#include "kyc/detection/attack_detector.h"

namespace kyc {

// The part of a picture of width x height pixels that a network sees of the face in `face`.
Box detection_box(const Box& face, int width, int height, const ModelDetection& detection);

// entry   has a `detection` part and one input
// throws  as ModelManifest::load; Error{Unsupported} if it has not
std::unique_ptr<AttackDetector> network_detector(const ModelEntry& entry, const ModelResources& resources);

// Reads the description of a network that is in no manifest: an object with the keys of a manifest entry
// (name, file, inputs, detection, thresholds; the file relative to the description).
// throws  Error{NotFound}, Error{Corrupt} with file and place
std::unique_ptr<AttackDetector> network_detector(const std::filesystem::path& description,
                                                 const ModelResources& resources);

}  // namespace kyc
