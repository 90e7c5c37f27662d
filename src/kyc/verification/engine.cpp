#include "kyc/verification/engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/pipeline.h"
#include "kyc/detection/assess.h"
#include "kyc/detection/detectors.h"
#include "kyc/face/alignment.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/verification/frame_change.h"
#include "kyc/verification/frame_quality.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

constexpr int kDocumentPictureSide = 1600;  // pixels, of the evidence
constexpr int kSelfiePictureSide = 960;
constexpr float kComparableDegrees = 35.0F;  // beyond, templates of the same person drift apart
constexpr double kBestFrameSpacing = 0.4;    // seconds: frames closer together show the same thing

Image fit_within(const Image& image, int side) {
  const int longer = std::max(image.width, image.height);
  if (longer <= side) return image;
  const double scale = static_cast<double>(side) / longer;
  return resize(image,
                std::max(1, static_cast<int>(std::lround(image.width * scale))),
                std::max(1, static_cast<int>(std::lround(image.height * scale))),
                Interpolation::Area);
}

bool comparable(const HeadPose& pose) {
  return std::abs(pose.yaw) <= kComparableDegrees && std::abs(pose.pitch) <= kComparableDegrees;
}

// What one worker finds in one frame.
struct FrameFindings {
  std::int64_t index = 0;
  double time_s = 0;
  bool has_face = false;
  bool second_face = false;
  Face face;
  double quality = 0;
  std::optional<double> attack_score;
  AllNotes notes;
  FaceTemplate probe;
  LumaThumbnail thumbnail;
  Image picture;
};

// Keeps the best frames seen so far, none closer to a better one than kBestFrameSpacing.
class BestFrames {
 public:
  explicit BestFrames(int count) : count_(static_cast<std::size_t>(count)) {}

  void offer(FrameFindings& findings) {
    if (frames_.size() == count_ && findings.quality <= frames_.back().quality) return;
    for (const SelfieFrame& kept : frames_)
      if (std::abs(kept.time_s - findings.time_s) < kBestFrameSpacing && kept.quality >= findings.quality)
        return;
    std::erase_if(frames_, [&](const SelfieFrame& kept) {
      return std::abs(kept.time_s - findings.time_s) < kBestFrameSpacing;
    });
    if (frames_.size() == count_) frames_.pop_back();
    SelfieFrame frame{.index = findings.index,
                      .time_s = findings.time_s,
                      .quality = findings.quality,
                      .face = findings.face,
                      .probe = findings.probe,
                      .attack_score = findings.attack_score,
                      .width = findings.picture.width,
                      .picture = std::move(findings.picture)};
    const auto place =
        std::upper_bound(frames_.begin(), frames_.end(), frame, [](const auto& a, const auto& b) {
          return a.quality > b.quality;
        });
    frames_.insert(place, std::move(frame));
  }

  std::vector<SelfieFrame> take() && { return std::move(frames_); }

 private:
  std::size_t count_;
  std::vector<SelfieFrame> frames_;  // best first
};

DetectorAnswer answer_of(const AttackAssessment& assessment) {
  if (assessment) return {*assessment, ""};
  return {std::nullopt, assessment.reason().message};
}

bool starts_like_an_image(const std::filesystem::path& path) {
  try {
    return is_image(read_file(path, 64ULL << 20));
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

struct VerificationEngine::State {
  VerificationPolicy policy;
  FaceAnalyzer document_analyzer;
  FaceAnalyzer selfie_analyzer;
  Recognizer recogniser;
  AttackDetectors detectors;  // of presentation attacks; then of deepfakes, if the policy asks one

  FrameFindings look_at(const Frame& frame) const {
    FrameFindings out;
    out.index = frame.index;
    out.time_s = frame.time_s;
    const std::vector<Face> faces = selfie_analyzer.analyze(frame.image);
    if (faces.empty()) return out;
    out.has_face = true;
    out.face = faces.front();
    out.second_face = faces.size() > 1 && inter_eye_distance(faces[1].points) >=
                                              policy.second_face * inter_eye_distance(out.face.points);
    out.quality = frame_quality(frame.image, out.face);
    out.probe = recogniser.extract(frame.image, out.face.points);
    out.notes = observe_all(detectors, {frame.image, out.face, &out.probe});
    out.attack_score = detectors.front()->frame_score(out.notes.front());
    out.thumbnail = luma_thumbnail(frame.image);
    out.picture = frame.image;
    return out;
  }
};

VerificationEngine::VerificationEngine(const ModelManifest& models, const VerificationPolicy& policy) {
  check(policy);
  const ModelResources resources{models, {}};
  AnalyzerOptions options;
  options.detector = policy.detector;
  AnalyzerOptions document_options = options;
  document_options.search = Search::UntilFound;
  state_ = std::make_unique<State>(State{policy,
                                         FaceAnalyzer(resources, document_options),
                                         FaceAnalyzer(resources, options),
                                         Recognizer(resources, policy.recogniser),
                                         {}});
  state_->detectors.push_back(make_attack_detector(policy.attack_detector, resources));
  if (policy.deepfake_detector != "none")
    state_->detectors.push_back(make_attack_detector(policy.deepfake_detector, resources));
  threshold(recogniser(), policy.similarity_threshold);
  threshold(recogniser(), policy.review_threshold);
  threshold(attack_detector(), policy.attack_threshold);
  if (deepfake_detector() != nullptr) threshold(*deepfake_detector(), policy.deepfake_threshold);
}

VerificationEngine::~VerificationEngine() = default;
VerificationEngine::VerificationEngine(VerificationEngine&&) noexcept = default;

const VerificationPolicy& VerificationEngine::policy() const {
  return state_->policy;
}
const ModelEntry& VerificationEngine::recogniser() const {
  return state_->recogniser.model();
}
const AttackDetectorInfo& VerificationEngine::attack_detector() const {
  return state_->detectors.front()->info();
}
const AttackDetectorInfo* VerificationEngine::deepfake_detector() const {
  return state_->detectors.size() > 1 ? &state_->detectors[1]->info() : nullptr;
}

DocumentAnalysis VerificationEngine::analyze_document(const std::filesystem::path& path) const {
  try {
    return analyze_document(read_image(path));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::NotFound || error.code() == ErrorCode::Internal) throw;
    DocumentAnalysis out;
    out.unreadable = error.what();
    return out;
  }
}

DocumentAnalysis VerificationEngine::analyze_document(const Image& image) const {
  DocumentAnalysis out;
  out.width = image.width;
  out.height = image.height;
  out.picture = fit_within(image, kDocumentPictureSide);
  out.faces = state_->document_analyzer.analyze(image);
  if (out.faces.empty()) return out;
  out.portrait = align_face(image, out.faces.front().points);
  out.reference = state_->recogniser.extract(image, out.faces.front().points);
  if (out.faces.size() > 1) {
    out.second_face = inter_eye_distance(out.faces[1].points) / inter_eye_distance(out.faces.front().points);
    out.second_face_similarity =
        compare(state_->recogniser.extract(image, out.faces[1].points), out.reference);
  }
  return out;
}

SelfieAnalysis VerificationEngine::analyze_selfie(const std::filesystem::path& path,
                                                  int jobs,
                                                  const Progress& progress) const {
  SelfieAnalysis out;
  std::optional<VideoReader> reader;
  try {
    reader.emplace(path);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::NotFound || error.code() == ErrorCode::Internal) throw;
    if (starts_like_an_image(path))
      out.frames_read = 1;  // a photo instead of a clip: too short, not unreadable
    else
      out.unreadable = error.what();
    return out;
  }

  const VerificationPolicy& policy = state_->policy;
  const double rate = policy.analysis_rate_hz > 0 ? policy.analysis_rate_hz : reader->info().frame_rate;
  const auto expected =
      static_cast<std::uint64_t>(std::min(reader->info().duration_s, policy.max_duration_s) * rate);
  ClipTracer tracer;
  FrameSampler sampler(*reader, policy.analysis_rate_hz, policy.max_duration_s, [&](const Frame& frame) {
    tracer.add(frame.image, frame.time_s);
  });
  EvidenceCollector evidence(state_->detectors.size());
  BestFrames best(policy.best_frames);
  std::vector<FaceTemplate> probes;  // one per observation
  std::vector<double> changes;
  std::optional<LumaThumbnail> previous;

  ordered_parallel<Frame, FrameFindings>(
      [&](Frame& frame) { return sampler.next(frame); },
      [&](const Frame& frame, int) { return state_->look_at(frame); },
      [&](FrameFindings&& findings) {
        ++out.frames_analysed;
        if (progress) progress(static_cast<std::uint64_t>(out.frames_analysed), expected);
        if (!findings.has_face) {
          previous.reset();
          return true;
        }
        const Face& face = findings.face;
        if (findings.second_face) ++out.frames_with_second_face;
        if (previous) changes.push_back(mean_change(*previous, findings.thumbnail, face.detection.box));
        previous = std::move(findings.thumbnail);
        evidence.add({findings.index, findings.time_s, face}, std::move(findings.notes));
        out.track.push_back({findings.time_s,
                             face.pose,
                             face.pose_geometric,
                             static_cast<double>(inter_eye_distance(face.points)),
                             static_cast<double>(std::min(face.eyes.image_left, face.eyes.image_right)),
                             std::nullopt});
        probes.push_back(findings.probe);
        best.offer(findings);
        return true;
      },
      jobs);

  out.frames_read = sampler.frames_read();
  out.duration_s = sampler.last_s();
  out.cut_at_max_duration = sampler.cut();
  out.damage = reader->damage().message;
  out.best = std::move(best).take();
  const std::vector<AttackAssessment> answers = evidence.conclude(state_->detectors, &tracer.trace());
  out.attack = answer_of(answers.front());
  if (answers.size() > 1) out.deepfake = answer_of(answers[1]);
  for (SelfieFrame& frame : out.best) frame.picture = fit_within(frame.picture, kSelfiePictureSide);
  if (!changes.empty()) {
    const auto middle = changes.begin() + static_cast<std::ptrdiff_t>(changes.size() / 2);
    std::nth_element(changes.begin(), middle, changes.end());
    out.change = *middle;
  }
  for (std::size_t i = 0; i < out.track.size(); ++i)
    if (comparable(out.track[i].pose))
      out.track[i].self_similarity = compare(probes[i], out.best.front().probe);
  return out;
}

}  // namespace kyc
