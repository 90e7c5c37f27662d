#include "kyc/detection/assess.h"

#include <algorithm>
#include <utility>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/pipeline.h"
#include "kyc/image/codec.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMaxPictureBytes = 256ULL << 20;

// Of one frame.
struct Look {
  std::optional<Face> face;
  AllNotes notes;
  std::int64_t index = 0;
  double time_s = 0;
  Image image;  // kept only where somebody wants to see it
};

Look look_at(const Frame& frame,
             const FaceAnalyzer& faces,
             std::span<const std::unique_ptr<AttackDetector>> detectors,
             bool keep_image) {
  Look out;
  out.index = frame.index;
  out.time_s = frame.time_s;
  const std::vector<FaceDetection> found = faces.detect(frame.image);
  if (found.empty()) return out;
  const auto largest = std::max_element(
      found.begin(), found.end(), [](const auto& a, const auto& b) { return a.box.area() < b.box.area(); });
  out.face = faces.describe(frame.image, *largest);
  out.notes = observe_all(detectors, {frame.image, *out.face});
  if (keep_image) out.image = frame.image;
  return out;
}

// Hands on what was seen of a frame.
void take(MediaAssessment& out, Look&& look, const AssessOptions& options) {
  ++out.frames;
  if (!look.face) return;
  SeenFrame seen{look.index, look.time_s, *look.face};
  if (options.on_face) options.on_face({look.image, *look.face}, seen);
  out.seen.add(seen, std::move(look.notes));
}

bool starts_like_a_picture(const std::filesystem::path& path, std::vector<std::uint8_t>& bytes) {
  try {
    bytes = read_file(path, kMaxPictureBytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::NotFound) throw;
    return false;  // too large for a picture
  }
  return is_image(bytes);
}

}  // namespace

AllNotes observe_all(std::span<const std::unique_ptr<AttackDetector>> detectors, const FaceFrame& frame) {
  AllNotes out;
  out.reserve(detectors.size());
  for (const auto& detector : detectors) out.push_back(detector->observe(frame));
  return out;
}

void EvidenceCollector::add(SeenFrame frame, AllNotes&& notes) {
  frames_.push_back(frame);
  for (std::size_t i = 0; i < notes_.size(); ++i) notes_[i].push_back(std::move(notes.at(i)));
}

Evidence EvidenceCollector::evidence(std::size_t detector, const ClipTrace* trace) const {
  return {frames_, notes_.at(detector), trace, nullptr};
}

std::vector<AttackAssessment> EvidenceCollector::conclude(
    std::span<const std::unique_ptr<AttackDetector>> detectors,
    const ClipTrace* trace,
    const AllNotes& reference) const {
  std::vector<AttackAssessment> out;
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    Evidence all = evidence(i, trace);
    if (!reference.empty()) all.reference = &reference.at(i);
    out.push_back(detectors[i]->conclude(all));
  }
  return out;
}

AnalyzerOptions analysis_for(std::span<const std::unique_ptr<AttackDetector>> detectors) {
  AnalyzerOptions out;
  out.pose = out.eyes = std::any_of(
      detectors.begin(), detectors.end(), [](const auto& detector) { return detector->info().needs_pose; });
  return out;
}

MediaAssessment assess_file(const std::filesystem::path& path,
                            const FaceAnalyzer& faces,
                            std::span<const std::unique_ptr<AttackDetector>> detectors,
                            const AssessOptions& options,
                            const AllNotes& reference,
                            const Progress& progress) {
  MediaAssessment out;
  out.seen = EvidenceCollector(detectors.size());
  const bool keep = static_cast<bool>(options.on_face);
  if (std::vector<std::uint8_t> bytes; starts_like_a_picture(path, bytes)) {
    const Frame frame{0, 0, decode_image(bytes, path.string())};
    take(out, look_at(frame, faces, detectors, keep), options);
    if (options.conclude) out.findings = out.seen.conclude(detectors, nullptr, reference);
    return out;
  }
  out.clip = true;
  VideoReader reader(path);
  ClipTracer tracer;
  FrameSampler sampler(reader, options.rate_hz, options.max_s, [&tracer](const Frame& frame) {
    tracer.add(frame.image, frame.time_s);
  });
  ordered_parallel<Frame, Look>(
      [&](Frame& frame) { return sampler.next(frame); },
      [&](const Frame& frame, int) { return look_at(frame, faces, detectors, keep); },
      [&](Look&& look) {
        take(out, std::move(look), options);
        if (progress) progress(static_cast<std::uint64_t>(out.frames), 0);
        return true;
      },
      options.jobs);
  out.damage = reader.damage().message;
  out.trace = tracer.trace();
  if (options.conclude) out.findings = out.seen.conclude(detectors, &out.trace, reference);
  return out;
}

std::optional<AllNotes> observe_photo(const Image& image,
                                      const FaceAnalyzer& faces,
                                      std::span<const std::unique_ptr<AttackDetector>> detectors) {
  Look look = look_at({0, 0, image}, faces, detectors, false);
  if (!look.face) return std::nullopt;
  return std::move(look.notes);
}

}  // namespace kyc
