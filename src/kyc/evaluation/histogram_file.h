// Histograms of scores on disk, and filled from score files of any length, row by row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>

#include "kyc/metrics/score_histogram.h"

namespace kyc {

// CSV with the columns from, to (edges of a bin), mated, non_mated: one row per bin, rising. Appears whole or
// not at all. throws  Error{Unavailable} if it can not be written
void write_histogram(const std::filesystem::path& path, const ScoreHistogram& histogram);

// throws  Error{NotFound}, Error{Corrupt} with file, line and what was expected
ScoreHistogram read_histogram(const std::filesystem::path& path);

// Whether the first line names the columns of a histogram.
bool is_histogram_file(const std::filesystem::path& path);

struct StreamedScores {
  std::uint64_t rows = 0;
  std::uint64_t failed_mated = 0;      // rows without score
  std::uint64_t failed_non_mated = 0;  // likewise
};

// Adds the scores of a file with columns mated (1 or 0) and score, in memory for some 16 MiB of it. Whether a
// pair occurs twice is not looked at.
// name    for messages
// throws  Error{Corrupt} as above
StreamedScores add_scores(std::istream& in, const std::string& name, ScoreHistogram& histogram);

}  // namespace kyc
