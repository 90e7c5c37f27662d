// Whether head and eyes move as those of a living person do.
//
// Blinks: Y. Li, M.-C. Chang, S. Lyu, "In Ictu Oculi: Exposing AI Generated Fake Face Videos by Detecting Eye
// Blinking", WIFS 2018. Head: X. Yang, Y. Li, S. Lyu, "Exposing Deep Fakes Using Inconsistent Head Poses",
// ICASSP 2019: the pose of the whole face against that of its middle. Here: the pose network, which looks at
// the whole picture of the head, against the pose from the landmarks.

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr int kMotionMinFrames = 5;
constexpr float kClosed = 0.4F;  // of the eye network's probability that an eye is open

// Height over width of the eye whose six points begin at `first` (T. Soukupova, J. Cech, 2016).
double eye_aspect(const Landmarks68& p, std::size_t first) {
  const auto distance = [&](std::size_t a, std::size_t b) {
    return static_cast<double>(std::hypot(p[first + a].x - p[first + b].x, p[first + a].y - p[first + b].y));
  };
  return (distance(1, 5) + distance(2, 4)) / std::max(1e-3, 2 * distance(0, 3));
}

double spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return at(0.9) - at(0.1);
}

// Median |second difference|: what shakes, not what turns.
double shake(const std::vector<double>& values) {
  std::vector<double> out;
  for (std::size_t i = 2; i < values.size(); ++i)
    out.push_back(std::abs(values[i] - 2 * values[i - 1] + values[i - 2]));
  return out.empty() ? 0 : median_of(out);
}

class Motion final : public FeatureDetector {
 public:
  explicit Motion(const ModelResources& resources)
      : FeatureDetector(
            {.name = "motion",
             .detects = {AttackKind::Deepfake, AttackKind::Presentation},
             .source = "Li et al., WIFS 2018; Yang et al., ICASSP 2019",
             .needs_clip = true,
             .needs_pose = true,
             .min_frames = kMotionMinFrames},
            {{"closed_share", "blinking"},
             {"eye_movement", "blinking"},
             {"eyes_apart", "eyes_together"},
             {"head_range", "head_movement"},
             {"head_shake", "head_shake"},
             {"pose_disagreement", "pose_disagreement"},
             {"pose_disagreement_shake", "pose_disagreement"},
             {"mouth_movement", "mouth_movement"},
             {"landmark_shake", "landmark_shake"}},
            {{"blinking", "how much the eyes close: share of frames, and range of their height over width"},
             {"eyes_together",
              "difference of the two eyes' opening from frame to frame: living eyes blink together"},
             {"head_movement", "range of the head's turning and nodding (log degrees)"},
             {"head_shake", "shaking of the head's direction from frame to frame (log degrees)"},
             {"pose_disagreement", "pose of the head's picture against pose of the landmarks (log degrees)"},
             {"mouth_movement", "range of the mouth's opening over the distance of the eyes"},
             {"landmark_shake",
              "shaking of single landmarks against the face as a whole (log, of the eyes' distance)"}},
            resources) {}

  FrameNotes observe(const FaceFrame&) const override { return {}; }  // the frames' faces say it all

  Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info(), evidence)) return *missing;
    std::vector<double> left, right, yaw, pitch, yaw_apart, pitch_apart, mouth;
    std::array<std::vector<double>, 8> inner;  // landmarks in the face's own coordinates
    double closed = 0;
    for (const SeenFrame& seen : evidence.frames) {
      const Face& face = seen.face;
      const double eyes = std::max(1.0, static_cast<double>(inter_eye_distance(face.points)));
      left.push_back(eye_aspect(face.landmarks, 36));
      right.push_back(eye_aspect(face.landmarks, 42));
      if (std::min(face.eyes.image_left, face.eyes.image_right) < kClosed) ++closed;
      yaw.push_back(static_cast<double>(face.pose.yaw));
      pitch.push_back(static_cast<double>(face.pose.pitch));
      yaw_apart.push_back(static_cast<double>(face.pose.yaw - face.pose_geometric.yaw));
      pitch_apart.push_back(static_cast<double>(face.pose.pitch - face.pose_geometric.pitch));
      mouth.push_back(static_cast<double>(std::hypot(face.landmarks[62].x - face.landmarks[66].x,
                                                     face.landmarks[62].y - face.landmarks[66].y)) /
                      eyes);
      const Point a = face.points[0];
      const Point b = face.points[1];
      const float ux = (b.x - a.x) / static_cast<float>(eyes);
      const float uy = (b.y - a.y) / static_cast<float>(eyes);
      constexpr std::array<std::size_t, 4> kFixed{30, 33, 48, 54};  // nose and mouth corners
      for (std::size_t k = 0; k < kFixed.size(); ++k) {
        const float dx = face.landmarks[kFixed[k]].x - (a.x + b.x) / 2;
        const float dy = face.landmarks[kFixed[k]].y - (a.y + b.y) / 2;
        inner[2 * k].push_back(static_cast<double>(dx * ux + dy * uy) / eyes);
        inner[2 * k + 1].push_back(static_cast<double>(dy * ux - dx * uy) / eyes);
      }
    }
    std::vector<double> apart;
    for (std::size_t i = 1; i < left.size(); ++i)
      apart.push_back(std::abs((left[i] - left[i - 1]) - (right[i] - right[i - 1])));
    double landmarks = 0;
    for (const std::vector<double>& values : inner)
      landmarks += shake(values) / static_cast<double>(inner.size());
    const auto level = [](double value, double floor) { return std::log(value + floor); };
    return std::vector<double>{closed / static_cast<double>(evidence.frames.size()),
                               std::max(spread(left), spread(right)),
                               level(median_of(apart), 1e-3),
                               level(std::max(spread(yaw), spread(pitch)), 0.5),
                               level(shake(yaw) + shake(pitch), 0.1),
                               level(std::abs(median_of(yaw_apart)), 0.5),
                               level(shake(yaw_apart) + shake(pitch_apart), 0.1),
                               spread(mouth),
                               level(landmarks, 1e-4)};
  }
};

const Registration<AttackDetector, Motion> kMotion{
    "motion", "swapped faces and pictures, by how eyes, mouth and head move; clips only"};

}  // namespace
}  // namespace kyc
