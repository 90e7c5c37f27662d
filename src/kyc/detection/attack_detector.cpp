#include "kyc/detection/attack_detector.h"

#include <array>
#include <utility>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr std::array<std::pair<AttackKind, std::string_view>, 5> kKinds{
    {{AttackKind::Deepfake, "deepfake"},
     {AttackKind::Presentation, "presentation_attack"},
     {AttackKind::Morph, "morph"},
     {AttackKind::Injection, "injection"},
     {AttackKind::Generated, "generated"}}};

}  // namespace

std::string_view to_string(AttackKind kind) {
  for (const auto& [known, name] : kKinds)
    if (known == kind) return name;
  return "";
}

AttackKind attack_kind_of(std::string_view name) {
  std::string known;
  for (const auto& [kind, text] : kKinds) {
    if (text == name) return kind;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  throw Error(ErrorCode::InvalidArgument, "no kind of attack '" + std::string(name) + "'; known: " + known);
}

const ModelThreshold& threshold(const AttackDetectorInfo& detector, const std::string& name) {
  std::string known;
  for (const ModelThreshold& candidate : detector.thresholds) {
    if (candidate.name == name) return candidate;
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  throw Error(ErrorCode::NotFound,
              "detector " + detector.name + " has no threshold '" + name +
                  "'; known: " + (known.empty() ? "none" : known));
}

std::vector<std::pair<std::size_t, std::size_t>> frame_pairs(std::span<const SeenFrame> frames) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  std::size_t earlier = 0;
  for (std::size_t later = 1; later < frames.size(); ++later) {
    const double limit = frames[later].time_s - kPairSeconds;
    if (frames[0].time_s > limit) continue;
    while (frames[earlier + 1].time_s <= limit) ++earlier;
    if (frames[later].time_s - frames[earlier].time_s <= kMostPairSeconds) out.emplace_back(earlier, later);
  }
  return out;
}

std::optional<NotApplicable> missing_evidence(const AttackDetectorInfo& detector, const Evidence& evidence) {
  if (evidence.frames.empty()) return NotApplicable{"no_face", "no face was found"};
  if (detector.needs_clip && evidence.trace == nullptr)
    return NotApplicable{"needs_clip", "it says nothing of a photo: it looks at how a face changes"};
  if (evidence.frames.size() < static_cast<std::size_t>(detector.min_frames))
    return NotApplicable{"too_few_frames",
                         "it needs " + std::to_string(detector.min_frames) + " frames with a face, got " +
                             std::to_string(evidence.frames.size())};
  if (detector.needs_reference && evidence.reference == nullptr)
    return NotApplicable{"needs_reference", "it compares with a trusted capture of the same person"};
  return std::nullopt;
}

}  // namespace kyc
