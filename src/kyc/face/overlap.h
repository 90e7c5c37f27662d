// Several boxes around the same face become one.
#pragma once

#include <vector>

#include "kyc/face/face.h"

namespace kyc {

// The share of the smaller box that the other one covers, in [0, 1].
float covered(const Box& a, const Box& b);

// Keeps the most confident box and drops those that overlap it by more than max_iou; then the next one, and
// so on (non-maximum suppression by confidence). Also dropped: a box that lies inside a kept one with more
// than max_inside of its own area (a part of a face that looked like a whole one; 1: keep these). returns
// most confident first; equal ones in the order given
std::vector<FaceDetection> suppress_overlaps(std::vector<FaceDetection> detections,
                                             float max_iou,
                                             float max_inside = 1);

}  // namespace kyc
