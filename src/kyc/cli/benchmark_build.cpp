// kyclops benchmark build: what building a data set costs, against decoding, analysing and encoding alone.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/cli/commands.h"
#include "kyc/dataset/build.h"
#include "kyc/dataset/outputs.h"
#include "kyc/video/sampler.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

struct BenchmarkBuildFlags {
  std::string recipe;
  std::string work;
  int runs = 3;
};

struct Cost {
  double wall_s = 0;
  double processor_s = 0;  // of all threads
};

template <typename Body>
Cost measured(const Body& body) {
  const auto processor = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const auto wall = std::chrono::steady_clock::now();
  const double before = processor();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
          processor() - before};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Benchmark {
 public:
  Benchmark(const BenchmarkBuildFlags& options, const GlobalOptions& global)
      : options_(options),
        jobs_(jobs_of(global)),
        models_(global.models),
        resources_{models_, {}},
        analyzer_(resources_, forging_analysis()),
        plan_(make_plan(read_recipe(options.recipe), resources_, jobs_)) {}

  nlohmann::ordered_json run() {
    std::vector<double> ratio;
    std::vector<double> speedup;
    Cost one;
    Cost many;
    Cost alone;
    // Interleaved, so that another load on the machine meets all of them.
    for (int r = 0; r < options_.runs; ++r) {
      alone = measured([this] { without_forging(); });
      one = measured([this] { build(1); });
      many = measured([this] { build(jobs_); });
      ratio.push_back(one.processor_s / alone.processor_s);
      speedup.push_back(one.wall_s / many.wall_s);
    }
    std::error_code ignored;
    fs::remove_all(options_.work, ignored);
    return {{"clips", clips_},
            {"frames", frames_},
            {"runs", options_.runs},
            {"alone_processor_s", alone.processor_s},
            {"build_processor_s", one.processor_s},
            {"build_to_alone", median(ratio)},
            {"jobs", jobs_},
            {"build_1_wall_s", one.wall_s},
            {"build_jobs_wall_s", many.wall_s},
            {"speedup", median(speedup)}};
  }

 private:
  void build(int jobs) {
    fs::remove_all(fs::path(options_.work) / "set");
    BuildOptions build_options;
    build_options.jobs = jobs;
    build_dataset(plan_, fs::path(options_.work) / "set", resources_, Ranks(), build_options);
  }

  // Every clip with a driver once more: its driver decoded, every frame analysed, and encoded as often.
  void without_forging() {
    clips_ = 0;
    frames_ = 0;
    const fs::path temporary = fs::path(options_.work) / "alone";
    fs::create_directories(temporary);
    for (const PlannedGroup& group : plan_.groups) {
      if (group.driver < 0) continue;
      std::vector<Sample> samples = planned_samples(plan_, group);
      VideoReader reader(plan_.drivers[static_cast<std::size_t>(group.driver)].file);
      FrameSampler sampler(reader, 0, plan_.recipe.max_seconds > 0 ? plan_.recipe.max_seconds : 1e9);
      ClipOutputs outputs(samples, temporary, temporary, plan_.recipe.preset, reader.info().frame_rate);
      for (Frame frame; sampler.next(frame); ++frames_) {
        if (group.kind == GroupKind::Attack) (void)analyzer_.analyze(frame.image);
        outputs.write(frame.image, frame.time_s);
      }
      outputs.publish(samples);
      ++clips_;
    }
    fs::remove_all(temporary);
  }

  const BenchmarkBuildFlags& options_;
  int jobs_;
  ModelManifest models_;
  ModelResources resources_;
  FaceAnalyzer analyzer_;
  Plan plan_;
  std::uint64_t clips_ = 0;
  std::uint64_t frames_ = 0;
};

int run_benchmark_build(const BenchmarkBuildFlags& options, const GlobalOptions& global) {
  const nlohmann::ordered_json result = Benchmark(options, global).run();
  if (global.json) {
    std::printf("%s\n", result.dump().c_str());
    return kDone;
  }
  std::printf("%llu clips before compression, %llu frames; medians of %d interleaved runs\n",
              static_cast<unsigned long long>(result["clips"].get<std::uint64_t>()),
              static_cast<unsigned long long>(result["frames"].get<std::uint64_t>()),
              options.runs);
  std::printf("decoding, analysing, encoding alone  %8.1f s of one core (last run)\n",
              result["alone_processor_s"].get<double>());
  std::printf("building                             %8.1f s of one core (last run)\n",
              result["build_processor_s"].get<double>());
  std::printf("building / alone                     %8.2f\n", result["build_to_alone"].get<double>());
  std::printf("%2d jobs are faster than one           %8.2f times (by the clock)\n",
              result["jobs"].get<int>(),
              result["speedup"].get<double>());
  return kDone;
}

}  // namespace

void add_benchmark_build(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<BenchmarkBuildFlags>();
  options->work = (fs::temp_directory_path() / ("kyclops-benchmark-" + std::to_string(getpid()))).string();
  App* verb =
      noun(app, "benchmark", "How fast the parts are")
          ->add_subcommand("build", "Building a data set against decoding, analysing and encoding alone");
  verb->add_option("recipe", options->recipe, "What is built")->required()->check(kExistingFile);
  verb->add_option("--work", options->work, "Folder for the files, removed at the end");
  verb->add_option("--runs", options->runs, "Interleaved runs; medians are told")
      ->capture_default_str()
      ->check(in_range(1, 100));
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_benchmark_build(*options, global); };
  });
}

}  // namespace kyc::cli
