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

// throws  as the engine's analyze_*: Error{NotFound} for missing files; damaged files are decided, not thrown
VerificationRecord verify(const VerificationEngine& engine,
                          const std::filesystem::path& document,
                          const std::filesystem::path& selfie,
                          int jobs = 1,
                          const Progress& progress = {});

// As verify(), from analyses made before: for many pairs of a few files.
VerificationRecord record_of(const VerificationEngine& engine,
                             const std::string& document_path,
                             const DocumentAnalysis& document,
                             const std::string& selfie_path,
                             const SelfieAnalysis& selfie);

// One JSON object, keys in a fixed order: verdict, accepted, reasons [{code, message}], signals [{name,
// meaning, state, effect, value, threshold, passes_when, unit, provenance}], document, selfie, models,
// policy. No pictures.
std::string record_to_json(const VerificationRecord& record);

// One sheet for people: the verdict with its reasons, the document, the portrait, the best frames.
Image evidence_summary(const VerificationRecord& record);

// Writes into `folder` (made if absent): decision.json, document.jpg with the portrait marked, portrait.png
// (aligned), selfie_1.jpg ... the best frames with the face marked, and summary.png, one sheet of it all.
// throws  Error{Unavailable} if something cannot be written
void write_evidence(const VerificationRecord& record, const std::filesystem::path& folder);

}  // namespace kyc
