// The demo's main job: the verification, set up for the demo's short clips, attacked with the small data set.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/cli/demo_media.h"
#include "kyc/report/report.h"

namespace kyc::cli {

// Attacks the verification with the data set in out/dataset: every victim's portrait is the document,
// the forged clip the selfie. Bona fide people come with cards and with clips cut from other recordings of
// them. Writes out/report.
Report attack_demo(const std::filesystem::path& samples,
                   const std::filesystem::path& out,
                   const std::vector<DemoDocument>& documents,
                   const GlobalOptions& global);

}  // namespace kyc::cli
