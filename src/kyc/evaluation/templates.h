// Files -> templates, kept over interruptions: what the recognition protocols share.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/evaluation/journal.h"
#include "kyc/face/detector.h"
#include "kyc/recognition/recognizer.h"

namespace kyc {

struct TemplateFile {
  std::string key;  // in the journal: id of the sample
  std::filesystem::path path;
};

// recogniser  a manifest entry of task "recognition", or "onnx:FILE.json" (onnx_description.h); here and
// below returns     SHA-256 of what it is made of, for run records and journals
std::string recogniser_sha256(const ModelManifest& models, const std::string& recogniser);

// Its own threshold in the description of an ONNX file; nothing for entries of the manifest.
std::optional<double> described_threshold(const std::string& recogniser);

// One per file: the mean of the templates of `frames` frames of a clip, of unit length; nothing where no face
// was found or the file can not be decoded. throws  Error{NotFound} for a missing file or an unknown
// recogniser
std::vector<std::optional<FaceTemplate>> templates_of(const ModelResources& resources,
                                                      const std::string& recogniser,
                                                      std::span<const TemplateFile> files,
                                                      int frames,
                                                      int jobs,
                                                      Journal& journal,
                                                      const Progress& progress = {});

}  // namespace kyc
