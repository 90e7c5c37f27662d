#include "kyc/detection/network_detector.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <utility>

#include "kyc/core/error.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/detection/movement_picture.h"
#include "kyc/detection/network_evidence.h"
#include "kyc/nn/graph.h"
#include "kyc/nn/image_input.h"

namespace kyc {

Box detection_box(const Box& face, int width, int height, const ModelDetection& detection) {
  const auto whole_width = static_cast<float>(width);
  const auto whole_height = static_cast<float>(height);
  if (detection.box == 0) return {0, 0, whole_width, whole_height};
  Box box{0, 0, face.width * detection.box, face.height * detection.box};
  if (detection.square) box.width = box.height = std::max(box.width, box.height);
  if (detection.inside) box.width = box.height = std::min({box.width, whole_width, whole_height});
  const Point center = face.center();
  box.x = center.x - box.width / 2;
  box.y = center.y - box.height / 2;
  if (detection.inside) {
    box.x = std::clamp(box.x, 0.0F, whole_width - box.width);
    box.y = std::clamp(box.y, 0.0F, whole_height - box.height);
  }
  if (!detection.cut) return box;
  const float left = std::max(0.0F, box.x);
  const float top = std::max(0.0F, box.y);
  const float right = std::min(whole_width, box.right());
  const float bottom = std::min(whole_height, box.bottom());
  return {left, top, right - left, bottom - top};
}

namespace {

// "median over frames", "the frame that only 20 % of them exceed"
std::string quantile_in_words(double share) {
  if (share == 0.5) return "median over frames";
  return "what " + std::to_string(std::lround(100 * (1 - share))) + " % of the frames exceed";
}

double log_odds_between(double score) {
  constexpr double kLeast = 1e-7;
  const double p = std::clamp(score, kLeast, 1 - kLeast);
  return std::log(p / (1 - p));
}

// The network of an entry, and how its answer is read.
class ScoringNetwork {
 public:
  ScoringNetwork(const ModelEntry& entry, const ModelResources& resources)
      : name_(entry.name),
        input_(entry.inputs.at(0)),
        detection_(entry.detection.value()),
        session_(resources.models, entry.name, resources.session) {}

  const ModelInput& input() const { return input_; }
  const ModelDetection& detection() const { return detection_; }

  Tensor output_of(const Tensor& input) const {
    Tensor output = session_.run(input);
    if (detection_.index >= output.data.size())
      throw Error(ErrorCode::InvalidArgument,
                  "detector " + name_ + ": the network has " + std::to_string(output.data.size()) +
                      " outputs, its description asks for number " + std::to_string(detection_.index));
    return output;
  }

  double score(const Tensor& input) const {
    const double seen = score_once(input);
    if (!detection_.mirrored) return seen;
    Tensor turned = input;
    mirror(turned);
    return sigmoid((log_odds_between(seen) + log_odds_between(score_once(turned))) / 2);
  }

 private:
  double score_once(const Tensor& input) const {
    Tensor output = output_of(input);
    if (detection_.output == "softmax") softmax(output.data);
    double value = static_cast<double>(output.data[detection_.index]);
    if (detection_.output == "sigmoid") value = sigmoid(value);
    if (!std::isfinite(value))
      throw Error(ErrorCode::Corrupt, "detector " + name_ + ": the network answers no finite number");
    return std::clamp(detection_.bona_fide ? 1 - value : value, 0.0, 1.0);
  }

  std::string name_;
  ModelInput input_;
  ModelDetection detection_;
  Session session_;
};

// What a network says of how the face moves between the frames of a clip.
class MovementNetwork {
 public:
  MovementNetwork(const ModelEntry& entry, const ModelResources& resources) : network_(entry, resources) {
    for (const ModelThreshold& one : entry.thresholds)
      if (one.name == "eer") even_ = one.value;
    if (width() > kStillSide)
      throw Error(ErrorCode::Unsupported,
                  "model " + entry.name + ": of the movement, a \"box\" of at most " +
                      std::to_string(static_cast<int>(kStillSide / kStillFace)) + " is seen");
  }

  // notes  begin with still_view_notes() at `first`
  // returns  one score of each pair of frames that was looked at; none of fewer than two frames with a face
  //          that is large enough
  std::vector<double> scores(const Evidence& evidence, std::size_t first) const {
    std::vector<double> out;
    for (const auto& [from, to] : movement_pairs(evidence.frames, kPairs)) {
      const auto view = [&](std::size_t frame) {
        const FrameNotes& notes = evidence.notes[frame];
        return StillView(FrameNotes(notes.begin() + static_cast<std::ptrdiff_t>(first), notes.end()));
      };
      const Image picture =
          movement_picture(view(from), view(to), evidence.frames[from].face, width(), side());
      out.push_back(network_.score(tensor_from_image(picture, network_.input())));
    }
    return out;
  }

  double quantile() const { return network_.detection().quantile; }

  // How likely an attack is by itself: even odds where both errors are as frequent, wherever on the network's
  // scale that lies.
  double chance_of_attack(double score) const {
    return sigmoid(log_odds_between(score) - log_odds_between(even_));
  }

 private:
  static constexpr std::size_t kPairs = 6;

  float width() const { return network_.detection().box * kStillFace; }
  int side() const { return static_cast<int>(network_.input().shape.at(3)); }

  ScoringNetwork network_;
  double even_ = 0.5;
};

AttackDetectorInfo info_of(const ModelEntry& entry) {
  AttackDetectorInfo out;
  out.name = entry.name;
  for (const std::string& kind : entry.detection->detects) out.detects.push_back(attack_kind_of(kind));
  out.source = entry.origin;
  out.models.push_back({entry.name, entry.sha256});
  out.thresholds = entry.thresholds;
  return out;
}

class NetworkDetector final : public AttackDetector {
 public:
  NetworkDetector(const ModelEntry& entry, const ModelResources& resources)
      : models_(resources.models), info_(info_of(entry)), network_(entry, resources) {
    info_.per_frame = true;
    const std::string& other = network_.detection().movement;
    if (other.empty()) return;
    const ModelEntry& movement = models_.entry(other);
    if (!movement.detection || movement.detection->sees != "movement" || movement.inputs.size() != 1)
      throw Error(ErrorCode::Unsupported,
                  "model " + entry.name + ": its \"movement\", " + other +
                      ", is no network that \"sees\" the \"movement\"");
    movement_.emplace(movement, resources);
    info_.models.push_back({movement.name, movement.sha256});
  }

  const AttackDetectorInfo& info() const override { return info_; }

  FrameNotes observe(const FaceFrame& frame) const override {
    const Box box =
        detection_box(frame.face.detection.box, frame.image.width, frame.image.height, network_.detection());
    FrameNotes out{static_cast<float>(network_.score(tensor_from_image(frame.image, box, network_.input())))};
    if (movement_) {
      const FrameNotes view = still_view_notes(frame);
      out.insert(out.end(), view.begin(), view.end());
    }
    return out;
  }

  std::optional<double> frame_score(const FrameNotes& notes) const override {
    return static_cast<double>(notes.at(0));
  }

  AttackAssessment conclude(const Evidence& evidence) const override {
    if (const auto missing = missing_evidence(info_, evidence)) return *missing;
    std::vector<double> scores;
    for (const FrameNotes& notes : evidence.notes) scores.push_back(static_cast<double>(notes.at(0)));
    const double face = quantile_of(scores, network_.detection().quantile);
    AttackFinding finding{face, {}};
    finding.signals.push_back({movement_ ? "face" : info_.name,
                               face,
                               "what the network says of the face (" +
                                   quantile_in_words(network_.detection().quantile) + "), 1 = attack",
                               {}});
    if (movement_) {
      const std::vector<double> pairs = movement_->scores(evidence, 1);
      if (!pairs.empty()) {
        const double moving = quantile_of(pairs, movement_->quantile());
        finding.score = 1 - (1 - face) * (1 - movement_->chance_of_attack(moving));
        finding.signals.push_back(
            {"movement",
             moving,
             "what the network of movement says of pairs of frames: 1 = a still portrait that is driven",
             {}});
      }
    }
    if (scores.size() > 1) {
      const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
      finding.signals.push_back({"lowest_frame", *low, "of the frame that looks least like an attack", {}});
      finding.signals.push_back({"highest_frame", *high, "of the frame that looks most like an attack", {}});
    }
    return finding;
  }

  // As strong as the score at most: on a face that looks bona fide, little lights up.
  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    const Box area =
        detection_box(frame.face.detection.box, frame.image.width, frame.image.height, network_.detection());
    const Tensor input = tensor_from_image(frame.image, area, network_.input());
    std::optional<HeatGrid> grid = by_gradients(input);
    if (!grid)
      grid = occlusion_grid(input, [&](const Tensor& part) {
        return attack_log_odds(network_.output_of(part).data, network_.detection());
      });
    if (!grid) return std::nullopt;
    const double whole = network_.score(input);
    for (float& value : grid->values) value *= static_cast<float>(whole);
    return EvidenceMap{area, grid->columns, grid->rows, std::move(grid->values), grid->method};
  }

 private:
  // Nothing where there is no LibTorch, or it does not know the network's operators.
  std::optional<HeatGrid> by_gradients(const Tensor& input) const {
    {
      const std::lock_guard lock(mutex_);
      if (!asked_for_gradients_) {
        asked_for_gradients_ = true;
        try {
          if (torch_status().available)
            cam_.emplace(load_onnx(models_, info_.name), info_.name, network_.detection());
        } catch (const Error& error) {
          if (error.code() != ErrorCode::Unsupported && error.code() != ErrorCode::Unavailable) throw;
        }
      }
    }
    return cam_ ? cam_->grid(input) : std::nullopt;
  }

  ModelManifest models_;
  AttackDetectorInfo info_;
  ScoringNetwork network_;
  std::optional<MovementNetwork> movement_;

  mutable std::mutex mutex_;  // of the two below, until they are set
  mutable bool asked_for_gradients_ = false;
  mutable std::optional<GradCam> cam_;
};

class MovementDetector final : public AttackDetector {
 public:
  MovementDetector(const ModelEntry& entry, const ModelResources& resources)
      : info_(info_of(entry)), network_(entry, resources) {
    info_.needs_clip = true;
    info_.one_sided = true;
    info_.min_frames = 2;
  }

  const AttackDetectorInfo& info() const override { return info_; }

  FrameNotes observe(const FaceFrame& frame) const override { return still_view_notes(frame); }

  AttackAssessment conclude(const Evidence& evidence) const override {
    if (const auto missing = missing_evidence(info_, evidence)) return *missing;
    const std::vector<double> scores = network_.scores(evidence, 0);
    if (scores.empty())
      return NotApplicable{"face_too_small",
                           "the face is too small: it needs two frames in which it is " +
                               std::to_string(static_cast<int>(kLeastMovementFace)) + " pixels wide"};
    AttackFinding finding{quantile_of(scores, network_.quantile()), {}};
    const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
    finding.signals = {{info_.name,
                        finding.score,
                        "what the network says of how the face moves between pairs of frames: 1 = a still "
                        "portrait that is driven",
                        {}},
                       {"lowest_pair", *low, "of the pair of frames that looks least like an attack", {}},
                       {"highest_pair", *high, "of the pair of frames that looks most like an attack", {}}};
    return finding;
  }

 private:
  AttackDetectorInfo info_;
  MovementNetwork network_;
};

}  // namespace

std::unique_ptr<AttackDetector> network_detector(const ModelEntry& entry, const ModelResources& resources) {
  if (!entry.detection || entry.inputs.size() != 1)
    throw Error(
        ErrorCode::Unsupported,
        "model " + entry.name + " is no attack detector: expected a \"detection\" part and one input");
  if (entry.detection->sees == "movement") return std::make_unique<MovementDetector>(entry, resources);
  return std::make_unique<NetworkDetector>(entry, resources);
}

std::unique_ptr<AttackDetector> network_detector(const std::filesystem::path& description,
                                                 const ModelResources& resources) {
  const ModelManifest own = ModelManifest::of_description(description);
  return network_detector(own.entries().front(), ModelResources{own, resources.session});
}

}  // namespace kyc
