// Every probe against every reference, reduced as it is made: no matrix of scores is ever held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "kyc/metrics/score_histogram.h"

namespace kyc {

// Rows of one size, one after another.
struct TemplateSet {
  std::span<const float> values;  // [count, dimension]
  std::size_t count = 0;
  std::size_t dimension = 0;
};

// A rectangle of the matrix: scores[r * stride + c] is that of probe first_row + r and reference first_column
// + c.
struct ScoreTile {
  std::size_t first_row = 0;
  std::size_t rows = 0;
  std::size_t first_column = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
  const float* scores = nullptr;
};

struct MatrixOptions {
  int jobs = 1;
  bool upper_only =
      false;             // probes and references are the same set: leave out tiles wholly below the diagonal
  std::size_t part = 0;  // this process's share of the work: every parts-th block
  std::size_t parts = 1;
};

// Inner products in single precision, summed up in the order of the dimensions (fused where the processor
// can). Calls `visit` from `jobs` threads, each with its own `worker`; memory is about 2 MiB per thread,
// whatever the sizes. throws  Error{InvalidArgument} for sets that do not fit their sizes or each other
void visit_scores(const TemplateSet& probes,
                  const TemplateSet& references,
                  const MatrixOptions& options,
                  const std::function<void(const ScoreTile& tile, int worker)>& visit);

// Counts of all scores of templates of unit length (cosines) in bins over [-1, 1].
// persons  of each probe, of each reference: equal is mated
ScoreHistogram compare_all(const TemplateSet& probes,
                           std::span<const std::uint32_t> probe_persons,
                           const TemplateSet& references,
                           std::span<const std::uint32_t> reference_persons,
                           std::size_t bins,
                           const MatrixOptions& options);

// As compare_all, of every pair of different templates of one set, once each.
ScoreHistogram compare_pairs(const TemplateSet& templates,
                             std::span<const std::uint32_t> persons,
                             std::size_t bins,
                             const MatrixOptions& options);

// What one processor of this machine can multiply and add at most, in operations (two per multiply-add) per
// second of its own time, while `jobs` threads do so: registers only, no memory. Takes some 20 ms.
double multiply_add_rate(int jobs);

}  // namespace kyc
