#include "kyc/attack/follower.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/attack/points_in_time.h"
#include "kyc/face/alignment.h"

namespace kyc {
namespace {

constexpr double kMaxTime = 0.2;  // s; frames farther away say nothing

float mixed(float a, float b, float share) {
  return a + (b - a) * share;
}
HeadPose mixed(const HeadPose& a, const HeadPose& b, float share) {
  return {mixed(a.yaw, b.yaw, share), mixed(a.pitch, b.pitch, share), mixed(a.roll, b.roll, share)};
}
Box mixed(const Box& a, const Box& b, float share) {
  return {mixed(a.x, b.x, share),
          mixed(a.y, b.y, share),
          mixed(a.width, b.width, share),
          mixed(a.height, b.height, share)};
}

// The face at a moment between two frames that show it.
MeshedFace between(const MeshedFace& a, const MeshedFace& b, float share) {
  MeshedFace out = share < 0.5F ? a : b;
  Face& face = out.face;
  for (std::size_t i = 0; i < face.landmarks.size(); ++i) {
    const Point& p = a.face.landmarks[i];
    const Point& q = b.face.landmarks[i];
    face.landmarks[i] = {mixed(p.x, q.x, share), mixed(p.y, q.y, share)};
  }
  face.points = five_points(face.landmarks);
  face.detection.box = mixed(a.face.detection.box, b.face.detection.box, share);
  face.detection.points.reset();
  face.pose = mixed(a.face.pose, b.face.pose, share);
  face.pose_geometric = mixed(a.face.pose_geometric, b.face.pose_geometric, share);
  face.eyes = {mixed(a.face.eyes.image_left, b.face.eyes.image_left, share),
               mixed(a.face.eyes.image_right, b.face.eyes.image_right, share)};
  if (!a.mesh || !b.mesh)
    out.mesh.reset();
  else
    for (std::size_t i = 0; i < kDensePoints; ++i) {
      const Point3& p = (*a.mesh)[i];
      const Point3& q = (*b.mesh)[i];
      (*out.mesh)[i] = {mixed(p.x, q.x, share), mixed(p.y, q.y, share), mixed(p.z, q.z, share)};
    }
  return out;
}

std::array<Point3, 68> in_space(const Landmarks68& landmarks) {
  std::array<Point3, 68> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {landmarks[i].x, landmarks[i].y, 0};
  return out;
}

}  // namespace

std::optional<MeshedFace> FaceFollower::choose(double time_s, std::vector<MeshedFace>& faces) {
  std::vector<Box> boxes;
  for (const MeshedFace& face : faces) boxes.push_back(face.face.detection.box);
  const std::vector<int> ids = tracker_.update(time_s, boxes);
  if (followed_ >= 0 && time_s - seen_s_ > TrackerOptions{}.max_gap_s) followed_ = -1;
  std::size_t chosen = faces.size();
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (followed_ >= 0 ? ids[i] == followed_
                       : chosen == faces.size() || boxes[i].area() > boxes[chosen].area())
      chosen = i;
  }
  if (chosen == faces.size()) return std::nullopt;
  followed_ = ids[chosen];
  seen_s_ = time_s;
  return faces[chosen];
}

void FaceFollower::push(ObservedFrame&& observed) {
  Waiting waiting;
  waiting.time_s = observed.frame.time_s;
  waiting.face = choose(observed.frame.time_s, observed.faces);
  waiting.frame = std::move(observed.frame);
  waiting_.push_back(std::move(waiting));
}

std::optional<FollowedFrame> FaceFollower::pop() {
  if (next_ >= waiting_.size() || (!finished_ && waiting_.size() <= next_ + kWindow)) return std::nullopt;
  FollowedFrame out;
  out.face = smoothed(next_);
  out.frame = std::move(waiting_[next_].frame);
  ++next_;
  if (next_ > kWindow) {
    waiting_.pop_front();
    --next_;
  }
  return out;
}

std::optional<MeshedFace> FaceFollower::bridged(std::size_t position,
                                                std::size_t first,
                                                std::size_t last) const {
  const Waiting* before = nullptr;
  const Waiting* after = nullptr;
  for (std::size_t i = first; i < position; ++i)
    if (waiting_[i].face) before = &waiting_[i];
  for (std::size_t i = last; i > position; --i)
    if (waiting_[i].face) after = &waiting_[i];
  if (!before || !after) return std::nullopt;
  if (iou(before->face->face.detection.box, after->face->face.detection.box) < 0.3F) return std::nullopt;
  const double gap = after->time_s - before->time_s;
  return between(
      *before->face, *after->face, static_cast<float>((waiting_[position].time_s - before->time_s) / gap));
}

std::optional<MeshedFace> FaceFollower::smoothed(std::size_t position) const {
  const double time_s = waiting_[position].time_s;
  const std::size_t first = position > kWindow ? position - kWindow : 0;
  const std::size_t last = std::min(waiting_.size() - 1, position + kWindow);
  std::optional<MeshedFace> out =
      waiting_[position].face ? waiting_[position].face : bridged(position, first, last);
  if (!out) return std::nullopt;
  if (!out->mesh)
    if (const std::optional<MeshedFace> other = bridged(position, first, last)) out->mesh = other->mesh;

  const std::array<Point3, 68> here = in_space(out->face.landmarks);
  const DensePoints mesh_here = out->mesh.value_or(DensePoints{});
  std::vector<std::array<Point3, 68>> landmarks;  // spans point into it
  landmarks.reserve(last - first + 1);
  std::vector<PointsAt> points;
  std::vector<PointsAt> meshes;
  std::size_t middle = 0;
  std::size_t mesh_middle = 0;
  Box box{0, 0, 0, 0};
  double box_weight = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const double gap_s = waiting_[i].time_s - time_s;
    if (i == position) {
      middle = points.size();
      mesh_middle = meshes.size();
      points.push_back({0, here});
      if (out->mesh) meshes.push_back({0, mesh_here});
    } else {
      if (!waiting_[i].face || std::abs(gap_s) > kMaxTime) continue;
      if (iou(waiting_[i].face->face.detection.box, out->face.detection.box) < 0.2F) continue;  // another one
      landmarks.push_back(in_space(waiting_[i].face->face.landmarks));
      points.push_back({gap_s, landmarks.back()});
      if (out->mesh && waiting_[i].face->mesh) meshes.push_back({gap_s, *waiting_[i].face->mesh});
    }
    const Box& seen = i == position ? out->face.detection.box : waiting_[i].face->face.detection.box;
    const double weight = 1 - std::abs(gap_s) / (kMaxTime + 0.01);
    box_weight += weight;
    const auto share = static_cast<float>(weight / box_weight);
    box = mixed(box, seen, share);
  }
  const float scale = inter_eye_distance(out->face.points);
  const std::vector<Point3> smooth = smoothed_points(points, middle, scale);
  for (std::size_t i = 0; i < smooth.size(); ++i) out->face.landmarks[i] = {smooth[i].x, smooth[i].y};
  out->face.points = five_points(out->face.landmarks);
  out->face.detection.points.reset();
  out->face.detection.box = box;
  if (out->mesh) {
    const std::vector<Point3> dense = smoothed_points(meshes, mesh_middle, scale);
    std::copy(dense.begin(), dense.end(), out->mesh->begin());
  }
  return out;
}

}  // namespace kyc
