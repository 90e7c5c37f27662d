// kyclops detect: attack scores of photos and clips with their reasons, one line or one JSON object per
// input.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/cli/detect_explain.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/core/pipeline.h"
#include "kyc/detection/assess.h"
#include "kyc/detection/detectors.h"
#include "kyc/image/codec.h"

namespace kyc::cli {
namespace {

struct DetectOptions {
  std::vector<std::string> paths;
  std::string detector = "fr_liveness";
  std::string threshold = "default";
  std::string reference;
  std::string explain;  // folder; empty: no pictures
  double rate_hz = 5;
};

// What all inputs of a run share.
struct Bench {
  AttackDetectors detectors;  // one
  FaceAnalyzer faces;
  std::optional<ModelThreshold> threshold;  // nothing: the detector has none
  AllNotes reference;                       // empty: none was given
  double rate_hz;
  std::filesystem::path explain;

  const AttackDetectorInfo& info() const { return detectors.front()->info(); }
};

// What one input became: an assessment, or why there is none.
struct Result {
  std::filesystem::path path;
  std::optional<MediaAssessment> found;
  std::optional<Error> error;
  std::string picture;  // of the evidence; empty: none

  const AttackAssessment& answer() const { return found->findings.front(); }
};

Json signals_json(const AttackFinding& finding) {
  Json out = Json::array();
  for (const EvidenceSignal& signal : finding.signals) {
    Json one = {{"name", signal.name}, {"value", signal.value}, {"meaning", signal.meaning}};
    if (signal.contribution) one["contribution"] = *signal.contribution;
    out.push_back(std::move(one));
  }
  return out;
}

Json to_json(const Bench& bench, const Result& result) {
  const MediaAssessment& found = *result.found;
  Json detects = Json::array();
  for (const AttackKind kind : bench.info().detects) detects.push_back(to_string(kind));
  Json out = {{"path", result.path.string()},
              {"detector", bench.info().name},
              {"detects", std::move(detects)},
              {"frames", found.frames},
              {"frames_with_face", found.seen.frames().size()}};
  if (!result.answer()) {
    out["score"] = nullptr;
    out["reason"] = result.answer().reason().code;
  } else {
    out["score"] = result.answer()->score;
    if (bench.threshold) {
      out["attack"] = result.answer()->score >= bench.threshold->value;
      out["threshold"] = bench.threshold->value;
    }
    out["signals"] = signals_json(*result.answer());
  }
  if (!bench.explain.empty() && result.answer()) {
    out["in_words"] = in_words(bench.info(), *result.answer());
    out["evidence"] = result.picture;
  }
  if (!found.damage.empty()) out["damage"] = found.damage;
  return out;
}

void print_text(const Bench& bench, const Result& result) {
  const MediaAssessment& found = *result.found;
  std::printf("%s  ", result.path.string().c_str());
  if (!result.answer()) {
    std::printf("%s", result.answer().reason().message.c_str());
  } else {
    const AttackFinding& finding = *result.answer();
    if (bench.threshold)
      std::printf("%s  score %.3f (attack from %.2f)",
                  finding.score >= bench.threshold->value ? "ATTACK" : "no attack seen",
                  finding.score,
                  bench.threshold->value);
    else
      std::printf("score %.3f", finding.score);
    std::printf(
        "  %zu of %lld frames with a face", found.seen.frames().size(), static_cast<long long>(found.frames));
  }
  std::printf("%s\n", found.damage.empty() ? "" : ("  damaged: " + found.damage).c_str());
  if (!result.answer()) return;
  for (const EvidenceSignal& signal : result.answer()->signals) {
    if (signal.contribution)
      std::printf("    %+6.2f  ", *signal.contribution);
    else
      std::printf("            ");
    std::printf("%-22s %8.3f  %s\n", signal.name.c_str(), signal.value, signal.meaning.c_str());
  }
  if (!result.picture.empty())
    std::printf("    %s\n    evidence: %s\n",
                in_words(bench.info(), *result.answer()).c_str(),
                result.picture.c_str());
}

// Prints results as they come; remembers whether one failed.
class Printer {
 public:
  Printer(const Bench& bench, bool json) : bench_(bench), json_(json) {}

  bool operator()(const Result& result) {
    if (result.error) {
      failed = true;
      if (json_) print_json(failure_to_json(result.path, *result.error));
      std::fprintf(stderr, "kyclops: %s\n", result.error->what());
    } else if (json_) {
      print_json(to_json(bench_, result));
    } else {
      print_text(bench_, result);
    }
    std::fflush(stdout);  // errors go to stderr: keep the order
    return true;
  }

  bool failed = false;

 private:
  const Bench& bench_;
  bool json_;
};

Result assess(const Bench& bench, const std::filesystem::path& path, int jobs, const Progress& progress) {
  AssessOptions options;
  options.rate_hz = bench.rate_hz;
  options.jobs = jobs;
  try {
    Result out{
        path, assess_file(path, bench.faces, bench.detectors, options, bench.reference, progress), {}, ""};
    if (!bench.explain.empty() && !out.found->seen.frames().empty()) {
      // Files of one name lie in different folders.
      const std::filesystem::path picture =
          bench.explain / (path.parent_path().filename().string() + "-" + path.stem().string() + ".png");
      write_image(picture, evidence_sheet(path, bench.faces, *bench.detectors.front(), out.answer()));
      out.picture = picture.string();
    }
    return out;
  } catch (const Error& error) {
    return {path, {}, error, ""};
  }
}

Bench make_bench(const DetectOptions& options, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  AttackDetectors detectors;
  detectors.push_back(make_attack_detector(options.detector, resources));
  FaceAnalyzer faces(resources, analysis_for(detectors));
  const AttackDetectorInfo& info = detectors.front()->info();
  std::optional<ModelThreshold> limit;
  if (options.threshold != "default" || !info.thresholds.empty()) limit = threshold(info, options.threshold);
  AllNotes reference;
  if (!options.reference.empty()) {
    const auto notes = observe_photo(read_image(options.reference), faces, detectors);
    if (!notes) throw Error(ErrorCode::InvalidArgument, options.reference + ": expected a photo of a face");
    reference = *notes;
  }
  return {
      std::move(detectors), std::move(faces), limit, std::move(reference), options.rate_hz, options.explain};
}

int run_detect(const DetectOptions& options, const GlobalOptions& global) {
  const Bench bench = make_bench(options, global);
  if (!options.explain.empty()) std::filesystem::create_directories(options.explain);
  Printer print(bench, global.json);
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
        [&](const std::filesystem::path& path, int) { return assess(bench, path, 1, {}); },
        [&](Result&& result) { return print(result); },
        jobs_of(global));
    if (next == inputs.size()) break;
    const Input& input = inputs[next++];
    print(input.kind == InputKind::Clip
              ? assess(bench,
                       input.path,
                       jobs_of(global),
                       progress_bar(input.path.filename().string(), "frames", global))
              : Result{input.path, {}, Error(ErrorCode::NotFound, problem_of(input)), ""});
  }
  return print.failed ? kBadInput : kDone;
}

}  // namespace

void add_detect(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<DetectOptions>();
  App* verb = app.add_subcommand(
      "detect", "Attack scores of photos, folders and clips (higher: more likely an attack), with reasons");
  verb->fallthrough();
  verb->add_option("paths", options->paths, "Photos, clips, folders of them")->required();
  verb->add_option("--detector",
                   options->detector,
                   "An attack detector (see kyclops methods), or the description of a network (.json)")
      ->capture_default_str();
  verb->add_option("--threshold", options->threshold, "Name of the detector's threshold to judge by")
      ->capture_default_str();
  verb->add_option("--reference",
                   options->reference,
                   "A trusted photo of the same person, for detectors that compare with one")
      ->check(kExistingFile);
  verb->add_option("--explain",
                   options->explain,
                   "Folder for pictures of the evidence: heat maps on the face, frame by frame");
  verb->add_option("--rate", options->rate_hz, "Frames per second of a clip that are looked at; 0: all")
      ->check(kNonNegativeNumber)
      ->capture_default_str();
  verb->footer(
      "A network's score of a clip is the median over its frames with a face. Exit code 3 if an input "
      "failed.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_detect(*options, global); };
  });
}

}  // namespace kyc::cli
