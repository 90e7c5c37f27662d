// Internal to attack/: the one main face of a clip, frame by frame, its points smoothed over time.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "kyc/face/dense_mesh.h"
#include "kyc/face/face.h"
#include "kyc/face/tracker.h"
#include "kyc/video/reader.h"

namespace kyc {

struct MeshedFace {
  Face face;
  std::optional<DensePoints> mesh;  // if it was asked for, and found
};

// A frame with everything that was found in it.
struct ObservedFrame {
  Frame frame;
  std::vector<MeshedFace> faces;
};

// A frame with the face that is followed.
struct FollowedFrame {
  Frame frame;
  std::optional<MeshedFace> face;
};

// Follows the largest face of the first frame that shows one, until it is not seen for half a second; then
// the largest one there is. Frames go in and come out in order, a few frames later: the points are smoothed
// over the frames before and after (see points_in_time.h). A face that is missed for a few frames is put
// between the frames before and after.
class FaceFollower {
 public:
  static constexpr std::size_t kWindow = 4;  // frames to both sides

  void push(ObservedFrame&& observed);
  void finish() { finished_ = true; }  // no more frames come
  // returns  nothing as long as the next frame still waits for those after it
  std::optional<FollowedFrame> pop();

 private:
  struct Waiting {
    Frame frame;
    double time_s = 0;  // `frame` is moved away before the entry is dropped
    std::optional<MeshedFace> face;
  };
  std::optional<MeshedFace> choose(double time_s, std::vector<MeshedFace>& faces);
  std::optional<MeshedFace> bridged(std::size_t position, std::size_t first, std::size_t last) const;
  std::optional<MeshedFace> smoothed(std::size_t position) const;

  FaceTracker tracker_;
  int followed_ = -1;  // track id
  double seen_s_ = 0;
  std::deque<Waiting> waiting_;
  std::size_t next_ = 0;  // of waiting_
  bool finished_ = false;
};

}  // namespace kyc
