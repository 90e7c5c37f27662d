// Score files: CSV made by this program or by anyone else. Columns are found by their names; others are
// ignored. An empty score is a trial without answer: a failure to acquire, or no response.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kyc/metrics/detection.h"
#include "kyc/metrics/identification.h"
#include "kyc/metrics/morph.h"
#include "kyc/metrics/pad.h"

namespace kyc {

// Columns mated (1 or 0) and score; probe and reference if there: then no pair may occur twice. Column
// failure if there: of a row without score "enrol" (there is no reference to compare with) or "acquire" (nor
// is a probe), which is what an empty one means too.
struct ComparisonScores {
  std::vector<double> mated;
  std::vector<double> non_mated;
  std::uint64_t failed_mated = 0;       // rows without score, but for those of failed references
  std::uint64_t failed_non_mated = 0;   // likewise
  std::uint64_t references = 0;         // different ones; 0: there is no such column
  std::uint64_t failed_references = 0;  // of them could not be enrolled
};

// throws  Error{NotFound}, Error{Corrupt} with file, line and what was expected; here and below
ComparisonScores read_comparison_scores(const std::filesystem::path& path);

// The same of several recognisers: column recogniser; without it there is one, without name.
std::map<std::string, ComparisonScores> read_recogniser_scores(const std::filesystem::path& path);

// Columns attack (1 or 0), score, and species: of attacks only, "" or "bona_fide" for the others; sample if
// there: then none may occur twice.
struct PresentationScores {
  std::vector<Presentations> attacks;  // one per species, in order of appearance
  Presentations bona_fide;
};
PresentationScores read_presentation_scores(const std::filesystem::path& path);

// Columns attack (1 or 0), score, and clip: the path that all frames of a clip have in common.
struct FrameScores {
  std::vector<FrameScore> frames;
  std::uint64_t failed = 0;  // rows without score
};
FrameScores read_frame_scores(const std::filesystem::path& path);

// Columns probe, mated (1 or 0) and score; reference if there: then no pair may occur twice. Rows of one
// probe are one search. No row may lack its score.
std::vector<GallerySearch> read_searches(const std::filesystem::path& path);

// Columns kind (mated, non_mated or attack), similarity and attack_score: one row per trial that both the
// recogniser and the attack detector answered.
struct TandemScores {
  std::vector<double> mated;  // similarities
  std::vector<double> non_mated;
  std::vector<double> attacks;
  std::vector<double> bona_fide_attack_scores;  // of mated and non-mated trials
  std::vector<double> attack_attack_scores;
};
TandemScores read_tandem_scores(const std::filesystem::path& path);

// Columns morph, subject and score; recogniser if there: else there is one, without name. Thresholds are left
// 0.
std::vector<RecogniserAttempts> read_morph_attempts(const std::filesystem::path& path);

// Columns truth and predicted: any names; equal names are equal classes.
struct AttributionLabels {
  std::vector<int> truth;
  std::vector<int> predicted;
  std::vector<std::string> names;  // of the labels
};
AttributionLabels read_attribution_labels(const std::filesystem::path& path);

}  // namespace kyc
