// Scores of the comparison matrix into bins. Two sets of counters take turns: an increment need not wait for
// the one before, which often goes to the same bin.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/metrics/comparison_matrix.h"
#include "kyc/metrics/processor.h"

namespace kyc {
namespace {

constexpr std::size_t kTurns = 2;
constexpr std::size_t kMaxTile = 64;                           // columns
constexpr std::uint32_t kFlushAfter = std::uint32_t{1} << 31;  // increments: counters can not overflow

// What a row of scores is counted by.
struct Binning {
  float half = 0;  // of the number of bins
  float last = 0;
  std::uint32_t bins = 0;
};

// index[c]: the bin of column c, + bins if its person is the row's
using IndexRow = void (*)(const float* scores,
                          const std::uint32_t* persons,
                          std::uint32_t person,
                          std::size_t columns,
                          const Binning& binning,
                          std::uint32_t* index);

__attribute__((always_inline)) inline void index_row(const float* scores,
                                                     const std::uint32_t* persons,
                                                     std::uint32_t person,
                                                     std::size_t columns,
                                                     const Binning& binning,
                                                     std::uint32_t* index) {
  const Binning by = binning;
  for (std::size_t c = 0; c < columns; ++c) {
    const float position = std::min(std::max(scores[c] * by.half + by.half, 0.0F), by.last);
    const auto bin = static_cast<std::uint32_t>(static_cast<std::int32_t>(position));
    index[c] = bin + (persons[c] == person ? by.bins : 0);
  }
}

__attribute__((target("arch=x86-64-v4,prefer-vector-width=512"))) void index_row_v4(
    const float* scores,
    const std::uint32_t* persons,
    std::uint32_t person,
    std::size_t columns,
    const Binning& binning,
    std::uint32_t* index) {
  index_row(scores, persons, person, columns, binning, index);
}

__attribute__((target("arch=x86-64-v3"))) void index_row_v3(const float* scores,
                                                            const std::uint32_t* persons,
                                                            std::uint32_t person,
                                                            std::size_t columns,
                                                            const Binning& binning,
                                                            std::uint32_t* index) {
  index_row(scores, persons, person, columns, binning, index);
}

void index_row_v1(const float* scores,
                  const std::uint32_t* persons,
                  std::uint32_t person,
                  std::size_t columns,
                  const Binning& binning,
                  std::uint32_t* index) {
  index_row(scores, persons, person, columns, binning, index);
}

IndexRow best_index_row() {
  const Generation best = processor_generation();
  return best == Generation::V4 ? index_row_v4 : best == Generation::V3 ? index_row_v3 : index_row_v1;
}

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
  const Binning binning{
      static_cast<float>(bins) / 2, static_cast<float>(bins - 1), static_cast<std::uint32_t>(bins)};
  const IndexRow index_of = best_index_row();
  visit_scores(probes, references, options, [&](const ScoreTile& tile, int worker) {
    auto& mine = counters[static_cast<std::size_t>(worker)];
    if (!mine) mine = std::make_unique<Counters>(bins);
    std::uint32_t index[kMaxTile];
    const std::uint32_t* persons = reference_persons.data() + tile.first_column;
    for (std::size_t r = 0; r < tile.rows; ++r) {
      const float* scores = tile.scores + r * tile.stride;
      index_of(scores, persons, probe_persons[tile.first_row + r], tile.columns, binning, index);
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
