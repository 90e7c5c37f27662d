// Which networks a FaceAnalyzer runs, without loading them.
#pragma once

#include <string>
#include <vector>

#include "kyc/face/analyzer.h"

namespace kyc {

// Names of manifest entries, as FaceAnalyzer::models() of an analyzer with these options gives them.
std::vector<std::string> networks_of(const AnalyzerOptions& options);

}  // namespace kyc
