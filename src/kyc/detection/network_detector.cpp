#include "kyc/detection/network_detector.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kyc/core/error.h"
#include "kyc/nn/image_input.h"

namespace kyc {
namespace {

constexpr int kOcclusionCells = 8;      // per side
constexpr double kOcclusionFull = 0.5;  // a fall of the score by this much is drawn as 1

Box enlarged(const Box& face, const Image& image, const ModelDetection& detection) {
  if (detection.box == 0) return {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)};
  float width = face.width * detection.box;
  float height = face.height * detection.box;
  if (detection.square) width = height = std::max(width, height);
  const Point center = face.center();
  Box box{center.x - width / 2, center.y - height / 2, width, height};
  if (!detection.cut) return box;
  const float left = std::max(0.0F, box.x);
  const float top = std::max(0.0F, box.y);
  const float right = std::min(static_cast<float>(image.width), box.right());
  const float bottom = std::min(static_cast<float>(image.height), box.bottom());
  return {left, top, right - left, bottom - top};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Fills a cell of every channel with the mean of that channel over the whole crop.
void occlude(Tensor& input, const std::vector<float>& means, int row, int column) {
  const auto channels = static_cast<std::size_t>(input.shape[1]);
  const auto height = static_cast<std::size_t>(input.shape[2]);
  const auto width = static_cast<std::size_t>(input.shape[3]);
  const auto r = static_cast<std::size_t>(row);
  const auto c = static_cast<std::size_t>(column);
  for (std::size_t channel = 0; channel < channels; ++channel)
    for (std::size_t y = r * height / kOcclusionCells; y < (r + 1) * height / kOcclusionCells; ++y)
      for (std::size_t x = c * width / kOcclusionCells; x < (c + 1) * width / kOcclusionCells; ++x)
        input.data[(channel * height + y) * width + x] = means[channel];
}

class NetworkDetector final : public AttackDetector {
 public:
  NetworkDetector(const ModelEntry& entry, const ModelResources& resources)
      : input_(entry.inputs.at(0)),
        detection_(entry.detection.value()),
        session_(resources.models, entry.name, resources.session) {
    info_.name = entry.name;
    for (const std::string& kind : detection_.detects) info_.detects.push_back(attack_kind_of(kind));
    info_.source = entry.origin;
    info_.per_frame = true;
    info_.models.push_back({entry.name, entry.sha256});
    info_.thresholds = entry.thresholds;
  }

  const AttackDetectorInfo& info() const override { return info_; }

  FrameNotes observe(const FaceFrame& frame) const override {
    const Box box = enlarged(frame.face.detection.box, frame.image, detection_);
    return {static_cast<float>(score(tensor_from_image(frame.image, box, input_)))};
  }

  std::optional<double> frame_score(const FrameNotes& notes) const override {
    return static_cast<double>(notes.at(0));
  }

  AttackAssessment conclude(const Evidence& evidence) const override {
    if (const auto missing = missing_evidence(info_, evidence)) return *missing;
    std::vector<double> scores;
    for (const FrameNotes& notes : evidence.notes) scores.push_back(static_cast<double>(notes.at(0)));
    AttackFinding finding{median(scores), {}};
    finding.signals.push_back({info_.name,
                               finding.score,
                               "what the network says of the face (median over frames), 1 = attack",
                               {}});
    if (scores.size() > 1) {
      const auto [low, high] = std::minmax_element(scores.begin(), scores.end());
      finding.signals.push_back({"lowest_frame", *low, "of the frame that looks least like an attack", {}});
      finding.signals.push_back({"highest_frame", *high, "of the frame that looks most like an attack", {}});
    }
    return finding;
  }

  // Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014: how far the score falls
  // when a part of the crop is painted over with its mean colour.
  std::optional<EvidenceMap> evidence_map(const FaceFrame& frame) const override {
    EvidenceMap map;
    map.area = enlarged(frame.face.detection.box, frame.image, detection_);
    map.columns = map.rows = kOcclusionCells;
    map.method = "occlusion sensitivity";
    const Tensor whole = tensor_from_image(frame.image, map.area, input_);
    if (whole.shape.size() != 4) return std::nullopt;
    const auto channels = static_cast<std::size_t>(whole.shape[1]);
    const std::size_t plane = whole.data.size() / channels;
    std::vector<float> means;
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < plane; ++i) sum += static_cast<double>(whole.data[c * plane + i]);
      means.push_back(static_cast<float>(sum / static_cast<double>(plane)));
    }
    const double base = score(whole);
    for (int row = 0; row < kOcclusionCells; ++row)
      for (int column = 0; column < kOcclusionCells; ++column) {
        Tensor part = whole;
        occlude(part, means, row, column);
        map.values.push_back(static_cast<float>(std::clamp((base - score(part)) / kOcclusionFull, 0.0, 1.0)));
      }
    return map;
  }

 private:
  double score(const Tensor& input) const {
    Tensor output = session_.run(input);
    if (detection_.index >= output.data.size())
      throw Error(ErrorCode::InvalidArgument,
                  "detector " + info_.name + ": the network has " + std::to_string(output.data.size()) +
                      " outputs, its description asks for number " + std::to_string(detection_.index));
    if (detection_.output == "softmax") softmax(output.data);
    double value = static_cast<double>(output.data[detection_.index]);
    if (detection_.output == "sigmoid") value = 1 / (1 + std::exp(-value));
    if (!std::isfinite(value))
      throw Error(ErrorCode::Corrupt, "detector " + info_.name + ": the network answers no finite number");
    return std::clamp(detection_.bona_fide ? 1 - value : value, 0.0, 1.0);
  }

  ModelInput input_;
  ModelDetection detection_;
  Session session_;
  AttackDetectorInfo info_;
};

}  // namespace

std::unique_ptr<AttackDetector> network_detector(const ModelEntry& entry, const ModelResources& resources) {
  if (!entry.detection || entry.inputs.size() != 1)
    throw Error(
        ErrorCode::Unsupported,
        "model " + entry.name + " is no attack detector: expected a \"detection\" part and one input");
  return std::make_unique<NetworkDetector>(entry, resources);
}

std::unique_ptr<AttackDetector> network_detector(const std::filesystem::path& description,
                                                 const ModelResources& resources) {
  const ModelManifest own = ModelManifest::of_description(description);
  return network_detector(own.entries().front(), ModelResources{own, resources.session});
}

}  // namespace kyc
