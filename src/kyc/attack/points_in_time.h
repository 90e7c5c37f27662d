// Internal to attack/: the points of a face, freed from the networks' jitter.
#pragma once

#include <span>
#include <vector>

#include "kyc/face/dense_mesh.h"

namespace kyc {

// The points of one frame.
struct PointsAt {
  double gap_s = 0;  // from the frame that is asked for
  std::span<const Point3> points;
};

// The points of window[middle] (gap 0), smoothed over the frames before and after: nothing lags behind.
//
// What is removed is jitter. The head's motion (a similarity) goes through a parabola fitted to the frames
// around, and is corrected by as much as jitter usually is, so that starts and stops stay. What remains of
// each point beside that motion is averaged with those frames in which the point was nearly at the same
// place: a blink stays one.
//
// scale  of the face in pixels: the distance of its eyes
std::vector<Point3> smoothed_points(std::span<const PointsAt> window, std::size_t middle, float scale);

}  // namespace kyc
