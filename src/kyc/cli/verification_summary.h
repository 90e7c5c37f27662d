// What the report of `kyclops evaluate verification` says in sentences and figures.
#pragma once

#include <string>
#include <vector>

#include "kyc/evaluation/verification_result.h"
#include "kyc/report/report.h"

namespace kyc::cli {

// Of the attempts, those accepted; 0 where none was made.
double rate_of(const AttemptCounts& counts);
// Good where no attack got in, Bad where one did, Plain where none was tried.
Tone attack_tone(const AttemptCounts& counts);

// Of costs and shares that all three kinds of attempts go into.
Support fewest_attempts(const VerificationResult& result);

std::vector<Sentence> verification_summary(const VerificationResult& result);
std::vector<Figure> verification_figures(const VerificationResult& result);

// "the face is not that of the document" for "different_person"; the code itself if it is not known.
std::string reason_in_words(const std::string& code);

}  // namespace kyc::cli
