// The comparison matrix reduced to counts, beside FAISS where every score is wanted (a range search from -2
// on gives all of them back) and beside the bare product of OpenBLAS. All take turns; the least time of each
// counts, by the clock and by the processors.
//
//   LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-pthread matrix_peers [templates [threads [repeats]]]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include <cblas.h>
#include <faiss/IndexFlat.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>

#include "kyc/cli/measured.h"
#include "kyc/metrics/comparison_matrix.h"

namespace {

using kyc::cli::Times;
using kyc::cli::times_of;

constexpr std::size_t kDimension = 512;
constexpr std::size_t kSearched = 2000;  // probes of one range search: it keeps every score and its index

void print(const char* name, double flops, const Times& times) {
  std::printf("%-44s %8.1f GFLOP/s by the clock %8.1f per processor second\n",
              name,
              1e-9 * flops / times.wall,
              1e-9 * flops / times.processor);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20000;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  const int repeats = argc > 3 ? std::atoi(argv[3]) : 3;
  omp_set_num_threads(threads);
  openblas_set_num_threads(threads);
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(count * kDimension);
  std::vector<std::uint32_t> persons(count);
  for (std::size_t i = 0; i < count; ++i) {
    persons[i] = static_cast<std::uint32_t>(i / 4);
    double square = 0;
    for (std::size_t k = 0; k < kDimension; ++k) {
      float& value = values[i * kDimension + k] = normal(random);
      square += static_cast<double>(value) * static_cast<double>(value);
    }
    for (std::size_t k = 0; k < kDimension; ++k)
      values[i * kDimension + k] /= static_cast<float>(std::sqrt(square));
  }
  const kyc::TemplateSet all{values, count, kDimension};
  faiss::IndexFlatIP index(kDimension);
  index.add(static_cast<faiss::Index::idx_t>(count), values.data());
  const std::size_t searched = std::min(count, kSearched);
  const std::size_t square = std::min<std::size_t>(count, 2000);  // of the bare product
  std::vector<float> product(square * square);

  Times ours;
  Times range;
  Times blas;
  std::size_t found = 0;
  for (int i = 0; i < repeats; ++i) {
    ours.keep_least(times_of([&] { compare_all(all, persons, all, persons, 1 << 14, {.jobs = threads}); }));
    range.keep_least(times_of([&] {
      faiss::RangeSearchResult result(searched);
      index.range_search(static_cast<faiss::Index::idx_t>(searched), values.data(), -2, &result);
      found = result.lims[searched];
    }));
    const auto side = static_cast<blasint>(square);
    constexpr auto kDepth = static_cast<blasint>(kDimension);
    blas.keep_least(times_of([&] {
      cblas_sgemm(CblasRowMajor,
                  CblasNoTrans,
                  CblasTrans,
                  side,
                  side,
                  kDepth,
                  1,
                  values.data(),
                  kDepth,
                  values.data(),
                  kDepth,
                  0,
                  product.data(),
                  side);
    }));
  }
  if (found != searched * count) {
    std::fprintf(stderr, "FAISS found %zu of %zu scores\n", found, searched * count);
    return 1;
  }
  const auto flops = [](std::size_t rows, std::size_t columns) {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(kDimension);
  };
  std::printf(
      "%zu templates of %zu numbers, %d thread(s), least of %d turns\n", count, kDimension, threads, repeats);
  print("ours, all scores reduced to counts", flops(count, count), ours);
  print("FAISS, range search of all scores", flops(searched, count), range);
  print("OpenBLAS sgemm, the product alone", flops(square, square), blas);
  const double our_rate = flops(count, count) / ours.processor;
  std::printf("ours / FAISS %.2f, ours / OpenBLAS %.2f (per processor second); by the clock %.2f and %.2f\n",
              our_rate / (flops(searched, count) / range.processor),
              our_rate / (flops(square, square) / blas.processor),
              flops(count, count) / ours.wall / (flops(searched, count) / range.wall),
              flops(count, count) / ours.wall / (flops(square, square) / blas.wall));
  return 0;
}
