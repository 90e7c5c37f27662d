// kyclops face compare: are these photos and clips of the same person?

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "kyc/cli/commands.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/core/outcome.h"
#include "kyc/core/pipeline.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/recognition/recognizer.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

struct FaceCompareFlags {
  std::vector<std::string> paths;
  std::string model = "fr_feature";
  std::string detector = "fr_detect";
  std::string threshold = "fmr_1e-3";
};

// The person that an input shows: the largest face of a photo, the best frames of a clip.
struct Subject {
  fs::path path;
  std::size_t faces = 0;  // in the photo, or in the best frame
  std::int64_t frames = 1;
  double time_s = 0;  // of the best frame
  Box box;            // in the photo or the best frame
  FaceTemplate face_template;
};

struct Failure {
  Json json;
};

struct Engine {
  FaceAnalyzer pictures;
  FaceAnalyzer frames;
  Recognizer recognizer;
};

Failure no_face(const fs::path& path) {
  return {failure_to_json(path, "no_face", path.string() + ": no face found")};
}

Outcome<Subject, Failure> subject_of_picture(const Engine& engine, const fs::path& path) {
  const Image image = read_image(path);
  const std::vector<Face> faces = engine.pictures.analyze(image);
  if (faces.empty()) return no_face(path);
  Subject subject;
  subject.path = path;
  subject.faces = faces.size();
  subject.box = faces.front().detection.box;
  subject.face_template = engine.recognizer.extract(image, faces.front().points);
  return subject;
}

// A frame that may stand for the clip.
struct Candidate {
  double time_s = 0;
  double merit = 0;  // large faces that look into the camera come first
  std::size_t faces = 0;
  Box box;
  FaceTemplate face_template;
};

std::optional<Candidate> candidate_of(const Engine& engine, const Frame& frame) {
  const std::vector<Face> faces = engine.frames.analyze(frame.image);
  if (faces.empty()) return std::nullopt;
  const Face& face = faces.front();
  constexpr double kHalfMerit = 20;  // degrees away from the camera
  const double turned = std::hypot(face.pose.yaw, face.pose.pitch);
  return Candidate{frame.time_s,
                   inter_eye_distance(face.points) * std::exp2(-turned / kHalfMerit),
                   faces.size(),
                   face.detection.box,
                   engine.recognizer.extract(frame.image, face.points)};
}

// The mean of the templates, of unit length.
FaceTemplate mean_of(const std::vector<Candidate>& candidates) {
  FaceTemplate mean = candidates.front().face_template;
  for (std::size_t k = 1; k < candidates.size(); ++k)
    for (std::size_t i = 0; i < mean.values.size(); ++i)
      mean.values[i] += candidates[k].face_template.values[i];
  double sum = 0;
  for (const float value : mean.values) sum += static_cast<double>(value) * value;
  for (float& value : mean.values) value = static_cast<float>(value / std::sqrt(sum));
  return mean;
}

Outcome<Subject, Failure> subject_of_clip(const Engine& engine,
                                          const fs::path& path,
                                          const GlobalOptions& global) {
  constexpr double kLooksPerSecond = 5;
  constexpr std::size_t kBestFrames = 5;
  VideoReader reader(path);
  const Progress progress = progress_bar(path.filename().string(), "frames", global);
  FrameSampler sampler(reader, kLooksPerSecond);
  std::vector<Candidate> best;
  ordered_parallel<Frame, std::optional<Candidate>>(
      [&](Frame& frame) { return sampler.next(frame); },
      [&](Frame& frame, int) { return candidate_of(engine, frame); },
      [&](std::optional<Candidate>&& candidate) {
        if (candidate) best.push_back(std::move(*candidate));
        std::stable_sort(
            best.begin(), best.end(), [](const auto& a, const auto& b) { return a.merit > b.merit; });
        if (best.size() > kBestFrames) best.pop_back();
        return true;
      },
      jobs_of(global));
  if (best.empty()) return no_face(path);
  return Subject{
      path, best.front().faces, sampler.frames_read(), best.front().time_s, best.front().box, mean_of(best)};
}

Outcome<Subject, Failure> subject_of(const Engine& engine, const Input& input, const GlobalOptions& global) {
  try {
    if (input.kind == InputKind::Picture) return subject_of_picture(engine, input.path);
    if (input.kind == InputKind::Clip) return subject_of_clip(engine, input.path, global);
    throw Error(ErrorCode::NotFound, problem_of(input));
  } catch (const Error& error) {
    return Failure{failure_to_json(input.path, error)};
  }
}

Json subject_to_json(const Subject& subject) {
  return {{"path", subject.path.string()},
          {"frames", subject.frames},
          {"faces", subject.faces},
          {"time_s", subject.time_s},
          {"box", {subject.box.x, subject.box.y, subject.box.width, subject.box.height}}};
}

// returns  whether it is the same person at the chosen threshold
bool report_pair(const Subject& probe,
                 const Subject& reference,
                 const ModelEntry& model,
                 const std::string& chosen,
                 bool as_json) {
  const double similarity = compare(probe.face_template, reference.face_template);
  const bool same = similarity >= threshold(model, chosen).value;
  if (as_json) {
    Json json = {{"probe", subject_to_json(probe)},
                 {"reference", subject_to_json(reference)},
                 {"model", model.name},
                 {"similarity", similarity}};
    json["thresholds"] = Json::array();
    for (const ModelThreshold& t : model.thresholds)
      json["thresholds"].push_back(
          {{"name", t.name}, {"value", t.value}, {"rate", t.rate}, {"same_person", similarity >= t.value}});
    json["threshold"] = chosen;
    json["same_person"] = same;
    print_json(json);
    return same;
  }
  std::printf("%s\n%s\n  similarity %.3f: %s\n",
              probe.path.string().c_str(),
              reference.path.string().c_str(),
              similarity,
              same ? "the same person" : "not the same person");
  for (const ModelThreshold& t : model.thresholds)
    std::printf("  %s %-9s %6.3f  %-24s %s\n",
                t.name == chosen ? "*" : " ",
                t.name.c_str(),
                t.value,
                similarity >= t.value ? "same person" : "not the same person",
                t.rate.substr(0, t.rate.find(" (")).c_str());
  for (const Subject* subject : {&probe, &reference})
    if (subject->faces > 1)
      std::printf("  %s shows %zu faces; the largest was compared\n",
                  subject->path.filename().string().c_str(),
                  subject->faces);
  return same;
}

int run_compare(const FaceCompareFlags& options, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  AnalyzerOptions picture_options;
  picture_options.detector = options.detector;
  picture_options.search = Search::UntilFound;
  picture_options.eyes = false;
  AnalyzerOptions frame_options = picture_options;
  frame_options.search = Search::Whole;
  const Engine engine{FaceAnalyzer(resources, picture_options),
                      FaceAnalyzer(resources, frame_options),
                      Recognizer(resources, options.model)};
  const ModelEntry& model = engine.recognizer.model();
  threshold(model, options.threshold);  // an unknown name ends here, before the work

  std::vector<Subject> subjects;
  bool failed = false;
  for (const Input& input : inputs_of(options.paths)) {
    Outcome<Subject, Failure> subject = subject_of(engine, input, global);
    if (subject) {
      subjects.push_back(std::move(subject.value()));
      continue;
    }
    failed = true;
    const Json& json = subject.reason().json;
    std::fprintf(stderr, "kyclops: %s\n", json["error"]["message"].get<std::string>().c_str());
    if (global.json) print_json(json);
  }
  if (!failed && subjects.size() < 2)
    throw Error(ErrorCode::InvalidArgument, "face compare: expected at least two photos or clips, got one");

  bool all_same = true;
  for (std::size_t i = 0; i < subjects.size(); ++i)
    for (std::size_t j = i + 1; j < subjects.size(); ++j)
      all_same = report_pair(subjects[i], subjects[j], model, options.threshold, global.json) && all_same;
  if (failed) return kBadInput;
  return all_same ? kDone : kAnswerIsNo;
}

}  // namespace

void add_face_compare(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<FaceCompareFlags>();
  App* verb = noun(app, "face", "Faces in photos and clips")
                  ->add_subcommand("compare", "Do these photos and clips show the same person?");
  verb->fallthrough();
  verb->add_option("path", options->paths, "Two or more photos, clips, or folders of them")->required();
  verb->add_option("--model", options->model, "Recogniser; see kyclops models list")->capture_default_str();
  verb->add_option("--detector", options->detector, "How faces are found; see kyclops methods")
      ->capture_default_str();
  verb->add_option("--threshold", options->threshold, "The model's threshold that decides")
      ->capture_default_str();
  verb->footer(
      "Every pair is compared. Exit code 0: all show the same person; 1: some pair does not; 3: an input "
      "could not be\n"
      "read or shows no face.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_compare(*options, global); };
  });
}

}  // namespace kyc::cli
