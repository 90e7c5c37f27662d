// Internal to attack/: the frames of a clip with the face that is followed.
#pragma once

#include <functional>
#include <optional>

#include "kyc/attack/follower.h"
#include "kyc/attack/track_file.h"
#include "kyc/core/pipeline.h"
#include "kyc/face/analyzer.h"
#include "kyc/face/dense_mesh.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc {

// Nothing where the network does not see a face.
std::optional<DensePoints> mesh_of(const Image& image, const Face& face, const DenseMeshNetwork& network);

// The frames of a clip with what was found in them, in order; with jobs > 1 found by as many threads.
class Observer {
 public:
  // max_s     0: the whole clip
  // analyzer  null: faces are not looked for
  // mesh      null: no meshes
  Observer(VideoReader& reader,
           double max_s,
           const FaceAnalyzer* analyzer,
           const DenseMeshNetwork* mesh,
           int jobs);

  std::optional<ObservedFrame> next();

 private:
  FrameSampler sampler_;
  std::function<bool(Frame&)> produce_;
  std::function<ObservedFrame(Frame&, int)> observe_;
  std::optional<OrderedPipeline<Frame, ObservedFrame>> pipeline_;  // last: its threads use the others
};

// The same with the one face that is followed: found there, or read from a track.
class FollowedFrames {
 public:
  FollowedFrames(Observer& observer, TrackReader* track) : observer_(observer), track_(track) {}

  std::optional<FollowedFrame> next();

 private:
  Observer& observer_;
  TrackReader* track_;
  FaceFollower follower_;
  bool ended_ = false;
};

}  // namespace kyc
