#include "kyc/evaluation/trial_file.h"

#include <cmath>
#include <map>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMostTrialFileBytes = 16ULL << 30;

CsvReader open_trials(const std::filesystem::path& path) {
  return {read_text_file(path, kMostTrialFileBytes), path.string()};
}

}  // namespace

std::vector<Trial> read_trials(const std::filesystem::path& path, const std::string& group_column) {
  CsvReader table = open_trials(path);
  const auto mated = table.optional_column("mated");
  const auto attack = table.optional_column("attack");
  if (mated.has_value() == attack.has_value())
    table.fail("expected a column 'mated' or a column 'attack', got " +
               std::string(mated.has_value() ? "both" : "neither"));
  const std::size_t high = mated ? *mated : *attack;
  const std::size_t score = table.column("score");
  const auto probe = table.optional_column("probe");
  const auto reference = table.optional_column("reference");
  const auto sample = table.optional_column("sample");
  const std::size_t group = group_column.empty() ? 0 : table.column(group_column);
  std::map<std::string, std::size_t> lines;
  std::vector<Trial> out;
  while (table.next()) {
    Trial trial;
    trial.line = table.line();
    const bool named = (probe && reference) || sample;
    trial.key = probe && reference ? table.field(*probe) + " and " + table.field(*reference)
                : sample           ? table.field(*sample)
                                   : "line " + std::to_string(table.line());
    if (named) {
      const auto [found, is_new] = lines.try_emplace(trial.key, table.line());
      if (!is_new)
        table.fail("the trial of " + trial.key + " is there already, in line " +
                   std::to_string(found->second));
    }
    trial.high = table.boolean(high);
    if (!table.field(score).empty()) trial.score = table.number(score);
    if (!group_column.empty()) {
      trial.group = table.field(group);
      if (trial.group.empty()) table.fail("expected a group in column '" + group_column + "', got nothing");
    }
    out.push_back(std::move(trial));
  }
  if (out.empty()) throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  return out;
}

SegmentFile read_segments(const std::filesystem::path& path) {
  CsvReader table = open_trials(path);
  const std::size_t clip = table.column("clip");
  const std::size_t kind = table.column("kind");
  const std::size_t start = table.column("start");
  const std::size_t end = table.column("end");
  const std::size_t score = table.column("score");
  SegmentFile out;
  while (table.next()) {
    const std::string& name = table.field(kind);
    const Segment segment{table.field(clip), table.number(start), table.number(end)};
    if (!std::isfinite(segment.start_s) || !std::isfinite(segment.end_s))
      table.fail("expected finite seconds in columns 'start' and 'end'");
    if (!(segment.start_s < segment.end_s)) table.fail("expected a segment that ends after its start");
    if (name == "truth")
      out.truth.push_back(segment);
    else if (name == "predicted")
      out.predicted.push_back({segment, table.number(score)});
    else
      table.fail("expected truth or predicted in column 'kind', got '" + name + "'");
  }
  if (out.truth.empty())
    throw Error(ErrorCode::Corrupt, path.string() + ": expected rows of kind truth, got none");
  return out;
}

std::vector<MaskPair> read_mask_pairs(const std::filesystem::path& path) {
  CsvReader table = open_trials(path);
  const std::size_t predicted = table.column("predicted");
  const std::size_t truth = table.column("truth");
  std::vector<MaskPair> out;
  while (table.next())
    out.push_back({path.parent_path() / table.field(predicted), path.parent_path() / table.field(truth)});
  if (out.empty()) throw Error(ErrorCode::Corrupt, path.string() + ": expected rows, got the header only");
  return out;
}

bool has_column(const std::filesystem::path& path, const std::string& name) {
  return open_trials(path).optional_column(name).has_value();
}

}  // namespace kyc
