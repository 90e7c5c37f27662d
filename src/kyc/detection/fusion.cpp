#include "kyc/detection/fusion.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/detection/assess.h"
#include "kyc/detection/detectors.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr double kMostLogOdds = 6;
constexpr int kMapCells = 32;

// The notes of all members one after another, each with its length before it.
FrameNotes joined(const AllNotes& all) {
  FrameNotes out;
  for (const FrameNotes& notes : all) {
    out.push_back(static_cast<float>(notes.size()));
    out.insert(out.end(), notes.begin(), notes.end());
  }
  return out;
}

AllNotes parted(const FrameNotes& notes) {
  AllNotes out;
  for (std::size_t at = 0; at < notes.size();) {
    const auto count = static_cast<std::ptrdiff_t>(notes[at]);
    const auto begin = notes.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    out.emplace_back(begin, begin + count);
    at += static_cast<std::size_t>(count) + 1;
  }
  return out;
}

bool is_seen(const AttackDetectorInfo& member, AttackKind kind) {
  return std::find(member.detects.begin(), member.detects.end(), kind) != member.detects.end();
}

class Fusion final : public AttackDetector {
 public:
  Fusion(LinearModelFile file, const std::filesystem::path& path, const ModelResources& resources)
      : file_(std::move(file)) {
    info_.name = file_.detector;
    info_.source = "linear fusion of " + std::to_string(file_.model.terms.size()) + " detectors";
    info_.thresholds = file_.thresholds;
    for (const LinearTerm& term : file_.model.terms) {
      if (term.name == file_.detector)
        throw Error(ErrorCode::Corrupt, path.string() + ": a fusion can not be its own member");
      members_.push_back(make_attack_detector(term.name, resources));
      const AttackDetectorInfo& member = members_.back()->info();
      for (const AttackKind kind : member.detects)
        if (!is_seen(info_, kind)) info_.detects.push_back(kind);
      info_.needs_pose = info_.needs_pose || member.needs_pose;
      for (const DetectorModel& model : member.models) info_.models.push_back(model);
    }
    info_.models.push_back({"detectors/" + path.filename().string(), file_.sha256});
  }

  const AttackDetectorInfo& info() const override { return info_; }

  FrameNotes observe(const FaceFrame& frame) const override { return joined(observe_all(members_, frame)); }

  AttackAssessment conclude(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info_, evidence)) return *missing;
    std::vector<std::vector<FrameNotes>> notes(members_.size());
    for (const FrameNotes& one : evidence.notes) {
      AllNotes parts = parted(one);
      for (std::size_t i = 0; i < members_.size(); ++i) notes[i].push_back(std::move(parts.at(i)));
    }
    AttackFinding finding;
    std::vector<double> values;
    std::size_t answers = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const AttackAssessment answer =
          members_[i]->conclude({evidence.frames, notes[i], evidence.trace, nullptr});
      const bool one_sided = speaks_for_attacks_only(members_[i]->info());
      const double nothing = one_sided ? 0 : file_.model.terms[i].mean;
      values.push_back(answer ? fusion_log_odds(answer->score) : nothing);
      if (one_sided) values.back() = std::max(0.0, values.back());
      answers += answer ? 1 : 0;
      if (answer)
        finding.signals.push_back(
            {members_[i]->info().name, answer->score, in_words(*members_[i], *answer), 0.0});
    }
    if (answers == 0) return NotApplicable{"no_member", "none of its members says anything of this sample"};
    const std::vector<double> parts = contributions(file_.model, values);
    for (EvidenceSignal& signal : finding.signals)
      for (std::size_t i = 0; i < members_.size(); ++i)
        if (members_[i]->info().name == signal.name) signal.contribution = parts[i];
    std::stable_sort(finding.signals.begin(), finding.signals.end(), [](const auto& a, const auto& b) {
      return std::abs(*a.contribution) > std::abs(*b.contribution);
    });
    finding.score = logistic(log_odds(file_.model, values));
    return finding;
  }

  // Of every place, what the member says that is surest of it, of those members that count; as strong as what
  // they say together of this frame, at most.
  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    double most = 0;
    for (const LinearTerm& term : file_.model.terms) most = std::max(most, term.weight / term.scale);
    std::optional<EvidenceMap> out;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const LinearTerm& term = file_.model.terms[i];
      if (term.weight / term.scale < most / 4) continue;
      const auto map = members_[i]->evidence_map(frame);
      if (!map) continue;
      if (!out) {
        const Box& face = frame.face.detection.box;
        const float side = std::max(face.width, face.height) * 1.8F;
        out = EvidenceMap{{face.center().x - side / 2, face.center().y - side / 2, side, side},
                          kMapCells,
                          kMapCells,
                          std::vector<float>(static_cast<std::size_t>(kMapCells) * kMapCells),
                          "strongest evidence of:"};
      }
      out->method += " " + members_[i]->info().name;
      overlay(*out, *map);
    }
    if (!out) return out;
    const FrameNotes notes = observe(frame);
    const SeenFrame seen{0, 0, frame.face};
    const AttackAssessment alone = conclude({std::span(&seen, 1), std::span(&notes, 1), nullptr, nullptr});
    if (alone)
      for (float& value : out->values) value *= static_cast<float>(alone->score);
    return out;
  }

 private:
  // What a member found, in the words of its strongest own signal.
  static std::string in_words(const AttackDetector& member, const AttackFinding& finding) {
    std::string out;
    for (const AttackKind kind : member.info().detects)
      out += (out.empty() ? "score of " : ", ") + std::string(to_string(kind));
    if (!finding.signals.empty()) out += "; above all: " + finding.signals.front().meaning;
    return out;
  }

  static void overlay(EvidenceMap& out, const EvidenceMap& map) {
    for (int row = 0; row < out.rows; ++row)
      for (int column = 0; column < out.columns; ++column) {
        const float x = out.area.x + (static_cast<float>(column) + 0.5F) * out.area.width / kMapCells;
        const float y = out.area.y + (static_cast<float>(row) + 0.5F) * out.area.height / kMapCells;
        const float u = (x - map.area.x) / map.area.width;
        const float v = (y - map.area.y) / map.area.height;
        if (u < 0 || v < 0 || u >= 1 || v >= 1) continue;
        const auto from =
            static_cast<std::size_t>(static_cast<int>(v * static_cast<float>(map.rows)) * map.columns +
                                     static_cast<int>(u * static_cast<float>(map.columns)));
        float& value = out.values[static_cast<std::size_t>(row * out.columns + column)];
        value = std::max(value, map.values[from]);
      }
  }

  LinearModelFile file_;
  AttackDetectors members_;
  AttackDetectorInfo info_;
};

// The fusion that is shipped.
class ShippedFusion final : public AttackDetector {
 public:
  explicit ShippedFusion(const ModelResources& resources)
      : fusion_(fused_detector(linear_model_file(resources.models, "fusion"), resources)) {}
  const AttackDetectorInfo& info() const override { return fusion_->info(); }
  FrameNotes observe(const FaceFrame& frame) const override { return fusion_->observe(frame); }
  AttackAssessment conclude(const Evidence& evidence) const override { return fusion_->conclude(evidence); }
  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    return fusion_->evidence_map(frame);
  }

 private:
  std::unique_ptr<AttackDetector> fusion_;
};

const Registration<AttackDetector, ShippedFusion> kFusion{
    "fusion", "all of them weighed together, with what each adds to the verdict"};

}  // namespace

double fusion_log_odds(double score) {
  const double p = std::clamp(score, 1e-9, 1 - 1e-9);
  return std::clamp(std::log(p / (1 - p)), -kMostLogOdds, kMostLogOdds);
}

bool speaks_for_attacks_only(const AttackDetectorInfo& member) {
  return member.one_sided || std::all_of(member.detects.begin(), member.detects.end(), [](AttackKind kind) {
           return kind == AttackKind::Injection;
         });
}

std::unique_ptr<AttackDetector> fused_detector(const std::filesystem::path& file,
                                               const ModelResources& resources) {
  return std::make_unique<Fusion>(read_linear_model(file), file, resources);
}

}  // namespace kyc
