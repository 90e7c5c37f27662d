// What the commands about challenges share.
#pragma once

#include <filesystem>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/verification/challenge_judge.h"

namespace kyc::cli {

// Pose, eyes and mouth in every frame of a clip.
std::vector<ChallengeObservation> every_frame_of(const std::filesystem::path& clip,
                                                 const GlobalOptions& global);

void add_challenge(App& app, const GlobalOptions& global, Chosen& chosen);
void add_challenge_perform(App& app, const GlobalOptions& global, Chosen& chosen);

}  // namespace kyc::cli
