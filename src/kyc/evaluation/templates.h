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
