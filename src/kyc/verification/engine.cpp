#include "kyc/verification/engine.h"

#include <algorithm>
#include <cassert>
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
#include "kyc/verification/challenge_face.h"
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
constexpr double kChallengeRateHz = 12;      // of looks at the head while a challenge runs
constexpr double kBlinkRateHz = 30;          // where a blink is due: a tenth of a second must not be missed
constexpr double kBlinkMarginMs = 300;

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

// Which frames are looked at, and how closely.
class Schedule {
 public:
  enum class Look { None, Head, Whole };  // Head: only what the challenge asks

  // rate_hz  of whole looks; 0: every frame
  Schedule(double rate_hz, const Challenge* challenge, const ChallengeLimits& limits)
      : whole_{rate_hz}, challenge_(challenge), limits_(limits) {}

  // time_s  of the next frame, in the order of time
  Look look_at(double time_s) {
    const bool whole = whole_.take(time_s);
    if (challenge_ == nullptr) return whole ? Look::Whole : Look::None;
    head_.rate_hz = blink_is_due(time_s * 1000) ? kBlinkRateHz : kChallengeRateHz;
    const bool head = head_.take(time_s);
    return whole ? Look::Whole : head ? Look::Head : Look::None;
  }

 private:
  struct Grid {
    double rate_hz = 0;
    double next_s = 0;

    bool take(double time_s) {
      if (rate_hz <= 0) return true;
      if (time_s + 5e-4 < next_s) return false;  // as FrameSampler: time stamps are rounded
      next_s = std::max(next_s + 1 / rate_hz, time_s);
      return true;
    }
  };

  bool blink_is_due(double at_ms) const {
    return std::any_of(
        challenge_->prompts.begin(), challenge_->prompts.end(), [&](const ChallengePrompt& prompt) {
          return prompt.action == ChallengeAction::Blink &&
                 at_ms >= static_cast<double>(prompt.from_ms) - kBlinkMarginMs &&
                 at_ms <= static_cast<double>(prompt.until_ms) + limits_.grace_ms + kBlinkMarginMs;
        });
  }

  Grid whole_;
  Grid head_;
  const Challenge* challenge_;
  const ChallengeLimits& limits_;
};

// A frame on its way to a worker.
struct Shot {
  Frame frame;
  bool whole = true;
};

// What one worker finds in one frame.
struct FrameFindings {
  bool whole = true;  // else: only the face
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

// Similarity of what can be compared with the best frame of the neutral phase.
void compare_timeline(ChallengeAnalysis& analysis,
                      const std::vector<SelfieFrame>& comparable_frames,
                      const ChallengeLimits& limits) {
  const auto until = static_cast<double>(analysis.challenge.prompts.front().from_ms);
  const SelfieFrame* reference = nullptr;
  for (const SelfieFrame& frame : comparable_frames) {
    const double at = frame.time_s * 1000;
    if (at < until && at >= until - limits.neutral_ms &&
        (reference == nullptr || frame.quality > reference->quality))
      reference = &frame;
  }
  if (reference == nullptr) return;
  auto frame = comparable_frames.begin();
  for (ChallengeObservation& each : analysis.timeline) {
    while (frame != comparable_frames.end() && frame->time_s * 1000 < each.at_ms) ++frame;
    if (frame == comparable_frames.end()) return;
    if (frame->time_s * 1000 == each.at_ms && each.face)
      each.face->similarity = compare(frame->probe, reference->probe);
  }
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
  std::optional<MrzReader> zone_reader;

  FrameFindings look_at(const Shot& shot) const {
    const Frame& frame = shot.frame;
    FrameFindings out;
    out.whole = shot.whole;
    out.index = frame.index;
    out.time_s = frame.time_s;
    const std::vector<Face> faces = selfie_analyzer.analyze(frame.image);
    if (faces.empty()) return out;
    out.has_face = true;
    out.face = faces.front();
    if (!shot.whole) return out;
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

VerificationEngine::VerificationEngine(const ModelManifest& models,
                                       const VerificationPolicy& policy,
                                       bool read_zone) {
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
                                         {},
                                         std::nullopt});
  if (read_zone) state_->zone_reader.emplace(models);
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

DocumentAnalysis VerificationEngine::analyze_document(const std::filesystem::path& path,
                                                      const std::optional<MrzDate>& today) const {
  try {
    return analyze_document(read_image(path), today);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::NotFound || error.code() == ErrorCode::Internal) throw;
    DocumentAnalysis out;
    out.unreadable = error.what();
    return out;
  }
}

DocumentAnalysis VerificationEngine::analyze_document(const Image& image,
                                                      const std::optional<MrzDate>& today) const {
  DocumentAnalysis out;
  out.width = image.width;
  out.height = image.height;
  out.picture = fit_within(image, kDocumentPictureSide);
  assert(!today || state_->zone_reader);
  if (today) out.zone = DocumentZone{state_->zone_reader->read(image, *today), *today};
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
                                                  const Progress& progress,
                                                  const Challenge* challenge) const {
  SelfieAnalysis out;
  if (challenge != nullptr) {
    check(*challenge);
    out.challenge = ChallengeAnalysis{*challenge, {}, {}};
  }
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
  FrameSampler sampler(
      *reader, 0, policy.max_duration_s, [&](const Frame& frame) { tracer.add(frame.image, frame.time_s); });
  Schedule schedule(policy.analysis_rate_hz, challenge, policy.challenge);
  EvidenceCollector evidence(state_->detectors.size());
  BestFrames best(policy.best_frames);
  std::vector<FaceTemplate> probes;            // one per observation
  std::vector<SelfieFrame> comparable_frames;  // of a challenge; without their pictures
  std::vector<double> changes;
  std::optional<LumaThumbnail> previous;

  const auto look_whole = [&](FrameFindings&& findings) {
    ++out.frames_analysed;
    if (progress) progress(static_cast<std::uint64_t>(out.frames_analysed), expected);
    if (!findings.has_face) {
      previous.reset();
      return;
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
    if (challenge != nullptr && comparable(face.pose)) {
      SelfieFrame frame;
      frame.time_s = findings.time_s;
      frame.quality = findings.quality;
      frame.probe = findings.probe;
      comparable_frames.push_back(std::move(frame));
    }
    best.offer(findings);
  };
  ordered_parallel<Shot, FrameFindings>(
      [&](Shot& shot) {
        while (sampler.next(shot.frame)) {
          const Schedule::Look look = schedule.look_at(shot.frame.time_s);
          shot.whole = look == Schedule::Look::Whole;
          if (look != Schedule::Look::None) return true;
        }
        return false;
      },
      [&](const Shot& shot, int) { return state_->look_at(shot); },
      [&](FrameFindings&& findings) {
        if (out.challenge) {
          ChallengeObservation seen{findings.time_s * 1000, std::nullopt};
          if (findings.has_face) seen.face = challenge_face(findings.face);
          out.challenge->timeline.push_back(seen);
        }
        if (findings.whole) look_whole(std::move(findings));
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
  if (out.challenge) {
    compare_timeline(*out.challenge, comparable_frames, policy.challenge);
    out.challenge->judgement = judge_challenge(*challenge, out.challenge->timeline, policy.challenge);
  }
  return out;
}

}  // namespace kyc
