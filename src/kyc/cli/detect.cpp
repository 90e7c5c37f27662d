// kyclops detect: attack scores of photos and clips, one line or one JSON object per input.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/core/pipeline.h"
#include "kyc/core/registry.h"
#include "kyc/detection/attack_detector.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc::cli {
namespace {

struct DetectOptions {
  std::vector<std::string> paths;
  std::string detector = "fr_liveness";
  std::string threshold = "default";
  double rate_hz = 5;
};

// What all inputs of a run share.
struct Bench {
  FaceAnalyzer faces;
  std::unique_ptr<AttackDetector> detector;
  ModelThreshold threshold;
  double rate_hz;

  // Of the largest face; nothing if there is none.
  std::optional<double> score(const Image& image) const {
    const std::vector<FaceDetection> found = faces.detect(image);
    if (found.empty()) return std::nullopt;
    const auto largest = std::max_element(
        found.begin(), found.end(), [](const auto& a, const auto& b) { return a.box.area() < b.box.area(); });
    return detector->score(image, *largest);
  }
};

// Scores of the frames of one input that show a face.
struct Scores {
  std::int64_t frames = 0;  // that were looked at
  std::vector<double> values;
  std::string damage;
};

Scores score_picture(const Bench& bench, const std::filesystem::path& path) {
  const std::optional<double> score = bench.score(read_image(path));
  return {1, score ? std::vector<double>{*score} : std::vector<double>{}, ""};
}

Scores score_clip(const Bench& bench, const std::filesystem::path& path, int jobs, const Progress& progress) {
  VideoReader reader(path);
  FrameSampler sampler(reader, bench.rate_hz);
  Scores out;
  ordered_parallel<Frame, std::optional<double>>(
      [&](Frame& frame) { return sampler.next(frame); },
      [&](const Frame& frame, int) { return bench.score(frame.image); },
      [&](std::optional<double>&& score) {
        ++out.frames;
        if (progress) progress(static_cast<std::uint64_t>(out.frames), 0);
        if (score) out.values.push_back(*score);
        return true;
      },
      jobs);
  out.damage = reader.damage().message;
  return out;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// What one input became: scores, or why there are none.
struct Result {
  std::filesystem::path path;
  Scores scores;
  std::optional<Error> error;
};

Json to_json(const Bench& bench, const std::string& detector, const Result& result) {
  const std::vector<double>& values = result.scores.values;
  Json out = {
      {"path", result.path.string()}, {"frames", result.scores.frames}, {"frames_with_face", values.size()}};
  if (values.empty()) {
    out["score"] = nullptr;
    out["reason"] = "no_face";
  } else {
    const double score = median(values);
    out["score"] = score;
    out["attack"] = score >= bench.threshold.value;
    out["threshold"] = bench.threshold.value;
    out["signals"] = Json::array({{{"name", detector},
                                   {"score", score},
                                   {"lowest", *std::min_element(values.begin(), values.end())},
                                   {"highest", *std::max_element(values.begin(), values.end())}}});
  }
  if (!result.scores.damage.empty()) out["damage"] = result.scores.damage;
  return out;
}

void print_text(const Bench& bench, const Result& result) {
  const Scores& scores = result.scores;
  std::printf("%s  ", result.path.string().c_str());
  if (scores.values.empty()) {
    std::printf("no face");
  } else {
    const double score = median(scores.values);
    std::printf("%s  score %.3f (attack from %.2f)  %zu of %lld frames with a face",
                score >= bench.threshold.value ? "ATTACK" : "no attack seen",
                score,
                bench.threshold.value,
                scores.values.size(),
                static_cast<long long>(scores.frames));
  }
  std::printf("%s\n", scores.damage.empty() ? "" : ("  damaged: " + scores.damage).c_str());
}

// Prints results as they come; remembers whether one failed.
class Printer {
 public:
  Printer(const Bench& bench, const std::string& detector, bool json)
      : bench_(bench), detector_(detector), json_(json) {}

  bool operator()(const Result& result) {
    if (result.error) {
      failed = true;
      if (json_) print_json(failure_to_json(result.path, *result.error));
      std::fprintf(stderr, "kyclops: %s\n", result.error->what());
    } else if (json_) {
      print_json(to_json(bench_, detector_, result));
    } else {
      print_text(bench_, result);
    }
    std::fflush(stdout);  // errors go to stderr: keep the order
    return true;
  }

  bool failed = false;

 private:
  const Bench& bench_;
  const std::string& detector_;
  bool json_;
};

// Runs `score`, an Error becomes part of the result.
template <typename Score>
Result result_of(const std::filesystem::path& path, const Score& score) {
  try {
    return {path, score(), std::nullopt};
  } catch (const Error& error) {
    return {path, {}, error};
  }
}

Result result_of_clip(const Bench& bench, const Input& input, const GlobalOptions& global) {
  const Progress progress = progress_bar(input.path.filename().string(), "frames", global);
  return result_of(input.path, [&] { return score_clip(bench, input.path, jobs_of(global), progress); });
}

int run_detect(const DetectOptions& options, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  AnalyzerOptions analyzer;
  analyzer.pose = analyzer.eyes = false;
  auto detector = Registry<AttackDetector>::make(options.detector, resources);
  const ModelThreshold limit = threshold(detector->model(), options.threshold);
  const Bench bench{FaceAnalyzer(resources, analyzer), std::move(detector), limit, options.rate_hz};
  Printer print(bench, options.detector, global.json);

  const std::vector<Input> inputs = inputs_of(options.paths);
  // Photos several at a time, the frames of a clip likewise, in the order given.
  std::size_t next = 0;
  while (next < inputs.size()) {
    ordered_parallel<std::filesystem::path, Result>(
        [&](std::filesystem::path& path) {
          if (next == inputs.size() || inputs[next].kind != InputKind::Picture) return false;
          path = inputs[next++].path;
          return true;
        },
        [&](const std::filesystem::path& path, int) {
          return result_of(path, [&] { return score_picture(bench, path); });
        },
        [&](Result&& result) { return print(result); },
        jobs_of(global));
    if (next == inputs.size()) break;
    const Input& input = inputs[next++];
    print(input.kind == InputKind::Clip
              ? result_of_clip(bench, input, global)
              : Result{input.path, {}, Error(ErrorCode::NotFound, problem_of(input))});
  }
  return print.failed ? kBadInput : kDone;
}

}  // namespace

void add_detect(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<DetectOptions>();
  App* verb = app.add_subcommand(
      "detect", "Attack scores of photos, folders and clips (higher: more likely an attack)");
  verb->fallthrough();
  verb->add_option("paths", options->paths, "Photos, clips, folders of them")->required();
  verb->add_option("--detector", options->detector, "A registered attack detector; see kyclops methods")
      ->capture_default_str();
  verb->add_option("--threshold", options->threshold, "Name of the model's threshold to judge by")
      ->capture_default_str();
  verb->add_option("--rate", options->rate_hz, "Frames per second of a clip that are looked at; 0: all")
      ->check(kNonNegativeNumber)
      ->capture_default_str();
  verb->footer("A clip's score is the median over its frames with a face. Exit code 3 if an input failed.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_detect(*options, global); };
  });
}

}  // namespace kyc::cli
