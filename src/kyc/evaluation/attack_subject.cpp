// The detectors that can be put to the test: registered ones, external programs and endpoints.

#include <algorithm>
#include <mutex>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/detection/assess.h"
#include "kyc/detection/detectors.h"
#include "kyc/evaluation/attack_scores.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/subjects.h"
#include "kyc/face/analyzer.h"

namespace kyc {

void score_files(std::span<const std::filesystem::path> files,
                 int frames,
                 int jobs,
                 const std::function<std::optional<double>(const Image&)>& score,
                 const AttackSubject::Sink& sink) {
  std::mutex mutex;
  parallel_for(files.size(), jobs, [&](std::size_t i, int) {
    FileScores out;
    try {
      for (const Image& image : frames_of(files[i], frames)) out.frames.push_back(score(image));
    } catch (const Error& error) {
      // A damaged file is an outcome of the evaluation, a missing one a mistake of the data set.
      if (error.code() != ErrorCode::Corrupt && error.code() != ErrorCode::Unsupported) throw;
      out.failure = "undecodable";
    }
    const std::lock_guard lock(mutex);
    sink(i, std::move(out));
  });
}

AnalyzerOptions subject_analysis() {
  AnalyzerOptions out;
  out.pose = out.eyes = false;
  return out;
}

const FaceDetection* largest_face(const std::vector<FaceDetection>& faces) {
  if (faces.empty()) return nullptr;
  return &*std::max_element(faces.begin(), faces.end(), [](const FaceDetection& a, const FaceDetection& b) {
    return a.box.area() < b.box.area();
  });
}

namespace {

class RegisteredSubject final : public AttackSubject {
 public:
  RegisteredSubject(std::string name, const ModelResources& resources, const AttackSubjectOptions& options)
      : name_(std::move(name)), options_(options) {
    detectors_.push_back(make_attack_detector(name_, resources));
    faces_.emplace(resources, analysis_for(detectors_));
  }

  std::string name() const override { return name_; }
  std::vector<std::pair<std::string, std::string>> record() const override {
    std::string models;
    for (const DetectorModel& model : detector().info().models)
      models += ", model " + model.name + ", sha256 " + model.sha256;
    return {{"detector", name_ + models},
            {"faces", "the largest one that fr_detect finds"},
            {"frames of a clip",
             detector().info().per_frame ? std::to_string(options_.frames) + ", evenly over its length"
                                         : "all of them as a whole, five a second"}};
  }
  std::optional<double> threshold() const override {
    const auto& all = detector().info().thresholds;
    return all.empty() ? std::nullopt : std::optional(all.front().value);
  }

  void score(std::span<const std::filesystem::path> files, const Sink& sink) override {
    if (detector().info().per_frame)
      score_files(
          files,
          options_.frames,
          options_.jobs,
          [this](const Image& image) { return score_of(image); },
          sink);
    else
      score_wholes(files, sink);
  }

  std::optional<std::vector<std::optional<double>>> score_frames(
      std::span<const Image> images) const override {
    if (!detector().info().per_frame) return std::nullopt;
    std::vector<std::optional<double>> out;
    for (const Image& image : images) out.push_back(score_of(image));
    return out;
  }

 private:
  const AttackDetector& detector() const { return *detectors_.front(); }

  std::optional<double> score_of(const Image& image) const {
    const std::optional<AllNotes> notes = observe_photo(image, *faces_, detectors_);
    return notes ? detector().frame_score(notes->front()) : std::nullopt;
  }

  // One score per file, of all that was seen of it.
  void score_wholes(std::span<const std::filesystem::path> files, const Sink& sink) const {
    std::mutex mutex;
    parallel_for(files.size(), options_.jobs, [&](std::size_t i, int) {
      FileScores out;
      try {
        const MediaAssessment found = assess_file(files[i], *faces_, detectors_, {});
        const AttackAssessment& answer = found.findings.front();
        if (answer)
          out.frames.emplace_back(answer->score);
        else
          out.failure = answer.reason().code;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::Corrupt && error.code() != ErrorCode::Unsupported) throw;
        out.failure = "undecodable";
      }
      const std::lock_guard lock(mutex);
      sink(i, std::move(out));
    });
  }

  std::string name_;
  AttackSubjectOptions options_;
  AttackDetectors detectors_;  // one
  std::optional<FaceAnalyzer> faces_;
};

// A program or an endpoint: one score per file.
class ExternalAttackSubject final : public AttackSubject {
 public:
  ExternalAttackSubject(const std::string& spec, const AttackSubjectOptions& options)
      : system_(spec, AnswerKind::Score, {"file"}, options.limits, options.jobs) {}

  std::string name() const override { return system_.name(); }
  std::vector<std::pair<std::string, std::string>> record() const override { return system_.record(); }

  void score(std::span<const std::filesystem::path> files, const Sink& sink) override {
    std::vector<std::vector<std::filesystem::path>> questions;
    for (const auto& file : files) questions.push_back({std::filesystem::absolute(file)});
    const std::vector<ExternalAnswer> answers = system_.ask(questions);
    for (std::size_t i = 0; i < files.size(); ++i) {
      FileScores out;
      if (answers[i])
        out.frames.emplace_back(answers[i]->score);
      else
        out.failure = answers[i].reason().reason;
      sink(i, std::move(out));
    }
  }

 private:
  ExternalSystem system_;
};

}  // namespace

std::unique_ptr<AttackSubject> make_attack_subject(const std::string& spec,
                                                   const ModelResources& resources,
                                                   const AttackSubjectOptions& options) {
  if (is_external(spec)) return std::make_unique<ExternalAttackSubject>(spec, options);
  if (spec.starts_with("onnx:")) return make_onnx_attack_subject(spec.substr(5), resources, options);
  return std::make_unique<RegisteredSubject>(spec, resources, options);
}

}  // namespace kyc
