// Runs the program's own identity check over the attempts that a data set holds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/evaluation/attempts.h"
#include "kyc/evaluation/external.h"
#include "kyc/evaluation/journal.h"
#include "kyc/verification/engine.h"

namespace kyc {

// One per attempt of the plan, in its order. Clips run beside each other, each on one thread; a clip is
// analysed once, however many documents it is tried with. journal   clips that it knows are not analysed
// again progress  counts clips throws    Error{NotFound} if a file of the manifest is not there
std::vector<DecisionTrial> run_verification(const VerificationEngine& engine,
                                            const Dataset& dataset,
                                            const AttemptPlan& plan,
                                            Journal& journal,
                                            int jobs,
                                            const Progress& progress = {});

// The same of an identity check outside this program: asked with document and selfie, it answers with a
// verdict and, if it has one, a score (its similarity). Documents that are frames of recordings are chosen by
// `engine` and written as PNG files that are gone afterwards. No answer is a trial without verdict.
std::vector<DecisionTrial> ask_verification(ExternalSystem& system,
                                            const VerificationEngine& engine,
                                            const Dataset& dataset,
                                            const AttemptPlan& plan,
                                            const Progress& progress = {});

// The most frontal of some frames that show a face; the middle one if none does.
Image document_frame(const VerificationEngine& engine, const std::filesystem::path& clip);

}  // namespace kyc
