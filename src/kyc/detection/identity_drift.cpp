// Who the face is, from frame to frame. A swapped face is made anew in every frame: its identity trembles
// more, and turns with the head more, than that of a living person.
//
// After H. Felouat et al., "eKYC-DF" and its follow-up on temporal inconsistency of identity vectors, arXiv
// 2507.22601; D. Cozzolino et al., "ID-Reveal", ICCV 2021. Here: statistics of cosine similarities of one
// recogniser's templates, no network of its own.

#include <algorithm>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr int kDriftMinFrames = 5;
constexpr std::size_t kDriftMinPairs = 3;

using Vectors = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<double> unit(std::vector<double> v) {
  const double length = std::sqrt(std::max(dot(v, v), 1e-12));
  for (double& value : v) value /= length;
  return v;
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double ma = mean_of(a);
  const double mb = mean_of(b);
  double ab = 0;
  double aa = 1e-9;
  double bb = 1e-9;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

class IdentityDrift final : public FeatureDetector {
 public:
  explicit IdentityDrift(const ModelResources& resources)
      : FeatureDetector(
            {.name = "identity_drift",
             .detects = {AttackKind::Deepfake},
             .source = "arXiv 2507.22601; Cozzolino et al., ICCV 2021",
             .needs_clip = true,
             .needs_pose = true,
             .min_frames = kDriftMinFrames,
             .models = {{"fr_feature", resources.models.entry("fr_feature").sha256}}},
            {{"step_median", "identity_steps"},
             {"step_worst", "identity_jump"},
             {"step_per_turn", "identity_steps"},
             {"spread_median", "identity_spread"},
             {"spread_worst", "identity_spread"},
             {"tremble", "identity_tremble"},
             {"with_turn", "identity_with_pose"},
             {"halves", "identity_spread"}},
            {{"identity_steps", "distance of the identity vectors of neighbouring frames (1 - cosine)"},
             {"identity_jump", "largest such distance (9 of 10 are smaller): a living person does not jump"},
             {"identity_spread", "distance of the identity vectors from their mean (1 - cosine)"},
             {"identity_tremble", "share of the identity's movement that is back and forth"},
             {"identity_with_pose",
              "how far the identity goes along with the turning of the head (correlation)"}},
            resources),
        recogniser_(resources, "fr_feature") {}

  FrameNotes observe(const FaceFrame& frame) const override {
    if (frame.probe != nullptr && frame.probe->model == "fr_feature") return frame.probe->values;
    return recogniser_.extract(frame.image, frame.face.points).values;
  }

  Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info(), evidence)) return *missing;
    Vectors vectors;
    for (const FrameNotes& notes : evidence.notes) vectors.emplace_back(notes.begin(), notes.end());
    std::vector<double> steps;
    std::vector<double> turns;
    std::vector<double> two_steps;
    const auto turn = [&](std::size_t a, std::size_t b) {
      const HeadPose& from = evidence.frames[a].face.pose;
      const HeadPose& to = evidence.frames[b].face.pose;
      return static_cast<double>(std::hypot(to.yaw - from.yaw, to.pitch - from.pitch));
    };
    const auto pairs = frame_pairs(evidence.frames);
    std::vector<std::size_t> before(vectors.size(), vectors.size());  // none
    for (const auto& [earlier, later] : pairs) {
      before[later] = earlier;
      steps.push_back(1 - dot(vectors[later], vectors[earlier]));
      turns.push_back(turn(earlier, later));
      if (before[earlier] < vectors.size())
        two_steps.push_back(1 - dot(vectors[later], vectors[before[earlier]]));
    }
    if (steps.size() < kDriftMinPairs)
      return NotApplicable{"too_few_frames", "too few frames with a face follow each other closely"};
    std::vector<double> mean(vectors.front().size());
    std::vector<double> first = mean;
    std::vector<double> second = mean;
    for (std::size_t i = 0; i < vectors.size(); ++i)
      for (std::size_t k = 0; k < mean.size(); ++k) {
        mean[k] += vectors[i][k];
        (i < vectors.size() / 2 ? first : second)[k] += vectors[i][k];
      }
    mean = unit(mean);
    std::vector<double> spread;
    std::vector<double> turned;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      spread.push_back(1 - dot(vectors[i], mean));
      turned.push_back(static_cast<double>(
          std::hypot(evidence.frames[i].face.pose.yaw, evidence.frames[i].face.pose.pitch)));
    }
    const double step = median_of(steps);
    // Steps that go on add up over two frames; steps back and forth do not.
    const double tremble = two_steps.empty() ? 0 : std::log((step + 1e-3) / (median_of(two_steps) + 1e-3));
    return std::vector<double>{std::log(step + 1e-3),
                               std::log(quantile(steps, 0.9) + 1e-3),
                               std::log((step + 1e-3) / (median_of(turns) + 1)),
                               std::log(median_of(spread) + 1e-3),
                               std::log(quantile(spread, 0.9) + 1e-3),
                               tremble,
                               correlation(spread, turned),
                               std::log(1 - dot(unit(first), unit(second)) + 1e-3)};
  }

 private:
  Recognizer recogniser_;
};

const Registration<AttackDetector, IdentityDrift> kIdentityDrift{
    "identity_drift", "swapped faces, by how the identity changes from frame to frame; clips only"};

}  // namespace
}  // namespace kyc
