// One verification from beginning to end, and everything that has to be kept of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/verification/decide.h"
#include "kyc/verification/decision.h"
#include "kyc/verification/engine.h"

namespace kyc {

// Which network gave the numbers.
struct UsedModel {
  std::string name;
  std::string sha256;
};

struct VerificationRecord {
  std::string document_path;
  std::string selfie_path;
  DocumentAnalysis document;
  SelfieAnalysis selfie;
  Decision decision;
  VerificationPolicy policy;
  std::vector<UsedModel> models;
};

// What is asked beside the two files.
struct VerificationRequest {
  std::optional<Challenge> challenge;  // that the clip has to follow
  std::optional<MrzDate> today;        // read the document's machine readable zone, on this day
};

// throws  as the engine's analyze_*: Error{NotFound} for missing files; damaged files are decided, not thrown
VerificationRecord verify(const VerificationEngine& engine,
                          const std::filesystem::path& document,
                          const std::filesystem::path& selfie,
                          int jobs = 1,
                          const Progress& progress = {},
                          const VerificationRequest& request = {});

// As verify(), from analyses made before: for many pairs of a few files.
VerificationRecord record_of(const VerificationEngine& engine,
                             const std::string& document_path,
                             const DocumentAnalysis& document,
                             const std::string& selfie_path,
                             const SelfieAnalysis& selfie);

// Decision: what a decision needs, no more. Everything: also what says much about a person, the timeline of
// the challenge and the text of the zone.
enum class Detail { Decision, Everything };

// One JSON object, keys in a fixed order: verdict, accepted, reasons [{code, message}], signals [{name,
// meaning, state, effect, value, threshold, passes_when, unit, provenance}], document, selfie, challenge,
// models, policy. No pictures.
std::string record_to_json(const VerificationRecord& record, Detail detail = Detail::Everything);

// {"passed", "prompts": [{"action", "from_ms", "until_ms", "passed", "reason", "seen_at_ms", "reached"}],
// ...}; and "timeline" [{"at_ms", "yaw", "pitch", "roll", "eyes_open", "mouth_open", "similarity"}] with
// Everything: null where there is no face
std::string challenge_result_to_json(const ChallengeAnalysis& challenge, Detail detail);

// {"format", "lines", "fields": {"document_number", ...}, "check_digits": [{"field", "holds"}], "valid",
// "confidence"}
std::string zone_to_json(const MrzReading& reading);

// The head's angles, eyes and mouth over time, with the prompts as bands: green passed, red failed. SVG.
std::string timeline_svg(const ChallengeAnalysis& challenge);

// One sheet for people: the verdict with its reasons, the document, the portrait, the best frames.
Image evidence_summary(const VerificationRecord& record);

// Writes into `folder` (made if absent): decision.json, document.jpg with the portrait marked, portrait.png
// (aligned), selfie_1.jpg ... the best frames with the face marked, summary.png, one sheet of it all;
// timeline.svg of a challenge, and zone.png, the machine readable zone, where there are such. throws
// Error{Unavailable} if something cannot be written
void write_evidence(const VerificationRecord& record, const std::filesystem::path& folder);

}  // namespace kyc
