#include "kyc/cli/benchmark_matrix.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "kyc/cli/measured.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/histogram_file.h"
#include "kyc/metrics/comparison_matrix.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<float> random_templates(std::size_t count, std::size_t dimension) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> out(count * dimension);
  for (std::size_t i = 0; i < count; ++i) {
    float* row = out.data() + i * dimension;
    double square = 0;
    for (std::size_t k = 0; k < dimension; ++k) {
      row[k] = normal(random);
      square += static_cast<double>(row[k]) * static_cast<double>(row[k]);
    }
    for (std::size_t k = 0; k < dimension; ++k) row[k] /= static_cast<float>(std::sqrt(square));
  }
  return out;
}

struct Gallery {
  std::vector<float> values;
  std::vector<std::uint32_t> persons;
  TemplateSet all;

  // Four pictures each of people at random.
  explicit Gallery(const MatrixBenchmark& options)
      : values(random_templates(static_cast<std::size_t>(options.templates),
                                static_cast<std::size_t>(options.dimension))),
        persons(static_cast<std::size_t>(options.templates)),
        all{values, persons.size(), static_cast<std::size_t>(options.dimension)} {
    for (std::size_t i = 0; i < persons.size(); ++i) persons[i] = static_cast<std::uint32_t>(i / 4);
  }

  ScoreHistogram compared(int bins, const MatrixOptions& how) const {
    return compare_all(all, persons, all, persons, static_cast<std::size_t>(bins), how);
  }
};

// Files in a folder that all ranks see: nobody spins while others compute, as inside of MPI.
class Meeting {
 public:
  Meeting(const Ranks& ranks, fs::path folder) : ranks_(ranks), folder_(std::move(folder)) {
    fs::create_directories(folder_);
  }

  fs::path file(const std::string& name, int rank) const { return folder_ / (name + std::to_string(rank)); }

  void come(const std::string& name) const { write_text_file(file(name, ranks_.rank()), name); }

  // Until ranks first..last have come there.
  void wait(const std::string& name, int first, int last) const {
    for (int rank = first; rank <= last; ++rank)
      while (!fs::exists(file(name, rank))) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }

 private:
  const Ranks& ranks_;
  fs::path folder_;
};

}  // namespace

Json matrix_alone(const MatrixBenchmark& options, int jobs) {
  const Gallery gallery(options);
  const std::size_t count = gallery.all.count;
  const std::size_t dimension = gallery.all.dimension;
  // The product alone, of as much as the cache holds.
  const std::size_t few = std::min<std::size_t>(count, 1200);
  const TemplateSet cached{std::span(gallery.values).first(few * dimension), few, dimension};
  const auto flops = [&](std::size_t rows, std::size_t columns) {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(dimension);
  };
  Times product;
  Times reduced;
  double peak = 0;
  std::uint64_t extra = 0;
  std::optional<ScoreHistogram> histogram;
  for (int i = 0; i < options.repeats; ++i) {
    peak = std::max(peak, multiply_add_rate(jobs));
    for (int k = 0; k < 3; ++k)
      product.keep_least(
          times_of([&] { visit_scores(cached, cached, {.jobs = jobs}, [](const ScoreTile&, int) {}); }));
    extra = std::max(
        extra, extra_bytes_of([&] {
          reduced.keep_least(times_of([&] { histogram = gallery.compared(options.bins, {.jobs = jobs}); }));
        }));
  }
  // Per second of one processor: of all that run at once, at full speed.
  const double reduced_rate = flops(count, count) / reduced.processor;
  const double product_rate = flops(few, few) / product.processor;
  return {{"templates", count},
          {"dimension", dimension},
          {"jobs", jobs},
          {"seconds", reduced.wall},
          {"processor_s", reduced.processor},
          {"gflops", 1e-9 * flops(count, count) / reduced.wall},
          {"gflops_per_processor_second", 1e-9 * reduced_rate},
          {"product_alone_gflops_per_processor_second", 1e-9 * product_rate},
          {"multiply_add_peak_gflops_per_processor_second", 1e-9 * peak},
          {"share_of_product_alone", reduced_rate / product_rate},
          {"share_of_multiply_add_peak", reduced_rate / peak},
          {"extra_bytes", extra},
          {"bins", options.bins},
          {"eer", bounded_json(histogram->equal_error_rate())},
          {"auc", bounded_json(histogram->auc())}};
}

Json matrix_of_ranks(const MatrixBenchmark& options, const Ranks& ranks, const GlobalOptions& global) {
  const int jobs = global.jobs > 0 ? global.jobs : std::max(1, jobs_of(global) / ranks.local_size());
  const fs::path folder = ranks.from_first(
      (fs::temp_directory_path() / ("kyclops-ranks-" + std::to_string(std::random_device{}()))).string());
  ranks.leave();
  const Meeting meeting(ranks, folder);
  const Gallery gallery(options);
  const int last = ranks.size() - 1;
  const bool first = ranks.rank() == 0;
  Times alone;
  Times shared;
  bool equal = true;
  std::optional<ScoreHistogram> whole;
  std::optional<ScoreHistogram> merged;
  for (int i = 0; i < options.repeats; ++i) {
    const std::string turn = std::to_string(i) + "-";
    if (first) {
      meeting.wait(turn + "ready", 1, last);
      alone.keep_least(times_of([&] { whole = gallery.compared(options.bins, {.jobs = jobs}); }));
      meeting.come(turn + "begin");
    } else {
      meeting.come(turn + "ready");
      meeting.wait(turn + "begin", 0, 0);
    }
    MatrixOptions how;
    how.jobs = jobs;
    how.part = static_cast<std::size_t>(ranks.rank());
    how.parts = static_cast<std::size_t>(ranks.size());
    Times mine = times_of([&] {
      const ScoreHistogram part = gallery.compared(options.bins, how);
      if (!first) {
        write_histogram(meeting.file(turn + "counts", ranks.rank()), part);
        return;
      }
      merged = part;
      for (int rank = 1; rank <= last; ++rank) {
        meeting.wait(turn + "counts", rank, rank);
        merged->merge(read_histogram(meeting.file(turn + "counts", rank)));
      }
    });
    shared.keep_least(mine);
    if (first)
      equal = equal && std::ranges::equal(whole->mated(), merged->mated()) &&
              std::ranges::equal(whole->non_mated(), merged->non_mated());
  }
  if (!first) {
    write_text_file(meeting.file("processor", ranks.rank()), std::to_string(shared.processor));
    return {};
  }
  meeting.wait("processor", 1, last);
  Json processors = Json::array({shared.processor});
  double slowest = shared.processor;
  for (int rank = 1; rank <= last; ++rank) {
    const double one = std::stod(read_text_file(meeting.file("processor", rank)));
    processors.push_back(one);
    slowest = std::max(slowest, one);
  }
  fs::remove_all(folder);
  if (!equal) throw Error(ErrorCode::Internal, "the ranks' counts put together differ from those of one");
  return {{"ranks", ranks.size()},
          {"jobs_per_rank", jobs},
          {"templates", options.templates},
          {"dimension", options.dimension},
          {"one_rank_s", alone.wall},
          {"all_ranks_s", shared.wall},
          {"times_as_fast", alone.wall / shared.wall},
          {"one_rank_processor_s", alone.processor},
          {"ranks_processor_s", processors},
          {"times_as_fast_processor_time", alone.processor / slowest},
          {"equal_counts", equal}};
}

}  // namespace kyc::cli
