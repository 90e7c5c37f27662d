// Internal to service/: what happens to a case between upload and decision.
#pragma once

#include <string>
#include <vector>

#include "kyc/service/state.h"

namespace kyc {

// Runs a verification in the calling thread and records what came of it. Never throws: what fails for a cause
// of ours puts the case back to `selfie`.
void process_case(ServiceState& state, const std::string& case_id);

// Cases that an earlier process left in processing, oldest first. To be asked before new ones can come.
std::vector<std::string> unfinished_cases(ServiceState& state);
// Processes them one after the other, as the pool has room; until it stops.
void resume_cases(ServiceState& state, const std::vector<std::string>& ids);

// What is stored of a decision besides pictures, both JSON: how a clip followed its challenge, and what the
// machine readable zone says. The zone is kept as long as the document.
inline constexpr const char* kTimelineRole = "evidence_timeline";
inline constexpr const char* kZoneRole = "document_zone";
inline constexpr const char* kZoneClass = "document_fields";

}  // namespace kyc
