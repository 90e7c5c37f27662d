#include "kyc/attack/points_in_time.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kyc {
namespace {

constexpr double kTimeSpread = 0.05;       // s; sigma of the weights over time
constexpr float kMotionJitter = 0.02F;     // of the scale: corrections of the head's motion up to here
constexpr float kPointJitter = 0.025F;     // of the scale: sigma of a point beside the head's motion
constexpr double kSmoothnessPrior = 0.15;  // of the parabola's curvature: a line where data are few

std::vector<Point> flat(std::span<const Point3> points) {
  std::vector<Point> out;
  out.reserve(points.size());
  for (const Point3& p : points) out.push_back({p.x, p.y});
  return out;
}

Point centroid(const std::vector<Point>& points) {
  Point sum;
  for (const Point& p : points) sum = {sum.x + p.x, sum.y + p.y};
  const auto count = static_cast<float>(points.size());
  return {sum.x / count, sum.y / count};
}

struct Weighted {
  double time;  // in units of kTimeSpread
  double weight;
};

// The factors that make, out of the values at these times, the value at time 0 of the parabola that fits them
// best.
std::vector<double> parabola_factors(const std::vector<Weighted>& samples) {
  std::array<double, 5> m{};
  for (const Weighted& s : samples)
    for (std::size_t power = 0; power < 5; ++power)
      m[power] += s.weight * std::pow(s.time, static_cast<double>(power));
  m[2] += 1e-9;
  m[4] += kSmoothnessPrior;
  // First row of the inverse of [[m0 m1 m2] [m1 m2 m3] [m2 m3 m4]], by cofactors.
  const double c0 = m[2] * m[4] - m[3] * m[3];
  const double c1 = m[3] * m[2] - m[1] * m[4];
  const double c2 = m[1] * m[3] - m[2] * m[2];
  const double determinant = m[0] * c0 + m[1] * c1 + m[2] * c2;
  std::vector<double> out;
  for (const Weighted& s : samples)
    out.push_back(s.weight * (c0 + c1 * s.time + c2 * s.time * s.time) / determinant);
  return out;
}

// One frame of the window, brought onto the middle one.
struct Neighbour {
  double weight;
  Similarity from_middle;
  std::vector<Point3> aligned;
};

// Where the parabola puts the middle frame's head, as a correction of where it was seen.
Similarity motion_correction(const std::vector<Neighbour>& neighbours,
                             const std::vector<double>& factors,
                             Point center,
                             float scale) {
  double dx = 0;
  double dy = 0;
  double a = 0;
  double b = 0;
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    const Point moved = neighbours[i].from_middle(center);
    dx += factors[i] * (moved.x - center.x);
    dy += factors[i] * (moved.y - center.y);
    a += factors[i] * neighbours[i].from_middle.a;
    b += factors[i] * neighbours[i].from_middle.b;
  }
  // Small corrections are jitter, large ones are motion that no parabola follows.
  const auto size = static_cast<float>(std::hypot(dx, dy) + std::hypot(a - 1, b) * scale);
  const float limit = kMotionJitter * scale;
  const float share = limit * limit / (limit * limit + size * size);
  Similarity out{1 + share * static_cast<float>(a - 1), share * static_cast<float>(b), 0, 0};
  const Point turned = out(center);
  out.tx = center.x - turned.x + share * static_cast<float>(dx);
  out.ty = center.y - turned.y + share * static_cast<float>(dy);
  return out;
}

}  // namespace

std::vector<Point3> smoothed_points(std::span<const PointsAt> window, std::size_t middle, float scale) {
  const std::span<const Point3> here = window[middle].points;
  const std::vector<Point> here_flat = flat(here);
  std::vector<Neighbour> neighbours;
  std::vector<Weighted> times;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double time = window[i].gap_s / kTimeSpread;
    Neighbour neighbour{std::exp(-0.5 * time * time), {}, {}};
    if (i != middle) {
      neighbour.from_middle = fit_similarity(here_flat, flat(window[i].points));
      const float size = std::hypot(neighbour.from_middle.a, neighbour.from_middle.b);
      if (!(size > 0.5F) || !(size < 2)) continue;  // another face
    }
    const Similarity back = inverse(neighbour.from_middle);
    const float shrink = std::hypot(back.a, back.b);
    for (const Point3& p : window[i].points) {
      const Point q = back(Point{p.x, p.y});
      neighbour.aligned.push_back({q.x, q.y, p.z * shrink});
    }
    times.push_back({time, neighbour.weight});
    neighbours.push_back(std::move(neighbour));
  }
  if (neighbours.size() < 3) return {here.begin(), here.end()};

  std::vector<Point3> out(here.size());
  const double jitter = static_cast<double>(kPointJitter) * scale;
  for (std::size_t k = 0; k < out.size(); ++k) {
    double x = 0;
    double y = 0;
    double z = 0;
    double sum = 0;
    for (const Neighbour& n : neighbours) {
      const Point3& p = n.aligned[k];
      const double away = std::hypot(p.x - here[k].x, p.y - here[k].y) / jitter;
      const double weight = n.weight * std::exp(-0.5 * away * away);
      x += weight * p.x;
      y += weight * p.y;
      z += weight * p.z;
      sum += weight;
    }
    out[k] = {static_cast<float>(x / sum), static_cast<float>(y / sum), static_cast<float>(z / sum)};
  }
  const Similarity correction =
      motion_correction(neighbours, parabola_factors(times), centroid(here_flat), scale);
  for (Point3& p : out) {
    const Point q = correction(Point{p.x, p.y});
    p.x = q.x;
    p.y = q.y;
  }
  return out;
}

}  // namespace kyc
