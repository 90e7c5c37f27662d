#include "kyc/verification/challenge_face.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kyc {
namespace {

double distance(const Point& a, const Point& b) {
  return std::hypot(static_cast<double>(a.x) - static_cast<double>(b.x),
                    static_cast<double>(a.y) - static_cast<double>(b.y));
}

}  // namespace

ChallengeFace challenge_face(const Face& face) {
  const HeadPose& a = face.pose;
  const HeadPose& b = face.pose_geometric;
  ChallengeFace out;
  out.pose = {(a.yaw + b.yaw) / 2, (a.pitch + b.pitch) / 2, (a.roll + b.roll) / 2};
  out.eyes_open = static_cast<double>(std::max(face.eyes.image_left, face.eyes.image_right));
  double opening = 0;
  for (const auto& [upper, lower] : {std::pair<std::size_t, std::size_t>{61, 67}, {62, 66}, {63, 65}})
    opening = std::max(opening, distance(face.landmarks[upper], face.landmarks[lower]));
  const double width = distance(face.landmarks[48], face.landmarks[54]);
  out.mouth_open = width > 0 ? opening / width : 0;
  return out;
}

}  // namespace kyc
