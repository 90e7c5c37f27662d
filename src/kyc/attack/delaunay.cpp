#include "kyc/attack/delaunay.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

namespace kyc {
namespace {

struct Vertex {
  double x;
  double y;
};

// > 0 if a, b, c turn clockwise in the image (y down).
double turn_of(const Vertex& a, const Vertex& b, const Vertex& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// Does the circle through a, b, c (clockwise) hold p?
bool circle_holds(const Vertex& a, const Vertex& b, const Vertex& c, const Vertex& p) {
  const double ax = a.x - p.x;
  const double ay = a.y - p.y;
  const double bx = b.x - p.x;
  const double by = b.y - p.y;
  const double cx = c.x - p.x;
  const double cy = c.y - p.y;
  const double a2 = ax * ax + ay * ay;
  const double b2 = bx * bx + by * by;
  const double c2 = cx * cx + cy * cy;
  return ax * (by * c2 - b2 * cy) - ay * (bx * c2 - b2 * cx) + a2 * (bx * cy - by * cx) > 0;
}

}  // namespace

std::vector<Triangle> triangulate(std::span<const Point> points) {
  std::vector<Vertex> vertices;
  double reach = 1;
  for (const Point& p : points) {
    vertices.push_back({p.x, p.y});
    reach = std::max({reach, std::abs(static_cast<double>(p.x)), std::abs(static_cast<double>(p.y))});
  }
  const int count = static_cast<int>(vertices.size());
  // A triangle around everything, so large that it hardly bends the hull.
  const double far = 1000 * reach;
  vertices.push_back({-far, -far});
  vertices.push_back({3 * far, -far});
  vertices.push_back({-far, 3 * far});

  const auto at = [&](int i) -> const Vertex& { return vertices[static_cast<std::size_t>(i)]; };
  std::vector<Triangle> triangles{{count, count + 1, count + 2}};
  for (int p = 0; p < count; ++p) {
    const auto same = [&](int q) { return at(q).x == at(p).x && at(q).y == at(p).y; };
    bool twin = false;
    for (int q = 0; q < p && !twin; ++q) twin = same(q);
    if (twin) continue;
    // Triangles whose circle holds the point go; their outline is joined to it.
    std::map<std::pair<int, int>, int> outline;
    std::erase_if(triangles, [&](const Triangle& t) {
      if (!circle_holds(at(t[0]), at(t[1]), at(t[2]), at(p))) return false;
      for (std::size_t e = 0; e < 3; ++e) {
        const int from = t[e];
        const int to = t[(e + 1) % 3];
        if (const auto other = outline.find({to, from}); other != outline.end())
          outline.erase(other);
        else
          outline[{from, to}] = 1;
      }
      return true;
    });
    for (const auto& [edge, one] : outline)
      if (turn_of(at(edge.first), at(edge.second), at(p)) > 0)
        triangles.push_back({edge.first, edge.second, p});
  }
  std::erase_if(triangles, [&](const Triangle& t) { return std::max({t[0], t[1], t[2]}) >= count; });
  return triangles;
}

}  // namespace kyc
