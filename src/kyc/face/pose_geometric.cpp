#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kyc/face/alignment.h"
#include "kyc/face/perspective.h"
#include "kyc/face/pose.h"

namespace kyc {
namespace {

struct ModelPoint {
  std::size_t landmark;
  Vector3 position;  // mm; x to the image's right, y down, z away from the camera when the head looks into it
};

// An average adult head. Breadths and heights are the means of women and men in L. G. Farkas, Anthropometry
// of the Head and Face (1994), North American white adults: ex-ex 89, en-en 32, al-al 33, ch-ch 52, zy-zy
// 135, n-sn 53, n-sto 73, sn-prn 19. Depths are not in his tables: they are round figures of ours. That of
// the cheeks' contour, which is no place on the head but where a camera sees it end, was chosen so that yaw
// and pitch spread over LFW as those of the pose network do. No brows and no chin: they move by themselves.
// The origin is between the eyes.
const std::array<ModelPoint, 18> kHead{{
    {0, {-67.5, 12, 60}},  // contour beside the eyes and the nose
    {16, {67.5, 12, 60}},
    {1, {-67, 32, 58}},
    {15, {67, 32, 58}},
    {36, {-44.5, 0, 14}},  // outer corners of the eyes
    {45, {44.5, 0, 14}},
    {39, {-16, 0, 6}},  // inner corners
    {42, {16, 0, 6}},
    {27, {0, -2, -8}},  // root of the nose
    {28, {0, 9, -14}},
    {29, {0, 20, -20}},
    {30, {0, 32, -27}},   // tip
    {31, {-12, 42, -8}},  // wings
    {35, {12, 42, -8}},
    {33, {0, 44, -13}},   // below the septum
    {48, {-26, 70, -1}},  // corners of the mouth
    {54, {26, 70, -1}},
    {51, {0, 62, -15}},  // upper lip
}};

// Pitch of kHead when a person looks into the camera: what it measures on average over 770 faces of LFW and
// their mirror images, where yaw and roll come out within half a degree of zero.
constexpr float kHeadPitch = -9.6F;  // degrees

// The camera is this many inter-eye distances (63 mm) away: about 0.6 m, an arm's length.
constexpr double kDistance = 10;
constexpr double kEyeDistanceMm = 63;

}  // namespace

HeadPose pose_from_landmarks(const Landmarks68& landmarks) {
  const FivePoints points = five_points(landmarks);
  // Turned heads show a short eye distance but a long way from eyes to mouth: the larger of the two is the
  // scale.
  const Point eyes{(points[0].x + points[1].x) / 2, (points[0].y + points[1].y) / 2};
  const Point mouth{(points[3].x + points[4].x) / 2, (points[3].y + points[4].y) / 2};
  const double scale =
      std::max({inter_eye_distance(points), std::hypot(mouth.x - eyes.x, mouth.y - eyes.y), 1.0F});
  const double focal = kDistance * scale;  // pixels
  const Point center{(eyes.x + mouth.x) / 2, (eyes.y + mouth.y) / 2};

  std::array<Vector3, kHead.size()> head;
  std::array<Point, kHead.size()> image;
  for (std::size_t i = 0; i < kHead.size(); ++i) {
    const Point& seen = landmarks[kHead[i].landmark];
    head[i] = kHead[i].position;
    image[i] = {seen.x - center.x, seen.y - center.y};
  }
  // Started from the head that looks into the camera, upright as the eyes are, so that the answer cannot flip
  // over.
  const double tilt = std::atan2(points[1].y - points[0].y, points[1].x - points[0].x);
  const RigidMotion start{rotation_of({0, 0, static_cast<float>(tilt * 180 / std::numbers::pi)}),
                          {0, -kEyeDistanceMm / 2, kDistance * kEyeDistanceMm}};
  const Rotation head_turn = fit_perspective(head, image, focal, start).rotation;
  return pose_of(product(head_turn, rotation_of({0, -kHeadPitch, 0})));
}

}  // namespace kyc
