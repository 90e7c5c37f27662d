// kyclops benchmark metrics: error curves of very many scores beside scikit-learn, and the comparison matrix
// beside what the processor can multiply at most. All contenders take turns in one run; the least time of
// each counts, so that what else the machine does matters least.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kyc/cli/commands.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/metrics/comparison_matrix.h"
#include "kyc/metrics/distributions.h"
#include "kyc/metrics/sorted_scores.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct BenchmarkOptions {
  double scores = 1e7;
  double peer_scores = 1e7;
  int templates = 20'000;
  int dimension = 512;
  int bins = 1 << 14;
  int repeats = 3;
  bool no_peer = false;
};

// Of some work. Processor time is that of all threads together: what others do on the machine hardly counts
// in it.
struct Times {
  double wall = 1e300;  // seconds
  double processor = 1e300;

  void keep_least(const Times& other) {
    wall = std::min(wall, other.wall);
    processor = std::min(processor, other.processor);
  }
};

Times times_of(const std::function<void()>& work) {
  const auto processor_now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double processor = processor_now();
  const auto start = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          processor_now() - processor};
}

// A line of /proc/self/status in bytes ("VmHWM", "VmRSS"); 0 where there is no such file.
std::uint64_t status_bytes(const std::string& field) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(field + ":"))
      return std::strtoull(line.c_str() + field.size() + 1, nullptr, 10) * 1024;
  return 0;
}

// Peak resident memory while `work` runs, above what there was before.
std::uint64_t extra_bytes_of(const std::function<void()>& work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  const std::uint64_t before = status_bytes("VmRSS");
  work();
  const std::uint64_t peak = status_bytes("VmHWM");
  return peak > before ? peak - before : 0;
}

struct Scores {
  std::vector<double> mated;
  std::vector<double> non_mated;
};

// Half of them mated; two normal distributions 2 apart.
Scores random_scores(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Scores out{std::vector<double>(count / 2), std::vector<double>(count - count / 2)};
  for (double& score : out.mated) score = normal(random) + 2;
  for (double& score : out.non_mated) score = normal(random);
  return out;
}

struct CurveFigures {
  double auc = 0;
  double eer = 0;
  std::size_t points = 0;  // of the ROC curve, each visited
  double checksum = 0;     // of the DET curve's 1,000 points
};

CurveFigures curve_figures(Scores&& scores, int jobs) {
  const SortedScores sorted(std::move(scores.mated), std::move(scores.non_mated), jobs);
  CurveFigures out;
  out.auc = sorted.auc(jobs);
  out.eer = sorted.equal_error_rate().value;
  double area = 0;
  sorted.for_each_point([&](const OperatingPoint& point) {
    area += point.fmr;  // whoever draws it does something with each point
    ++out.points;
  });
  out.checksum = area;
  for (const OperatingPoint& point : sorted.outline(1000))
    if (point.fmr > 0 && point.fmr < 1 && point.fnmr > 0 && point.fnmr < 1)
      out.checksum += normal_quantile(point.fmr) + normal_quantile(point.fnmr);
  return out;
}

// Reads the scores of a file (doubles: mated, then non-mated) and says what it took.
constexpr const char* kPeer = R"(
import json, resource, sys, time
import numpy as np
from sklearn.metrics import roc_curve, roc_auc_score
count, mated = int(sys.argv[2]), int(sys.argv[3])
scores = np.fromfile(sys.argv[1])
labels = np.zeros(count, dtype=np.uint8)
labels[:mated] = 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cpu = time.process_time()
start = time.perf_counter()
fpr, tpr, thresholds = roc_curve(labels, scores)
curve = time.perf_counter() - start
start = time.perf_counter()
auc = roc_auc_score(labels, scores)
area = time.perf_counter() - start
cpu = time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fnr = 1 - tpr
i = np.argmin(np.abs(fpr - fnr))
print(json.dumps({"roc_curve_s": curve, "roc_auc_score_s": area, "processor_s": cpu,
                  "extra_bytes": (peak - before) * 1024,
                  "auc": auc, "eer": (fpr[i] + fnr[i]) / 2}))
)";

// The peer's answer, nothing where python3 or scikit-learn is missing.
std::optional<Json> run_peer(const std::filesystem::path& file, const Scores& scores) {
  const std::filesystem::path script = file.string() + ".py";
  write_text_file(script, kPeer);
  // Debian's python3 has Debian's scikit-learn, whatever else stands in front of it.
  const std::string command = "/usr/bin/python3 '" + script.string() + "' '" + file.string() + "' " +
                              std::to_string(scores.mated.size() + scores.non_mated.size()) + " " +
                              std::to_string(scores.mated.size()) + " 2>/dev/null";
  std::string answer;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    char buffer[512];
    while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) answer += buffer;
    pclose(pipe);
  }
  std::filesystem::remove(script);
  Json parsed = Json::parse(answer, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) return std::nullopt;
  return parsed;
}

void write_scores(const std::filesystem::path& file, const Scores& scores) {
  std::ofstream out(file, std::ios::binary);
  for (const auto* set : {&scores.mated, &scores.non_mated})
    out.write(reinterpret_cast<const char*>(set->data()),
              static_cast<std::streamsize>(set->size() * sizeof(double)));
  if (!out) throw Error(ErrorCode::Unavailable, file.string() + ": can not be written");
}

struct Timed {
  Times times;
  std::uint64_t extra_bytes = 0;
  CurveFigures figures;
};

Timed timed_curve(const Scores& scores, int jobs, int repeats) {
  Timed out;
  for (int i = 0; i < repeats; ++i) {
    Scores copy = scores;
    out.extra_bytes = std::max(
        out.extra_bytes, extra_bytes_of([&] {
          out.times.keep_least(times_of([&] { out.figures = curve_figures(std::move(copy), jobs); }));
        }));
  }
  return out;
}

Json timed_json(const Timed& timed, double count) {
  return {{"scores", static_cast<std::uint64_t>(count)},
          {"seconds", timed.times.wall},
          {"processor_s", timed.times.processor},
          {"extra_bytes", timed.extra_bytes},
          {"auc", timed.figures.auc},
          {"eer", timed.figures.eer},
          {"roc_points", timed.figures.points}};
}

Json curve_part(const BenchmarkOptions& options, int jobs) {
  Json out;
  const double shared = std::min(options.scores, options.peer_scores);
  if (!options.no_peer) {
    const Scores scores = random_scores(static_cast<std::size_t>(shared), 1);
    const auto file = std::filesystem::temp_directory_path() /
                      ("kyclops-benchmark-" + std::to_string(std::random_device{}()));
    write_scores(file, scores);
    std::optional<Json> peer;
    Timed ours;
    // In turns.
    for (int i = 0; i < options.repeats; ++i) {
      const Timed once = timed_curve(scores, jobs, 1);
      ours.figures = once.figures;
      ours.times.keep_least(once.times);
      ours.extra_bytes = std::max(ours.extra_bytes, once.extra_bytes);
      const std::optional<Json> answer = run_peer(file, scores);
      if (!answer) break;
      const auto total = [](const Json& json) {
        return json["roc_curve_s"].get<double>() + json["roc_auc_score_s"].get<double>();
      };
      if (!peer || total(*answer) < total(*peer)) peer = answer;
    }
    std::filesystem::remove(file);
    out["same_data"] = {{"ours", timed_json(ours, shared)}, {"scikit_learn", peer ? *peer : Json(nullptr)}};
    if (peer) {
      const double theirs = (*peer)["roc_curve_s"].get<double>() + (*peer)["roc_auc_score_s"].get<double>();
      out["same_data"]["times_as_fast"] = theirs / ours.times.wall;
      out["same_data"]["times_as_fast_processor_time"] =
          (*peer)["processor_s"].get<double>() / ours.times.processor;
      out["same_data"]["share_of_their_extra_memory"] =
          static_cast<double>(ours.extra_bytes) / (*peer)["extra_bytes"].get<double>();
      // Sorting costs a little more than its length: the peer is given the length only.
      out["peer_seconds_extrapolated"] = theirs * options.scores / shared;
    }
  }
  if (options.no_peer || options.scores > shared) {
    const Timed ours =
        timed_curve(random_scores(static_cast<std::size_t>(options.scores), 2), jobs, options.repeats);
    out["ours"] = timed_json(ours, options.scores);
    if (out.contains("peer_seconds_extrapolated"))
      out["times_as_fast_extrapolated"] = out["peer_seconds_extrapolated"].get<double>() / ours.times.wall;
  }
  return out;
}

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

Json matrix_part(const BenchmarkOptions& options, int jobs) {
  const auto count = static_cast<std::size_t>(options.templates);
  const auto dimension = static_cast<std::size_t>(options.dimension);
  const std::vector<float> values = random_templates(count, dimension);
  std::vector<std::uint32_t> persons(count);
  for (std::size_t i = 0; i < count; ++i) persons[i] = static_cast<std::uint32_t>(i / 4);
  const TemplateSet all{values, count, dimension};
  // The product alone, of as much as the cache holds.
  const std::size_t few = std::min<std::size_t>(count, 1200);
  const TemplateSet cached{std::span(values).first(few * dimension), few, dimension};
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
    extra =
        std::max(extra, extra_bytes_of([&] {
                   reduced.keep_least(times_of([&] {
                     histogram = compare_all(
                         all, persons, all, persons, static_cast<std::size_t>(options.bins), {.jobs = jobs});
                   }));
                 }));
  }
  // Per second of one processor: of all that run at once, at full speed.
  const double reduced_rate = flops(count, count) / reduced.processor;
  const double product_rate = flops(few, few) / product.processor;
  const Bounded eer = histogram->equal_error_rate();
  const Bounded auc = histogram->auc();
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
          {"eer", {{"value", eer.value}, {"low", eer.low}, {"high", eer.high}}},
          {"auc", {{"value", auc.value}, {"low", auc.low}, {"high", auc.high}}}};
}

int run_benchmark(const BenchmarkOptions& options, const GlobalOptions& global) {
  const int jobs = jobs_of(global);
  Json out;
  if (options.scores > 0) out["curve"] = curve_part(options, jobs);
  if (options.templates > 0) out["matrix"] = matrix_part(options, jobs);
  print_object(out, global.json);
  return kDone;
}

}  // namespace

void add_benchmark_metrics(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<BenchmarkOptions>();
  App* verb = noun(app, "benchmark", "How fast this machine is")
                  ->add_subcommand("metrics", "Error curves beside scikit-learn, and the comparison matrix");
  verb->add_option("--scores", options->scores, "Of the error curve, half of them mated; 0: leave it out")
      ->check(in_range(0, 4e9))
      ->capture_default_str();
  verb->add_option(
          "--peer-scores", options->peer_scores, "At most so many for scikit-learn (1e7 take it 10 s)")
      ->check(in_range(1000, 1e9))
      ->capture_default_str();
  verb->add_option("--templates", options->templates, "Compared with each other; 0: leave it out")
      ->check(in_range(0, 10'000'000))
      ->capture_default_str();
  verb->add_option("--dimension", options->dimension, "Of the templates")
      ->check(in_range(1, 65536))
      ->capture_default_str();
  verb->add_option("--bins", options->bins, "Of the histogram of scores")
      ->check(in_range(2, 1 << 22))
      ->capture_default_str();
  verb->add_option("--repeats", options->repeats, "Of everything; the least time counts")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  verb->add_flag("--no-peer", options->no_peer, "Without scikit-learn");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_benchmark(*options, global); };
  });
}

}  // namespace kyc::cli
