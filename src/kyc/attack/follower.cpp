#include "kyc/attack/follower.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/face/alignment.h"

namespace kyc {
namespace {

constexpr double kTimeSpread = 0.05;       // s; sigma of the weights over time
constexpr double kMaxTime = 0.2;           // s; frames farther away say nothing
constexpr float kMotionJitter = 0.02F;     // of the eye distance: corrections of the head's motion up to here
constexpr float kPointJitter = 0.025F;     // of the eye distance: sigma of a point beside the head's motion
constexpr double kSmoothnessPrior = 0.15;  // of the parabola's second derivative: a line where data are few

double time_weight(double gap_s) {
  return std::exp(-0.5 * gap_s * gap_s / (kTimeSpread * kTimeSpread));
}

float mixed(float a, float b, float share) {
  return a + (b - a) * share;
}
Point mixed(Point a, Point b, float share) {
  return {mixed(a.x, b.x, share), mixed(a.y, b.y, share)};
}

// The face at a moment between two frames that show it.
Face between(const Face& a, const Face& b, float share) {
  Face out = share < 0.5F ? a : b;
  const auto mix_pose = [&](const HeadPose& p, const HeadPose& q) {
    return HeadPose{mixed(p.yaw, q.yaw, share), mixed(p.pitch, q.pitch, share), mixed(p.roll, q.roll, share)};
  };
  for (std::size_t i = 0; i < out.landmarks.size(); ++i)
    out.landmarks[i] = mixed(a.landmarks[i], b.landmarks[i], share);
  out.points = five_points(out.landmarks);
  const Box& p = a.detection.box;
  const Box& q = b.detection.box;
  out.detection.box = {mixed(p.x, q.x, share),
                       mixed(p.y, q.y, share),
                       mixed(p.width, q.width, share),
                       mixed(p.height, q.height, share)};
  out.detection.points.reset();
  out.pose = mix_pose(a.pose, b.pose);
  out.pose_geometric = mix_pose(a.pose_geometric, b.pose_geometric);
  out.eyes = {mixed(a.eyes.image_left, b.eyes.image_left, share),
              mixed(a.eyes.image_right, b.eyes.image_right, share)};
  return out;
}

// The value at time 0 of the parabola that fits weighted values best, its curvature held down by a prior.
class ParabolaFit {
 public:
  void add(double time_s, double weight) {
    const double t = time_s / kTimeSpread;
    samples_.push_back({t, weight});
  }
  // The weights that make the fit's value at 0 out of the samples' values.
  std::vector<double> coefficients() const {
    std::array<double, 5> moments{};
    for (const auto& [t, w] : samples_)
      for (std::size_t power = 0; power < 5; ++power) moments[power] += w * std::pow(t, power);
    // First row of the inverse of [[m0 m1 m2] [m1 m2 m3] [m2 m3 m4]] by cofactors.
    const double m0 = moments[0];
    const double m1 = moments[1];
    const double m2 = moments[2] + 1e-9;
    const double m3 = moments[3];
    const double m4 = moments[4] + kSmoothnessPrior;
    const double c0 = m2 * m4 - m3 * m3;
    const double c1 = m3 * m2 - m1 * m4;
    const double c2 = m1 * m3 - m2 * m2;
    const double determinant = m0 * c0 + m1 * c1 + m2 * c2;
    std::vector<double> out;
    for (const auto& [t, w] : samples_) out.push_back(w * (c0 + c1 * t + c2 * t * t) / determinant);
    return out;
  }

 private:
  struct Sample {
    double t;
    double w;
  };
  std::vector<Sample> samples_;
};

// One frame of the window, brought onto the middle one by a similarity.
struct Neighbour {
  const Face* face;
  double gap_s;
  double weight;
  Similarity from_middle;  // where the middle frame's head is in this one
  std::array<Point, 68> aligned;
};

}  // namespace

std::optional<Face> FaceFollower::choose(double time_s, std::vector<Face>& faces) {
  std::vector<Box> boxes;
  for (const Face& face : faces) boxes.push_back(face.detection.box);
  const std::vector<int> ids = tracker_.update(time_s, boxes);
  if (followed_ >= 0 && time_s - seen_s_ > TrackerOptions{}.max_gap_s) followed_ = -1;
  std::size_t chosen = faces.size();
  for (std::size_t i = 0; i < faces.size(); ++i)
    if (ids[i] == followed_) chosen = i;
  if (followed_ < 0)
    for (std::size_t i = 0; i < faces.size(); ++i)
      if (chosen == faces.size() || boxes[i].area() > boxes[chosen].area()) chosen = i;
  if (chosen == faces.size()) return std::nullopt;
  followed_ = ids[chosen];
  seen_s_ = time_s;
  return std::move(faces[chosen]);
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

std::optional<Face> FaceFollower::smoothed(std::size_t position) const {
  const double time_s = waiting_[position].time_s;
  const std::size_t first = position > kWindow ? position - kWindow : 0;
  const std::size_t last = std::min(waiting_.size() - 1, position + kWindow);

  std::optional<Face> middle = waiting_[position].face;
  if (!middle) {
    const Waiting* before = nullptr;
    const Waiting* after = nullptr;
    for (std::size_t i = first; i < position; ++i)
      if (waiting_[i].face) before = &waiting_[i];
    for (std::size_t i = last; i > position; --i)
      if (waiting_[i].face) after = &waiting_[i];
    if (!before || !after || iou(before->face->detection.box, after->face->detection.box) < 0.3F)
      return std::nullopt;
    middle = between(*before->face,
                     *after->face,
                     static_cast<float>((time_s - before->time_s) / (after->time_s - before->time_s)));
  }

  const float scale = inter_eye_distance(middle->points);
  std::vector<Neighbour> neighbours;
  ParabolaFit fit;
  for (std::size_t i = first; i <= last; ++i) {
    const Face* face = i == position ? &*middle : waiting_[i].face ? &*waiting_[i].face : nullptr;
    const double gap_s = waiting_[i].time_s - time_s;
    if (!face || std::abs(gap_s) > kMaxTime) continue;
    if (iou(face->detection.box, middle->detection.box) < 0.2F) continue;  // another face
    Neighbour neighbour{face, gap_s, time_weight(gap_s), {}, {}};
    if (i != position) neighbour.from_middle = fit_similarity(middle->landmarks, face->landmarks);
    if (!(std::hypot(neighbour.from_middle.a, neighbour.from_middle.b) > 0.2F)) continue;
    const Similarity back = inverse(neighbour.from_middle);
    for (std::size_t k = 0; k < neighbour.aligned.size(); ++k)
      neighbour.aligned[k] = back(face->landmarks[k]);
    fit.add(gap_s, neighbour.weight);
    neighbours.push_back(neighbour);
  }
  if (neighbours.size() < 3) return middle;

  Face out = *middle;
  // Each point beside the head's motion.
  for (std::size_t k = 0; k < out.landmarks.size(); ++k) {
    double x = 0;
    double y = 0;
    double sum = 0;
    for (const Neighbour& n : neighbours) {
      const Point here = n.aligned[k];
      const double away = std::hypot(here.x - middle->landmarks[k].x, here.y - middle->landmarks[k].y) /
                          (kPointJitter * scale);
      const double weight = n.weight * std::exp(-0.5 * away * away);
      x += weight * here.x;
      y += weight * here.y;
      sum += weight;
    }
    out.landmarks[k] = {static_cast<float>(x / sum), static_cast<float>(y / sum)};
  }

  // The head's motion: where the parabola puts the middle frame's head, as a correction of it.
  const std::vector<double> weights = fit.coefficients();
  const Point center = middle->detection.box.center();
  double dx = 0;
  double dy = 0;
  double a = 0;
  double b = 0;
  Box box{0, 0, 0, 0};
  const auto add_pose = [](HeadPose& sum, const HeadPose& pose, double weight) {
    const auto w = static_cast<float>(weight);
    sum = {sum.yaw + w * pose.yaw, sum.pitch + w * pose.pitch, sum.roll + w * pose.roll};
  };
  out.pose = out.pose_geometric = {};
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    const Neighbour& n = neighbours[i];
    const Point moved = n.from_middle(center);
    dx += weights[i] * (moved.x - center.x);
    dy += weights[i] * (moved.y - center.y);
    a += weights[i] * n.from_middle.a;
    b += weights[i] * n.from_middle.b;
    const auto w = static_cast<float>(weights[i]);
    const Box& seen = n.face->detection.box;
    box = {box.x + w * seen.x, box.y + w * seen.y, box.width + w * seen.width, box.height + w * seen.height};
    add_pose(out.pose, n.face->pose, weights[i]);
    add_pose(out.pose_geometric, n.face->pose_geometric, weights[i]);
  }
  // Small corrections are jitter, large ones are motion that no parabola follows.
  const auto size = static_cast<float>(std::hypot(dx, dy) + std::hypot(a - 1, b) * scale);
  const float limit = kMotionJitter * scale;
  const float share = limit * limit / (limit * limit + size * size);
  a = 1 + share * (a - 1);
  b *= share;
  Similarity correction{static_cast<float>(a), static_cast<float>(b), 0, 0};
  const Point turned = correction(center);
  correction.tx = center.x - turned.x + share * static_cast<float>(dx);
  correction.ty = center.y - turned.y + share * static_cast<float>(dy);
  for (Point& p : out.landmarks) p = correction(p);
  out.points = five_points(out.landmarks);
  out.detection.box = box;
  out.detection.points.reset();
  return out;
}

}  // namespace kyc
