// A block of references is packed so that the columns of a tile lie side by side, a few probes likewise; a
// tile of scores then stays in registers while the dimensions pass. Compiled for three generations of
// processors.
#include "kyc/metrics/comparison_matrix.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/metrics/processor.h"

#define KYC_INLINE __attribute__((always_inline)) inline

namespace kyc {
namespace {

constexpr std::size_t kTileRows = 12;
constexpr std::size_t kTileColumns = 32;
constexpr std::size_t kBlockColumns = 256;  // packed at a time: half a MiB for 512 dimensions
constexpr std::size_t kBlockRows = 1200;    // of one work item

// kVectors vectors of kLanes floats make the columns of a pass; rows x kVectors of them stay in registers.
template <std::size_t kLanes, std::size_t kVectors, std::size_t kRows>
struct Pass {
  typedef float Floats __attribute__((vector_size(4 * kLanes)));

  KYC_INLINE static void run(const float* rows, const float* columns, std::size_t dimension, float* out) {
    Floats sums[kRows][kVectors];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = Floats{};
    for (std::size_t k = 0; k < dimension; ++k) {
      Floats column[kVectors];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v)
        std::memcpy(&column[v], columns + k * kTileColumns + v * kLanes, sizeof(Floats));
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
        const float row = rows[k * kTileRows + r];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] += row * column[v];
      }
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v)
        std::memcpy(out + r * kTileColumns + v * kLanes, &sums[r][v], sizeof(Floats));
  }

  // A whole tile, in as many passes as the registers ask for.
  KYC_INLINE static void tile(const float* rows, const float* columns, std::size_t dimension, float* out) {
    for (std::size_t r = 0; r < kTileRows; r += kRows)
      for (std::size_t c = 0; c < kTileColumns; c += kLanes * kVectors)
        run(rows + r, columns + c, dimension, out + r * kTileColumns + c);
  }
};

// Multiply-adds in registers: `rounds` times kChains of them, of kLanes each.
template <std::size_t kLanes, std::size_t kChains>
struct Chains {
  typedef float Floats __attribute__((vector_size(4 * kLanes)));

  KYC_INLINE static float run(std::size_t rounds) {
    Floats sums[kChains];
    const Floats factor = Floats{} + 0.999999F;
#pragma GCC unroll 32
    for (std::size_t i = 0; i < kChains; ++i) sums[i] = Floats{} + static_cast<float>(i);
    for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 32
      for (std::size_t i = 0; i < kChains; ++i) sums[i] = sums[i] * factor + factor;
    }
    Floats all{};
#pragma GCC unroll 32
    for (std::size_t i = 0; i < kChains; ++i) all += sums[i];
    float lanes[kLanes];
    std::memcpy(lanes, &all, sizeof(all));
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
  }
};

struct Peak {
  float (*run)(std::size_t rounds);
  std::size_t operations;  // per round
};

__attribute__((target("arch=x86-64-v4,prefer-vector-width=512"))) float peak_v4(std::size_t rounds) {
  return Chains<16, 24>::run(rounds);
}

__attribute__((target("arch=x86-64-v3"))) float peak_v3(std::size_t rounds) {
  return Chains<8, 12>::run(rounds);
}

float peak_v1(std::size_t rounds) {
  return Chains<4, 12>::run(rounds);
}

using Tile = void (*)(const float* rows, const float* columns, std::size_t dimension, float* out);

__attribute__((target("arch=x86-64-v4,prefer-vector-width=512"))) void tile_v4(const float* rows,
                                                                               const float* columns,
                                                                               std::size_t dimension,
                                                                               float* out) {
  Pass<16, 2, 12>::tile(rows, columns, dimension, out);
}

__attribute__((target("arch=x86-64-v3"))) void tile_v3(const float* rows,
                                                       const float* columns,
                                                       std::size_t dimension,
                                                       float* out) {
  Pass<8, 2, 6>::tile(rows, columns, dimension, out);
}

void tile_v1(const float* rows, const float* columns, std::size_t dimension, float* out) {
  Pass<4, 2, 6>::tile(rows, columns, dimension, out);
}

Tile best_tile() {
  const Generation best = processor_generation();
  return best == Generation::V4 ? tile_v4 : best == Generation::V3 ? tile_v3 : tile_v1;
}

Peak best_peak() {
  const Generation best = processor_generation();
  if (best == Generation::V4) return {peak_v4, 2 * 16 * 24};
  if (best == Generation::V3) return {peak_v3, 2 * 8 * 12};
  return {peak_v1, 2 * 4 * 12};
}

// `width` templates side by side: out[k * width + i] is dimension k of template first + i; zeros behind the
// last one.
void pack(const TemplateSet& set, std::size_t first, std::size_t width, float* out) {
  const std::size_t there = std::min(width, set.count - first);
  if (there < width) std::fill_n(out, set.dimension * width, 0.0F);
  for (std::size_t i = 0; i < there; ++i) {
    const float* row = set.values.data() + (first + i) * set.dimension;
    for (std::size_t k = 0; k < set.dimension; ++k) out[k * width + i] = row[k];
  }
}

void check(const TemplateSet& set) {
  if (set.dimension == 0 || set.values.size() != set.count * set.dimension)
    throw Error(ErrorCode::InvalidArgument,
                "expected " + std::to_string(set.count) + " templates of " + std::to_string(set.dimension) +
                    " numbers, got " + std::to_string(set.values.size()) + " numbers");
}

std::size_t blocks(std::size_t count, std::size_t size) {
  return (count + size - 1) / size;
}

struct Worker {
  std::vector<float> columns;
  std::vector<float> rows;
  float scores[kTileRows * kTileColumns];
};

void visit_block(const TemplateSet& probes,
                 const TemplateSet& references,
                 std::size_t first_row,
                 std::size_t first_column,
                 bool upper_only,
                 Tile tile,
                 Worker& worker,
                 const std::function<void(const ScoreTile&)>& visit) {
  const std::size_t rows_end = std::min(first_row + kBlockRows, probes.count);
  const std::size_t columns_end = std::min(first_column + kBlockColumns, references.count);
  const std::size_t panel = kTileColumns * references.dimension;
  for (std::size_t c = first_column; c < columns_end; c += kTileColumns)
    pack(references, c, kTileColumns, worker.columns.data() + (c - first_column) / kTileColumns * panel);
  for (std::size_t r = first_row; r < rows_end; r += kTileRows) {
    pack(probes, r, kTileRows, worker.rows.data());
    for (std::size_t c = first_column; c < columns_end; c += kTileColumns) {
      if (upper_only && c + kTileColumns <= r) continue;
      const float* packed = worker.columns.data() + (c - first_column) / kTileColumns * panel;
      tile(worker.rows.data(), packed, probes.dimension, worker.scores);
      visit({r,
             std::min(kTileRows, rows_end - r),
             c,
             std::min(kTileColumns, columns_end - c),
             kTileColumns,
             worker.scores});
    }
  }
}

}  // namespace

double multiply_add_rate(int jobs) {
  constexpr std::size_t kRounds = 1 << 21;
  const Peak peak = best_peak();
  const auto threads = static_cast<std::size_t>(std::max(jobs, 1));
  std::vector<float> results(threads);  // so that the work is not left out
  std::vector<double> seconds(threads);
  parallel_for(threads, jobs, [&](std::size_t i, int) {
    const auto now = [] {
      timespec time{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    };
    const double start = now();
    results[i] = peak.run(kRounds);
    seconds[i] = now() - start;
  });
  const bool used = std::all_of(results.begin(), results.end(), [](float value) { return value > 0; });
  const double least = *std::min_element(seconds.begin(), seconds.end());
  return used ? static_cast<double>(kRounds * peak.operations) / least : 0;
}

void visit_scores(const TemplateSet& probes,
                  const TemplateSet& references,
                  const MatrixOptions& options,
                  const std::function<void(const ScoreTile& tile, int worker)>& visit) {
  check(probes);
  check(references);
  if (probes.dimension != references.dimension || options.parts == 0 || options.part >= options.parts)
    throw Error(ErrorCode::InvalidArgument,
                "expected templates of one dimension and a part that is there, got " +
                    std::to_string(probes.dimension) + " and " + std::to_string(references.dimension) +
                    " dimensions, part " + std::to_string(options.part) + " of " +
                    std::to_string(options.parts));
  const Tile tile = best_tile();
  std::vector<std::unique_ptr<Worker>> workers(static_cast<std::size_t>(std::max(options.jobs, 1)));
  const std::size_t across = blocks(references.count, kBlockColumns);
  const std::size_t all = across * blocks(probes.count, kBlockRows);
  const std::size_t mine = all > options.part ? (all - options.part - 1) / options.parts + 1 : 0;
  parallel_for(mine, options.jobs, [&](std::size_t item, int index) {
    const std::size_t block = options.part + item * options.parts;
    const std::size_t first_row = block / across * kBlockRows;
    const std::size_t first_column = block % across * kBlockColumns;
    if (options.upper_only && first_column + kBlockColumns <= first_row) return;
    auto& worker = workers[static_cast<std::size_t>(index)];
    if (!worker) {
      worker = std::make_unique<Worker>();
      worker->columns.resize(kBlockColumns * probes.dimension);
      worker->rows.resize(kTileRows * probes.dimension);
    }
    visit_block(probes,
                references,
                first_row,
                first_column,
                options.upper_only,
                tile,
                *worker,
                [&](const ScoreTile& t) { visit(t, index); });
  });
}

}  // namespace kyc
