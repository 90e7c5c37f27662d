// Where the evidence lies: heat maps drawn onto the face, and the strongest signals in words.
#pragma once

#include <filesystem>
#include <string>

#include "kyc/detection/assess.h"

namespace kyc::cli {

// "The strongest evidence for an attack: ...; against: ..."; of a detector whose signals say no more than the
// score, the score.
std::string in_words(const AttackDetectorInfo& detector, const AttackFinding& finding);

// The frame about its face with the map over it: nothing where it says nothing, amber to red where it speaks
// for an attack.
Image draw_evidence(const Image& image, const Face& face, const EvidenceMap& map);

// Some frames of a photo or clip with the detector's evidence, as one sheet.
// frames  of a clip, evenly over its length
Image evidence_sheet(const std::filesystem::path& path,
                     const FaceAnalyzer& faces,
                     const AttackDetector& detector,
                     const AttackAssessment& answer,
                     int frames = 6);

}  // namespace kyc::cli
