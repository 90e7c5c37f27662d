// docs/models.md as text.
#pragma once

#include <string>

#include "kyc/nn/manifest.h"

namespace kyc::cli {

// "[n, 3, 112, 112], RGB, (pixel - 127.5) / 127.5"
std::string input_text(const ModelInput& input);

// Everything that the manifest says about one model, as a section of Markdown.
std::string model_section(const ModelEntry& entry);

// All models: a table, then a section for each. Depends on the manifest alone, not on which files are there.
std::string models_page(const ModelManifest& manifest);

}  // namespace kyc::cli
