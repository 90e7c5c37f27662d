// Which face of this frame is which face of the frames before.
#pragma once

#include <cstdint>
#include <vector>

#include "kyc/face/face.h"

namespace kyc {

struct TrackerOptions {
  float min_iou = 0.3F;    // of a face with its track's last box, moved on by the track's speed
  double max_gap_s = 0.5;  // a track that was not seen for longer ends; a face there later is a new track
};

// Greedy by overlap. Deterministic. Says nothing about identity: see verification/ for that.
class FaceTracker {
 public:
  explicit FaceTracker(const TrackerOptions& options = {}) : options_(options) {}

  // time_s   of this frame, not before the last one
  // returns  one track id (0, 1, 2, ... in order of appearance) for every box, in the order given
  std::vector<int> update(double time_s, const std::vector<Box>& boxes);

 private:
  struct Track {
    int id = 0;
    Box box;
    Point velocity;  // pixels per second, of the centre
    double seen_s = 0;
  };
  TrackerOptions options_;
  std::vector<Track> tracks_;
  int next_id_ = 0;
};

}  // namespace kyc
