// Internal to attack/: the one main face of a clip, frame by frame, its points smoothed over time.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "kyc/face/face.h"
#include "kyc/face/tracker.h"
#include "kyc/video/reader.h"

namespace kyc {

// A frame with everything that was found in it.
struct ObservedFrame {
  Frame frame;
  std::vector<Face> faces;
};

// A frame with the face that is followed.
struct FollowedFrame {
  Frame frame;
  std::optional<Face> face;
};

// Follows the largest face of the first frame that shows one, until it is not seen for half a second; then
// the largest one there is. Frames go in and come out in order, a few frames later: the points are smoothed
// over the frames before and after, so that nothing lags behind.
//
// What is removed is the jitter of the networks. The head's motion (a similarity) goes through a parabola
// fitted to the frames around, and is corrected by as much as jitter usually is, so that starts and stops
// stay. What remains of each point beside that motion is averaged with those frames in which the point was
// nearly at the same place: a blink stays one. A face that is missed for at most kWindow frames is put
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
    std::optional<Face> face;
  };
  std::optional<Face> choose(double time_s, std::vector<Face>& faces);
  std::optional<Face> smoothed(std::size_t position) const;

  FaceTracker tracker_;
  int followed_ = -1;  // track id
  double seen_s_ = 0;
  std::deque<Waiting> waiting_;
  std::size_t next_ = 0;  // of waiting_
  bool finished_ = false;
};

}  // namespace kyc
