#include "kyc/attack/raster.h"

#include <gtest/gtest.h>

#include "kyc/face/delaunay.h"
#include "kyc/testing/person.h"

namespace kyc {
namespace {

double area_of(const std::vector<Point>& points, const Triangle& t) {
  const Point& a = points[static_cast<std::size_t>(t[0])];
  const Point& b = points[static_cast<std::size_t>(t[1])];
  const Point& c = points[static_cast<std::size_t>(t[2])];
  return ((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)) / 2;
}

// 10 x 10 square with points in it.
std::vector<Point> points_in_square(int inside) {
  std::vector<Point> points{{0, 0}, {10, 0}, {10, 10}, {0, 10}};
  Dice dice(7);
  for (int i = 0; i < inside; ++i) points.push_back({dice.between(0.5F, 9.5F), dice.between(0.5F, 9.5F)});
  return points;
}

Image gradient(int width, int height) {
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      image.row(y)[3 * x] = static_cast<std::uint8_t>(2 * x);
      image.row(y)[3 * x + 1] = static_cast<std::uint8_t>(2 * y);
      image.row(y)[3 * x + 2] = 77;
    }
  return image;
}

TEST(DrawTriangles, TakesEveryPixelOverWhereNothingMoves) {
  const Image image = gradient(80, 60);
  std::vector<Point> points = points_in_square(20);
  for (Point& p : points) p = {p.x * 6 + 10, p.y * 4 + 8};
  Layer layer = make_layer({0, 0, 80, 60});
  draw_triangles(image, points, points, delaunay(points), layer);
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 80; ++x) {
      const bool inside = x >= 10 && x < 70 && y >= 8 && y < 48;
      ASSERT_EQ(layer.mask.row(y)[x], inside ? 255 : 0) << x << ", " << y;
      if (!inside) continue;
      for (int c = 0; c < 3; ++c) ASSERT_NEAR(layer.image.row(y)[3 * x + c], image.row(y)[3 * x + c], 1);
    }
}

TEST(DrawTriangles, FollowsAnAffineMapWithoutGaps) {
  const Image image = gradient(100, 100);
  std::vector<Point> from = points_in_square(12);
  for (Point& p : from) p = {p.x * 8 + 10, p.y * 8 + 10};
  std::vector<Point> to = from;  // shrunk by half, sheared, moved
  for (Point& p : to) p = {0.5F * p.x + 0.2F * p.y + 5.25F, 0.5F * p.y + 3.5F};
  Layer layer = make_layer({4, 2, 90, 70});
  draw_triangles(image, from, to, delaunay(from), layer);
  int drawn = 0;
  for (int y = 0; y < 70; ++y)
    for (int x = 0; x < 90; ++x) {
      const float py = static_cast<float>(y) + 2.5F;
      const float px = static_cast<float>(x) + 4.5F;
      const float v = (py - 3.5F) / 0.5F;
      const float u = (px - 5.25F - 0.2F * v) / 0.5F;
      const float inside = std::min(std::min(u - 10, 90 - u), std::min(v - 10, 90 - v));
      if (inside > 0.1F) {
        ASSERT_EQ(layer.mask.row(y)[x], 255) << "a gap at " << x << ", " << y;
        ASSERT_NEAR(layer.image.row(y)[3 * x], 2 * (u - 0.5F), 1.6);
        ASSERT_NEAR(layer.image.row(y)[3 * x + 1], 2 * (v - 0.5F), 1.6);
        ++drawn;
      } else if (inside < -0.1F) {
        ASSERT_EQ(layer.mask.row(y)[x], 0);
      }
    }
  EXPECT_NEAR(drawn, 80.0 * 80.0 / 4, 60);
}

TEST(DrawTriangles, SkipsTrianglesThatTurnAwayIfAsked) {
  const Image image = gradient(20, 20);
  const std::vector<Point> from{{2, 2}, {18, 2}, {2, 18}};
  const std::vector<Point> turned{{18, 2}, {2, 2}, {18, 18}};
  const std::vector<Triangle> one{{0, 1, 2}};
  Layer layer = make_layer({0, 0, 20, 20});
  draw_triangles(image, from, turned, one, layer, true);
  EXPECT_EQ(layer.mask.values, std::vector<std::uint8_t>(400, 0));
  draw_triangles(image, from, turned, one, layer, false);
  EXPECT_EQ(layer.mask.row(4)[14], 255);
}

TEST(PolygonMask, CoversAsMuchAsThePolygonDoes) {
  const std::vector<Point> triangle{{10.3F, 4.1F}, {30.7F, 12}, {8, 27.9F}};
  const Mask mask = polygon_mask(triangle, {2, 1, 40, 40});
  double sum = 0;
  for (const std::uint8_t value : mask.values) sum += value / 255.0;
  EXPECT_NEAR(sum, area_of(triangle, {0, 1, 2}), 1.5);
  EXPECT_EQ(mask.row(14 - 1)[15 - 2], 255);
  EXPECT_EQ(mask.row(2)[2], 0);
}

TEST(Feathered, RisesFromTheEdgeInwards) {
  const std::vector<Point> square{{20, 20}, {80, 20}, {80, 80}, {20, 80}};
  const Mask mask = polygon_mask(square, {0, 0, 100, 100});
  const Mask soft = feathered(mask, 10);
  EXPECT_EQ(soft.row(50)[50], 255);
  EXPECT_EQ(soft.row(50)[19], 0);
  EXPECT_LT(soft.row(50)[21], 60);
  EXPECT_GT(soft.row(50)[32], 230);
  for (int x = 20; x < 50; ++x) EXPECT_LE(soft.row(50)[x], soft.row(50)[x + 1]);
}

TEST(ConvexHull, GoesOnceAroundTheOutermost) {
  const std::vector<Point> hull = convex_hull(points_in_square(30));
  EXPECT_EQ(hull.size(), 4U);
}

}  // namespace
}  // namespace kyc
