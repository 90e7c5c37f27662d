#include "kyc/face/tracker.h"

#include <algorithm>
#include <cassert>

namespace kyc {

std::vector<int> FaceTracker::update(double time_s, const std::vector<Box>& boxes) {
  std::erase_if(tracks_, [&](const Track& track) { return time_s - track.seen_s > options_.max_gap_s; });

  struct Match {
    float overlap;
    std::size_t track;
    std::size_t box;
  };
  std::vector<Match> matches;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    const Track& track = tracks_[t];
    assert(time_s >= track.seen_s);
    const auto gap_s = static_cast<float>(time_s - track.seen_s);
    Box expected = track.box;
    expected.x += track.velocity.x * gap_s;
    expected.y += track.velocity.y * gap_s;
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      const float overlap = iou(expected, boxes[b]);
      if (overlap >= options_.min_iou) matches.push_back({overlap, t, b});
    }
  }
  std::stable_sort(
      matches.begin(), matches.end(), [](const Match& a, const Match& b) { return a.overlap > b.overlap; });

  std::vector<int> ids(boxes.size(), -1);
  std::vector<bool> continued(tracks_.size(), false);
  for (const Match& match : matches) {
    if (continued[match.track] || ids[match.box] >= 0) continue;
    continued[match.track] = true;
    Track& track = tracks_[match.track];
    const Box& box = boxes[match.box];
    const auto gap_s = static_cast<float>(time_s - track.seen_s);
    if (gap_s > 0)
      track.velocity = {(box.center().x - track.box.center().x) / gap_s,
                        (box.center().y - track.box.center().y) / gap_s};
    track.box = box;
    track.seen_s = time_s;
    ids[match.box] = track.id;
  }
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    if (ids[b] >= 0) continue;
    ids[b] = next_id_++;
    tracks_.push_back({ids[b], boxes[b], {}, time_s});
  }
  return ids;
}

}  // namespace kyc
