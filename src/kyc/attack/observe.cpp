#include "kyc/attack/observe.h"

namespace kyc {
namespace {

constexpr double kWholeClip = 1e9;  // seconds
// Of the network that there is a face: profiles get little, and their meshes are still good.
constexpr float kMeshConfidence = 0.2F;

// Meshes for those faces that can be the main one: the largest, and those of nearly its size.
std::vector<MeshedFace> meshed(std::vector<Face>&& faces,
                               const Image& image,
                               const DenseMeshNetwork* network) {
  std::vector<MeshedFace> out;
  for (Face& face : faces) {
    MeshedFace meshed{face, std::nullopt};
    const float size = meshed.face.detection.box.area();
    if (network && (out.empty() || size > 0.4F * out.front().face.detection.box.area()))
      meshed.mesh = mesh_of(image, meshed.face, *network);
    out.push_back(meshed);
  }
  return out;
}

}  // namespace

std::optional<DensePoints> mesh_of(const Image& image, const Face& face, const DenseMeshNetwork& network) {
  const DenseMesh mesh = network.locate(image, face.landmarks);
  if (mesh.confidence < kMeshConfidence) return std::nullopt;
  return mesh.points;
}

Observer::Observer(
    VideoReader& reader, double max_s, const FaceAnalyzer* analyzer, const DenseMeshNetwork* mesh, int jobs)
    : sampler_(reader, 0, max_s > 0 ? max_s : kWholeClip),
      produce_([this](Frame& frame) { return sampler_.next(frame); }),
      observe_([analyzer, mesh](Frame& frame, int) {
        ObservedFrame out;
        if (analyzer) out.faces = meshed(analyzer->analyze(frame.image), frame.image, mesh);
        out.frame = std::move(frame);
        return out;
      }) {
  if (jobs > 1) pipeline_.emplace(produce_, observe_, analyzer ? jobs : 1);
}

std::optional<ObservedFrame> Observer::next() {
  if (pipeline_) return pipeline_->next();
  Frame frame;
  if (!produce_(frame)) return std::nullopt;
  return observe_(frame, 0);
}

std::optional<FollowedFrame> FollowedFrames::next() {
  if (track_) {
    std::optional<ObservedFrame> observed = observer_.next();
    if (!observed) return std::nullopt;
    FollowedFrame out{std::move(observed->frame), std::nullopt};
    out.face = track_->next(out.frame.time_s);
    return out;
  }
  while (true) {
    if (std::optional<FollowedFrame> followed = follower_.pop()) return followed;
    if (ended_) return std::nullopt;
    if (std::optional<ObservedFrame> observed = observer_.next()) {
      follower_.push(std::move(*observed));
    } else {
      follower_.finish();
      ended_ = true;
    }
  }
}

}  // namespace kyc
