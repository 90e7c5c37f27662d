// Scores of the comparison matrix into bins. Four sets of counters take turns: an increment need not wait for
// the one before, which often goes to the same bin.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/metrics/comparison_matrix.h"

namespace kyc {
namespace {

constexpr std::size_t kTurns = 4;
constexpr std::size_t kMaxTile = 64;                           // columns
constexpr std::uint32_t kFlushAfter = std::uint32_t{1} << 31;  // increments: counters can not overflow

// One thread's counts: [turn][non-mated bins, mated bins].
class Counters {
 public:
  explicit Counters(std::size_t bins) : bins_(bins), fast_(kTurns * 2 * bins), total_(2 * bins) {}

  // index[c]: the bin of column c, + bins if mated
  void count(const std::uint32_t* index, std::size_t columns) {
    const std::size_t size = 2 * bins_;
    std::uint32_t* turns[kTurns];
    for (std::size_t t = 0; t < kTurns; ++t) turns[t] = fast_.data() + t * size;
    std::size_t c = 0;
    for (; c + kTurns <= columns; c += kTurns)
      for (std::size_t t = 0; t < kTurns; ++t) ++turns[t][index[c + t]];
    for (; c < columns; ++c) ++turns[0][index[c]];
    since_flush_ += static_cast<std::uint32_t>(columns);
    if (since_flush_ >= kFlushAfter) flush();
  }

  void add_to(ScoreHistogram& histogram) {
    flush();
    for (std::size_t bin = 0; bin < bins_; ++bin) histogram.add_counts(bin, total_[bins_ + bin], total_[bin]);
  }

 private:
  void flush() {
    for (std::size_t t = 0; t < kTurns; ++t)
      for (std::size_t i = 0; i < 2 * bins_; ++i) total_[i] += fast_[t * 2 * bins_ + i];
    std::fill(fast_.begin(), fast_.end(), 0U);
    since_flush_ = 0;
  }

  std::size_t bins_;
  std::uint32_t since_flush_ = 0;
  std::vector<std::uint32_t> fast_;
  std::vector<std::uint64_t> total_;
};

ScoreHistogram count_scores(const TemplateSet& probes,
                            std::span<const std::uint32_t> probe_persons,
                            const TemplateSet& references,
                            std::span<const std::uint32_t> reference_persons,
                            std::size_t bins,
                            const MatrixOptions& options) {
  if (probe_persons.size() != probes.count || reference_persons.size() != references.count)
    throw Error(ErrorCode::InvalidArgument, "expected one person per template");
  if (bins > std::size_t{1} << 22)
    throw Error(ErrorCode::InvalidArgument, "expected at most 2^22 bins, got " + std::to_string(bins));
  ScoreHistogram out(-1, 1, bins);
  std::vector<std::unique_ptr<Counters>> counters(static_cast<std::size_t>(std::max(options.jobs, 1)));
  const auto half = static_cast<float>(bins) / 2;
  const auto last = static_cast<float>(bins - 1);
  const auto bin_count = static_cast<std::uint32_t>(bins);
  visit_scores(probes, references, options, [&](const ScoreTile& tile, int worker) {
    auto& mine = counters[static_cast<std::size_t>(worker)];
    if (!mine) mine = std::make_unique<Counters>(bins);
    std::uint32_t index[kMaxTile];
    const std::uint32_t* persons = reference_persons.data() + tile.first_column;
    for (std::size_t r = 0; r < tile.rows; ++r) {
      const float* scores = tile.scores + r * tile.stride;
      const std::uint32_t person = probe_persons[tile.first_row + r];
      for (std::size_t c = 0; c < tile.columns; ++c) {
        const float position = std::min(std::max(scores[c] * half + half, 0.0F), last);
        const auto bin = static_cast<std::uint32_t>(static_cast<std::int32_t>(position));
        index[c] = bin + (persons[c] == person ? bin_count : 0);
      }
      // Of a set with itself: from the column behind the diagonal on.
      const std::size_t row = tile.first_row + r;
      std::size_t skip = 0;
      if (options.upper_only && row + 1 > tile.first_column)
        skip = std::min(row + 1 - tile.first_column, tile.columns);
      mine->count(index + skip, tile.columns - skip);
    }
  });
  for (const auto& one : counters)
    if (one) one->add_to(out);
  return out;
}

}  // namespace

ScoreHistogram compare_all(const TemplateSet& probes,
                           std::span<const std::uint32_t> probe_persons,
                           const TemplateSet& references,
                           std::span<const std::uint32_t> reference_persons,
                           std::size_t bins,
                           const MatrixOptions& options) {
  MatrixOptions all = options;
  all.upper_only = false;
  return count_scores(probes, probe_persons, references, reference_persons, bins, all);
}

ScoreHistogram compare_pairs(const TemplateSet& templates,
                             std::span<const std::uint32_t> persons,
                             std::size_t bins,
                             const MatrixOptions& options) {
  MatrixOptions upper = options;
  upper.upper_only = true;
  return count_scores(templates, persons, templates, persons, bins, upper);
}

}  // namespace kyc
