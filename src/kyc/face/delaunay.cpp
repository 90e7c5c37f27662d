#include "kyc/face/delaunay.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "kyc/core/error.h"

namespace kyc {
namespace {

struct Corner {
  double x;
  double y;
};
using Indices = std::array<std::size_t, 3>;

// Twice the area of abc; > 0 if it runs clockwise in the image.
double area(Corner a, Corner b, Corner c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// p lies within the circle through a, b, c (which run clockwise).
bool in_circle(Corner a, Corner b, Corner c, Corner p) {
  const double ax = a.x - p.x;
  const double ay = a.y - p.y;
  const double bx = b.x - p.x;
  const double by = b.y - p.y;
  const double cx = c.x - p.x;
  const double cy = c.y - p.y;
  return (ax * ax + ay * ay) * (bx * cy - by * cx) - (bx * bx + by * by) * (ax * cy - ay * cx) +
             (cx * cx + cy * cy) * (ax * by - ay * bx) >
         0;
}

// Replaces the triangles whose circles hold corner `p` by a fan around it.
void insert(std::size_t p, const std::vector<Corner>& corners, std::vector<Indices>& triangles) {
  std::set<std::pair<std::size_t, std::size_t>> edges;  // of the hole, in the sense of its triangles
  std::vector<Indices> kept;
  for (const Indices& t : triangles) {
    if (!in_circle(corners[t[0]], corners[t[1]], corners[t[2]], corners[p])) {
      kept.push_back(t);
      continue;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t from = t[i];
      const std::size_t to = t[(i + 1) % 3];
      if (edges.erase({to, from}) == 0) edges.emplace(from, to);
    }
  }
  for (const auto& [from, to] : edges) kept.push_back({from, to, p});
  triangles = std::move(kept);
}

// The segments ab and cd cross at a point within both.
bool cross(Corner a, Corner b, Corner c, Corner d) {
  return area(a, b, c) * area(a, b, d) < 0 && area(c, d, a) * area(c, d, b) < 0;
}

class Edges {
 public:
  Edges(std::vector<Indices>& triangles, const std::vector<Corner>& corners)
      : triangles_(triangles), corners_(corners) {
    for (std::size_t t = 0; t < triangles.size(); ++t) add(t);
  }

  bool has(std::size_t from, std::size_t to) const {
    return owners_.contains({from, to}) || owners_.contains({to, from});
  }

  // Turns edges that cross from-to until it is there. false: it cannot be.
  bool force(std::size_t from, std::size_t to) {
    // Each turn of a convex pair moves on; what is not convex yet becomes so by others' turns.
    for (std::size_t tries = 0; tries <= triangles_.size() && !has(from, to); ++tries) {
      bool turned = false;
      const auto owners = owners_;
      for (const auto& [edge, owner] : owners)
        if (edge.first < edge.second && !has(from, to) && owners_.contains(edge) &&
            cross(corners_[from], corners_[to], corners_[edge.first], corners_[edge.second]))
          turned = turn(edge.first, edge.second) || turned;
      if (!turned) return false;
    }
    return has(from, to);
  }

 private:
  void add(std::size_t t) {
    for (std::size_t i = 0; i < 3; ++i) owners_[{triangles_[t][i], triangles_[t][(i + 1) % 3]}] = t;
  }

  void remove(std::size_t t) {
    for (std::size_t i = 0; i < 3; ++i) owners_.erase({triangles_[t][i], triangles_[t][(i + 1) % 3]});
  }

  static std::size_t opposite(const Indices& t, std::size_t a, std::size_t b) {
    return *std::find_if(t.begin(), t.end(), [&](std::size_t i) { return i != a && i != b; });
  }

  // Two triangles that share the edge ab get the other diagonal, if they form a convex quadrilateral.
  bool turn(std::size_t a, std::size_t b) {
    const auto one = owners_.find({a, b});
    const auto two = owners_.find({b, a});
    if (one == owners_.end() || two == owners_.end()) return false;
    const std::size_t s = one->second;
    const std::size_t t = two->second;
    const std::size_t c = opposite(triangles_[s], a, b);
    const std::size_t d = opposite(triangles_[t], a, b);
    if (!cross(corners_[a], corners_[b], corners_[c], corners_[d])) return false;
    remove(s);
    remove(t);
    triangles_[s] = {a, d, c};
    triangles_[t] = {d, b, c};
    add(s);
    add(t);
    return true;
  }

  std::vector<Indices>& triangles_;
  const std::vector<Corner>& corners_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> owners_;  // directed edge -> its triangle
};

}  // namespace

std::vector<std::array<std::uint16_t, 3>> delaunay(std::span<const Point> points,
                                                   std::span<const std::array<std::uint16_t, 2>> edges) {
  if (points.size() > 65535)
    throw Error(ErrorCode::InvalidArgument,
                "delaunay: expected at most 65535 points, got " + std::to_string(points.size()));
  std::vector<Corner> corners;
  Corner low{INFINITY, INFINITY};
  Corner high{-INFINITY, -INFINITY};
  for (const Point& point : points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y))
      throw Error(ErrorCode::InvalidArgument, "delaunay: a point is not finite");
    corners.push_back({point.x, point.y});
    low = {std::min(low.x, corners.back().x), std::min(low.y, corners.back().y)};
    high = {std::max(high.x, corners.back().x), std::max(high.y, corners.back().y)};
  }
  const double side = std::max(high.x - low.x, high.y - low.y);
  if (points.size() < 3 || !(side > 0)) return {};

  // A triangle around everything, so far away that it hides no edge of the hull that matters.
  const double far = 1e4 * side;
  const std::size_t count = corners.size();
  const Corner middle{(low.x + high.x) / 2, (low.y + high.y) / 2};
  corners.push_back({middle.x - far, middle.y - far});
  corners.push_back({middle.x + far, middle.y - far});
  corners.push_back({middle.x, middle.y + far});
  std::vector<Indices> triangles{{count, count + 1, count + 2}};
  std::set<std::pair<double, double>> seen;
  for (std::size_t i = 0; i < count; ++i)
    if (seen.emplace(corners[i].x, corners[i].y).second) insert(i, corners, triangles);

  Edges joined(triangles, corners);
  for (const auto& [from, to] : edges)
    if (from >= count || to >= count || !joined.force(from, to))
      throw Error(
          ErrorCode::InvalidArgument,
          "delaunay: points " + std::to_string(from) + " and " + std::to_string(to) + " cannot be joined");

  std::vector<std::array<std::uint16_t, 3>> out;
  for (const Indices& t : triangles) {
    if (*std::max_element(t.begin(), t.end()) >= count) continue;
    if (!(area(corners[t[0]], corners[t[1]], corners[t[2]]) > 0)) continue;  // three on a line
    out.push_back({static_cast<std::uint16_t>(t[0]),
                   static_cast<std::uint16_t>(t[1]),
                   static_cast<std::uint16_t>(t[2])});
  }
  return out;
}

}  // namespace kyc
