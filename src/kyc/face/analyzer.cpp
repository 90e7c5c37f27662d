#include "kyc/face/analyzer.h"

#include <algorithm>
#include <optional>

#include "kyc/core/registry.h"
#include "kyc/face/alignment.h"
#include "kyc/face/analyzer_networks.h"
#include "kyc/face/eyes.h"
#include "kyc/face/landmarks.h"
#include "kyc/face/pose.h"
#include "kyc/face/search.h"

namespace kyc {

struct FaceAnalyzer::State {
  AnalyzerOptions options;
  std::unique_ptr<FaceDetector> detector;
  LandmarkNetwork landmarks;
  std::optional<PoseNetwork> pose;
  std::optional<EyeNetwork> eyes;
};

FaceAnalyzer::FaceAnalyzer(const ModelResources& resources, const AnalyzerOptions& options)
    : state_(std::make_unique<State>(State{options,
                                           Registry<FaceDetector>::make(options.detector, resources),
                                           LandmarkNetwork(resources),
                                           std::nullopt,
                                           std::nullopt})) {
  if (options.pose) state_->pose.emplace(resources);
  if (options.eyes) state_->eyes.emplace(resources);
}
FaceAnalyzer::~FaceAnalyzer() = default;
FaceAnalyzer::FaceAnalyzer(FaceAnalyzer&&) noexcept = default;

std::vector<FaceDetection> FaceAnalyzer::detect(const Image& image) const {
  const AnalyzerOptions& options = state_->options;
  std::vector<FaceDetection> found =
      search_faces(*state_->detector, image, options.search, options.min_confidence);
  if (found.size() > static_cast<std::size_t>(options.max_faces))
    found.resize(static_cast<std::size_t>(options.max_faces));
  return found;
}

Face FaceAnalyzer::describe(const Image& image, const FaceDetection& detection) const {
  Face face;
  face.detection = detection;
  face.landmarks = state_->landmarks.locate(image, detection.box);
  face.points = five_points(face.landmarks);
  face.pose_geometric = pose_from_landmarks(face.landmarks);
  face.pose = state_->pose ? state_->pose->estimate(image, detection.box) : face.pose_geometric;
  if (state_->eyes) face.eyes = state_->eyes->estimate(image, face.landmarks);
  return face;
}

std::vector<Face> FaceAnalyzer::analyze(const Image& image) const {
  std::vector<Face> faces;
  for (const FaceDetection& detection : detect(image)) faces.push_back(describe(image, detection));
  std::stable_sort(faces.begin(), faces.end(), [](const Face& a, const Face& b) {
    return a.detection.box.area() > b.detection.box.area();
  });
  return faces;
}

std::vector<std::string> FaceAnalyzer::models() const {
  return networks_of(state_->options);
}

std::vector<std::string> networks_of(const AnalyzerOptions& options) {
  std::vector<std::string> out{options.detector, "fr_landmark"};
  if (options.pose) out.emplace_back("fr_pose");
  if (options.eyes) out.emplace_back("fr_eye");
  return out;
}

}  // namespace kyc
