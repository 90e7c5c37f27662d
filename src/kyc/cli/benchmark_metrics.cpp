// kyclops benchmark metrics: error curves of very many scores beside scikit-learn, and the comparison matrix
// (benchmark_matrix.h). All contenders take turns in one run; the least time of
// each counts, so that what else the machine does matters least.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "kyc/cli/benchmark_matrix.h"
#include "kyc/cli/commands.h"
#include "kyc/cli/measured.h"
#include "kyc/cli/rates.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/metrics/distributions.h"
#include "kyc/metrics/sorted_scores.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct BenchmarkOptions {
  double scores = 1e8;
  double peer_scores = 1e7;
  bool no_peer = false;
  MatrixBenchmark matrix;
};

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
    for (int i = 0; i < options.matrix.repeats; ++i) {
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
        timed_curve(random_scores(static_cast<std::size_t>(options.scores), 2), jobs, options.matrix.repeats);
    out["ours"] = timed_json(ours, options.scores);
    if (out.contains("peer_seconds_extrapolated"))
      out["times_as_fast_extrapolated"] = out["peer_seconds_extrapolated"].get<double>() / ours.times.wall;
  }
  return out;
}

int run_benchmark(const BenchmarkOptions& options, const GlobalOptions& global) {
  const Ranks ranks;
  if (ranks.size() > 1) {
    const Json out = matrix_of_ranks(options.matrix, ranks, global);
    if (ranks.rank() == 0) print_object(out, global.json);
    return kDone;
  }
  const int jobs = jobs_of(global);
  Json out;
  if (options.scores > 0) out["curve"] = curve_part(options, jobs);
  if (options.matrix.templates > 0) out["matrix"] = matrix_alone(options.matrix, jobs);
  print_object(out, global.json);
  return kDone;
}

}  // namespace

void add_benchmark_metrics(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<BenchmarkOptions>();
  App* verb = noun(app, "benchmark", "How fast this machine is")
                  ->add_subcommand("metrics", "Error curves beside scikit-learn, and the comparison matrix");
  verb->footer(
      "1e8 scores want 3.5 GB; as many for scikit-learn too (--peer-scores 1e8) 12 GB and some minutes.\n"
      "mpirun -n 2 kyclops benchmark metrics: the matrix on one rank and on all of them, in turns.");
  verb->add_option("--scores", options->scores, "Of the error curve, half of them mated; 0: leave it out")
      ->check(in_range(0, 4e9))
      ->capture_default_str();
  verb->add_option(
          "--peer-scores", options->peer_scores, "At most so many for scikit-learn (1e7 take it 10 s)")
      ->check(in_range(1000, 1e9))
      ->capture_default_str();
  verb->add_option("--templates", options->matrix.templates, "Compared with each other; 0: leave it out")
      ->check(in_range(0, 10'000'000))
      ->capture_default_str();
  verb->add_option("--dimension", options->matrix.dimension, "Of the templates")
      ->check(in_range(1, 65536))
      ->capture_default_str();
  verb->add_option("--bins", options->matrix.bins, "Of the histogram of scores")
      ->check(in_range(2, 1 << 22))
      ->capture_default_str();
  verb->add_option("--repeats", options->matrix.repeats, "Of everything; the least time counts")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  verb->add_flag("--no-peer", options->no_peer, "Without scikit-learn");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_benchmark(*options, global); };
  });
}

}  // namespace kyc::cli
