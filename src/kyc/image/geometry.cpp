#include "kyc/image/geometry.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/core/error.h"

namespace kyc {
namespace {

struct Centroid {
  double x = 0;
  double y = 0;
};

Centroid centroid(std::span<const Point> points) {
  Centroid sum;
  for (const Point& p : points) {
    sum.x += p.x;
    sum.y += p.y;
  }
  const auto count = static_cast<double>(points.size());
  return {sum.x / count, sum.y / count};
}

}  // namespace

float iou(const Box& a, const Box& b) {
  const float width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const float height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  if (!(width > 0) || !(height > 0)) return 0;
  const float common = width * height;
  return std::min(1.0F, common / (a.area() + b.area() - common));
}

// In the plane, Umeyama's solution without reflection has this closed form: with points as complex numbers
// about their centroids, a + ib = sum(conj(p) q) / sum(|p|^2).
Similarity fit_similarity(std::span<const Point> from, std::span<const Point> to) {
  if (from.size() != to.size() || from.size() < 2)
    throw Error(ErrorCode::InvalidArgument,
                "fit_similarity: expected two lists of the same length, at least 2, got " +
                    std::to_string(from.size()) + " and " + std::to_string(to.size()));
  const Centroid c = centroid(from);
  const Centroid d = centroid(to);
  double real = 0;
  double imaginary = 0;
  double spread = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double px = from[i].x - c.x;
    const double py = from[i].y - c.y;
    const double qx = to[i].x - d.x;
    const double qy = to[i].y - d.y;
    real += px * qx + py * qy;
    imaginary += px * qy - py * qx;
    spread += px * px + py * py;
  }
  if (!(spread > 0) || !std::isfinite(spread))
    throw Error(ErrorCode::InvalidArgument, "fit_similarity: expected at least two different, finite points");
  const double a = real / spread;
  const double b = imaginary / spread;
  return {static_cast<float>(a),
          static_cast<float>(b),
          static_cast<float>(d.x - (a * c.x - b * c.y)),
          static_cast<float>(d.y - (b * c.x + a * c.y))};
}

Similarity inverse(const Similarity& s) {
  const double norm = static_cast<double>(s.a) * s.a + static_cast<double>(s.b) * s.b;
  if (!(norm > 0)) throw Error(ErrorCode::InvalidArgument, "inverse: the similarity has scale 0");
  const double a = s.a / norm;
  const double b = -s.b / norm;
  return {static_cast<float>(a),
          static_cast<float>(b),
          static_cast<float>(-(a * s.tx - b * s.ty)),
          static_cast<float>(-(b * s.tx + a * s.ty))};
}

}  // namespace kyc
