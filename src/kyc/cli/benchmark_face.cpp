#include "kyc/cli/benchmark_face.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/pipeline.h"
#include "kyc/detection/detectors.h"
#include "kyc/face/analyzer.h"
#include "kyc/face/tracker.h"
#include "kyc/recognition/recognizer.h"
#include "kyc/video/reader.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// Processor time of this thread or of the whole process: what the work costs, however busy the machine is.
double cpu_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// The face engine as the program uses it: all five networks on every frame.
class FaceEngine {
 public:
  FaceEngine(const ModelManifest& models, std::shared_ptr<RunClock> clock)
      : resources_{models, {}}, clock_(std::move(clock)) {
    resources_.session.clock = clock_;
    AnalyzerOptions options;
    options.eyes = false;
    options.max_faces = 1;
    analyzer_.emplace(resources_, options);
    recognizer_.emplace(resources_);
    attack_detector_ = make_attack_detector("fr_liveness", resources_);
  }

  // The box of the face, if there is one.
  std::vector<Box> frame(const Image& image) const {
    std::vector<Box> boxes;
    for (const Face& face : analyzer_->analyze(image)) {
      boxes.push_back(face.detection.box);
      recognizer_->extract(image, face.points);
      attack_detector_->observe({image, face});
    }
    return boxes;
  }

  double networks_ms() const { return static_cast<double>(clock_->nanoseconds) / 1e6; }

 private:
  ModelResources resources_;
  std::shared_ptr<RunClock> clock_;
  std::optional<FaceAnalyzer> analyzer_;
  std::optional<Recognizer> recognizer_;
  std::unique_ptr<AttackDetector> attack_detector_;
};

// Once through the clip. Milliseconds over all frames.
struct Pass {
  int frames = 0;
  int faces = 0;
  double total_ms = 0;     // wall clock
  double cpu_ms = 0;       // of all threads
  double decode_ms = 0;    // of cpu_ms; ours only
  double networks_ms = 0;  // of cpu_ms; ours only
};

bool more(VideoReader& reader, Frame& frame, int limit) {
  return reader.next(frame) && (limit == 0 || frame.index < limit);
}

Pass run_ours(const FaceEngine& engine, const BenchmarkOptions& options, int threads) {
  struct Seen {
    double time_s = 0;
    std::vector<Box> boxes;
  };
  Pass pass;
  const double networks_before = engine.networks_ms();
  const auto start = Clock::now();
  const double cpu_start = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);
  VideoReader reader(options.clip);
  FaceTracker tracker;
  ordered_parallel<Frame, Seen>(
      [&](Frame& frame) {
        const double begin = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
        const bool there = more(reader, frame, options.frames);
        pass.decode_ms += cpu_ms(CLOCK_THREAD_CPUTIME_ID) - begin;
        return there;
      },
      [&](Frame& frame, int) {
        return Seen{frame.time_s, engine.frame(frame.image)};
      },
      [&](Seen&& seen) {
        ++pass.frames;
        pass.faces += static_cast<int>(tracker.update(seen.time_s, seen.boxes).size());
        return true;
      },
      threads);
  pass.total_ms = ms_since(start);
  pass.cpu_ms = cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  pass.networks_ms = engine.networks_ms() - networks_before;
  return pass;
}

Pass run_face_peer(Engine& engine, const ModelManifest& models, const BenchmarkOptions& options) {
  Pass pass;
  const auto start = Clock::now();
  const double cpu_start = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);
  VideoReader reader(options.clip);
  Frame frame;
  while (more(reader, frame, options.frames)) {
    ++pass.frames;
    pass.faces += plain_frame(frame.image, models, engine) ? 1 : 0;
  }
  pass.total_ms = ms_since(start);
  pass.cpu_ms = cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  return pass;
}

struct Contender {
  std::string name;
  std::function<Pass()> run;
  std::vector<Pass> passes;

  // Of the repeats, milliseconds per frame.
  std::vector<double> sorted_ms(double Pass::*total) const {
    std::vector<double> out;
    for (const Pass& pass : passes) out.push_back(pass.*total / pass.frames);
    std::sort(out.begin(), out.end());
    return out;
  }
  double median_ms() const { return sorted_ms(&Pass::total_ms)[passes.size() / 2]; }
  double median_cpu_ms() const { return sorted_ms(&Pass::cpu_ms)[passes.size() / 2]; }
};

// The most memory this process ever had, in megabytes.
double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  throw Error(ErrorCode::Unsupported, "/proc/self/status: expected a line VmHWM");
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Shares of our processor time on one thread, medians over the repeats.
struct Shares {
  double decode_ms = 0;
  double networks_ms = 0;
  double around_ms = 0;
  double around_share = 0;
};

Shares shares_of(const Contender& ours) {
  std::vector<double> decode;
  std::vector<double> networks;
  std::vector<double> around;
  std::vector<double> share;
  for (const Pass& pass : ours.passes) {
    const double rest = pass.cpu_ms - pass.decode_ms - pass.networks_ms;
    decode.push_back(pass.decode_ms / pass.frames);
    networks.push_back(pass.networks_ms / pass.frames);
    around.push_back(rest / pass.frames);
    share.push_back(rest / pass.cpu_ms);
  }
  return {median_of(decode), median_of(networks), median_of(around), median_of(share)};
}

void print_json(const BenchmarkOptions& options, const std::vector<Contender>& contenders, double memory_mb) {
  const Shares shares = shares_of(contenders[0]);
  Json rows = Json::array();
  for (const Contender& one : contenders) {
    const std::vector<double> ms = one.sorted_ms(&Pass::total_ms);
    rows.push_back({{"name", one.name},
                    {"ms_per_frame", {{"median", one.median_ms()}, {"min", ms.front()}, {"max", ms.back()}}},
                    {"cpu_ms_per_frame", one.median_cpu_ms()},
                    {"frames_per_second", 1000 / one.median_ms()},
                    {"faces", one.passes.front().faces},
                    {"time_over_ours", one.median_ms() / contenders[0].median_ms()},
                    {"cpu_over_ours", one.median_cpu_ms() / contenders[0].median_cpu_ms()}});
  }
  const Json out = {{"clip", options.clip},
                    {"frames", contenders[0].passes.front().frames},
                    {"repeats", options.repeats},
                    {"contenders", rows},
                    {"one_thread",
                     {{"decode_ms", shares.decode_ms},
                      {"networks_ms", shares.networks_ms},
                      {"around_ms", shares.around_ms},
                      {"around_share", shares.around_share}}},
                    {"peak_memory_mb", memory_mb}};
  std::printf("%s\n", out.dump().c_str());
}

void print_benchmark(const BenchmarkOptions& options,
                     const std::vector<Contender>& contenders,
                     double memory_mb) {
  std::printf("%s: %d frames, %d repeats in turns; median [min, max]\n\n",
              options.clip.c_str(),
              contenders[0].passes.front().frames,
              options.repeats);
  std::printf("%-34s %22s %8s %9s %6s  %s\n",
              "",
              "ms per frame",
              "CPU ms",
              "frames/s",
              "faces",
              "time, CPU over ours");
  for (const Contender& one : contenders) {
    const std::vector<double> ms = one.sorted_ms(&Pass::total_ms);
    char range[48];
    std::snprintf(range, sizeof(range), "%.1f [%.1f, %.1f]", one.median_ms(), ms.front(), ms.back());
    std::printf("%-34s %22s %8.1f %9.1f %6d  %.2f, %.2f\n",
                one.name.c_str(),
                range,
                one.median_cpu_ms(),
                1000 / one.median_ms(),
                one.passes.front().faces,
                one.median_ms() / contenders[0].median_ms(),
                one.median_cpu_ms() / contenders[0].median_cpu_ms());
  }
  const Shares shares = shares_of(contenders[0]);
  std::printf(
      "\nCPU of ours on one thread: decoding %.2f ms, networks %.2f ms, everything around them %.2f ms (%.1f "
      "%%)\n",
      shares.decode_ms,
      shares.networks_ms,
      shares.around_ms,
      100 * shares.around_share);
  std::printf(
      "Peak memory of ours on %d threads, peers not loaded yet: %.0f MB\n", options.threads, memory_mb);
}

}  // namespace

int benchmark_face(const BenchmarkOptions& options,
                   const GlobalOptions& global,
                   const MakePeers& make_peers) {
  const ModelManifest models{global.models};
  const FaceEngine engine(models, std::make_shared<RunClock>());
  run_ours(engine, options, options.threads);  // warm-up
  const double memory_mb = peak_memory_mb();

  std::vector<Contender> contenders;
  contenders.push_back({"ours, one thread", [&] { return run_ours(engine, options, 1); }, {}});
  contenders.push_back({"ours, " + std::to_string(options.threads) + " threads over frames",
                        [&] { return run_ours(engine, options, options.threads); },
                        {}});
  const std::vector<Peer> peers = make_peers(models);
  for (const Peer& peer : peers)
    contenders.push_back({peer.name, [&] { return run_face_peer(*peer.engine, models, options); }, {}});

  const Progress progress = progress_bar("benchmark", "passes", global);
  const auto total = static_cast<std::uint64_t>(options.repeats) * contenders.size();
  std::uint64_t done = 0;
  for (int repeat = 0; repeat < options.repeats; ++repeat)
    for (Contender& contender : contenders) {
      contender.passes.push_back(contender.run());
      if (contender.passes.back().frames == 0)
        throw Error(ErrorCode::Corrupt, options.clip + ": expected frames, got none");
      if (progress) progress(++done, total);
    }
  if (global.json)
    print_json(options, contenders, memory_mb);
  else
    print_benchmark(options, contenders, memory_mb);
  return kDone;
}

void add_benchmark_face(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<BenchmarkOptions>();
  App* benchmark = noun(app, "benchmark", "How fast this machine does the work, beside a plain way to do it");
  App* command = benchmark->add_subcommand("face", "All five face networks on every frame of a clip");
  command->add_option("CLIP", options->clip, "A clip with a face")->required();
  command->add_option("--frames", options->frames, "Only the first ones; 0: all")->check(kNonNegativeNumber);
  command->add_option("--repeats", options->repeats, "Of each contender, in turns")
      ->check(kPositiveNumber)
      ->capture_default_str();
  command->callback([=, &global, &chosen] {
    chosen.run = [=, &global] {
      BenchmarkOptions with_threads = *options;
      with_threads.threads = global.jobs > 0 ? global.jobs : 2;
      return benchmark_face(with_threads, global, [](const ModelManifest& models) {
        std::vector<Peer> peers;
        peers.push_back({"plain loop, stock ONNX Runtime", stock_engine(models)});
        return peers;
      });
    };
  });
}

}  // namespace kyc::cli
