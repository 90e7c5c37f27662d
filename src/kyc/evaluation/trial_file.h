// Score files read trial by trial, with what belongs to each: for figures that need more than two sets of
// scores.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kyc/metrics/localization.h"

namespace kyc {

struct Trial {
  std::string
      key;  // names the trial: probe and reference, sample, or clip; its line where there is no such column
  bool high = false;            // mated, or an attack: its score should be high
  std::optional<double> score;  // none: no answer
  std::string group;            // of the column asked for
  std::size_t line = 0;         // of the file
};

// Columns mated or attack (1 or 0; one of the two), score; probe and reference, or sample, if there: then no
// trial may occur twice. group_column  read into `group`; "": none throws        Error{NotFound},
// Error{Corrupt} with file, line and what was expected; here and below
std::vector<Trial> read_trials(const std::filesystem::path& path, const std::string& group_column = "");

// Columns clip, kind (truth or predicted), start and end in seconds, score (of predicted ones).
struct SegmentFile {
  std::vector<Segment> truth;
  std::vector<ScoredSegment> predicted;
};
SegmentFile read_segments(const std::filesystem::path& path);

// Columns predicted and truth: grey pictures of one size, relative to the folder of the file; predicted: 255
// is surely changed; truth: not 0 is changed.
struct MaskPair {
  std::filesystem::path predicted;
  std::filesystem::path truth;
};
std::vector<MaskPair> read_mask_pairs(const std::filesystem::path& path);

// Whether the file has a column of this name.
bool has_column(const std::filesystem::path& path, const std::string& name);

}  // namespace kyc
