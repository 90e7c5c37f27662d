#include "kyc/face/dense_mesh.h"

#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/face/analyzer.h"
#include "kyc/face/delaunay.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

const ModelManifest& mesh_models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

const DenseMeshNetwork& network() {
  static const DenseMeshNetwork made({mesh_models(), {}});
  return made;
}

struct Sample {
  Image image;
  Face face;
};

Sample sample(const std::string& name) {
  static const FaceAnalyzer analyzer({mesh_models(), {}});
  Sample out{read_image(KYC_SOURCE_DIR "/samples/" + name), {}};
  out.face = analyzer.analyze(out.image).at(0);
  return out;
}

float distance(const DensePoints& a, const DensePoints& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::hypot(a[i].x - b[i].x, a[i].y - b[i].y);
  return sum / static_cast<float>(a.size());
}

float clockwise_area(const DensePoints& points, const Triangle& t) {
  const Point3& a = points[t[0]];
  const Point3& b = points[t[1]];
  const Point3& c = points[t[2]];
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

using Edge = std::pair<std::uint16_t, std::uint16_t>;

std::map<Edge, int> edges_of(const std::vector<Triangle>& triangles) {
  std::map<Edge, int> out;
  for (const Triangle& t : triangles)
    for (std::size_t i = 0; i < 3; ++i) ++out[{t[i], t[(i + 1) % 3]}];
  return out;
}

// The five points that the 68 landmarks give are another network's: 0.07 of the eye distance is what 49 faces
// of the samples differ on average.
TEST(DenseMeshNetwork, AgreesWithTheLandmarkNetwork) {
  for (const char* name : {"franck_02159.jpg", "audrey.jpg", "cage.jpg", "sample1.jpg"}) {
    const Sample one = sample(name);
    const DenseMesh mesh = network().locate(one.image, one.face.landmarks);
    EXPECT_GT(mesh.confidence, 0.9F) << name;
    const FivePoints points = five_points(mesh.points);
    for (std::size_t i = 0; i < points.size(); ++i)
      EXPECT_LT(std::hypot(points[i].x - one.face.points[i].x, points[i].y - one.face.points[i].y),
                0.2F * inter_eye_distance(one.face.points))
          << name << " point " << i;
  }
}

TEST(DenseMeshNetwork, PutsTheNoseInFrontOfTheEars) {
  const Sample one = sample("franck_02159.jpg");
  const DensePoints points = network().locate(one.image, one.face.landmarks).points;
  const float eyes = inter_eye_distance(one.face.points);
  EXPECT_LT(points[1].z, points[33].z - 0.3F * eyes);
  EXPECT_LT(points[33].z, points[234].z);
  EXPECT_LT(points[263].z, points[454].z);
}

TEST(DenseMeshNetwork, FollowsAFaceThatLiesOnItsSide) {
  const Sample one = sample("franck_02159.jpg");
  const DensePoints upright = network().locate(one.image, one.face.landmarks).points;
  const Image turned = turn(one.image, Turn::Clockwise90);
  Landmarks68 landmarks;
  const auto height = static_cast<float>(one.image.height);
  for (std::size_t i = 0; i < landmarks.size(); ++i)
    landmarks[i] = {height - one.face.landmarks[i].y, one.face.landmarks[i].x};
  DensePoints back = network().locate(turned, landmarks).points;
  for (Point3& p : back) p = {p.y, height - p.x, p.z};
  // Only the resampling differs.
  EXPECT_LT(distance(upright, back), 0.02F * inter_eye_distance(one.face.points));
}

TEST(DenseMeshNetwork, GivesTheSameFromTheMeshBefore) {
  const Sample one = sample("audrey.jpg");
  const DenseMesh first = network().locate(one.image, one.face.landmarks);
  const DenseMesh second = network().locate(one.image, first.points);
  EXPECT_LT(distance(first.points, second.points), 0.04F * inter_eye_distance(one.face.points));
}

TEST(DenseMeshNetwork, SaysWhereThereIsNoFace) {
  const Image grey = make_image(300, 300);
  EXPECT_LT(network().locate(grey, Similarity{0.64F, 0, 0, 0}).confidence, 0.5F);
}

TEST(DenseMeshNetwork, GivesTheSameOnSeveralThreads) {
  const Sample one = sample("audrey.jpg");
  const DenseMesh expected = network().locate(one.image, one.face.landmarks);
  std::vector<char> same(4, 0);
  parallel_for(same.size(), 2, [&](std::size_t i, int) {
    same[i] = network().locate(one.image, one.face.landmarks).points == expected.points;
  });
  for (const char each : same) EXPECT_TRUE(each);
}

TEST(DenseCrop, RefusesPointsThatCoincide) {
  Landmarks68 landmarks;
  landmarks.fill({50, 50});
  EXPECT_THROW(dense_crop(landmarks), Error);
}

TEST(DenseTopology, HasRingsThatRunClockwiseAndCloseUp) {
  const DenseTopology& t = dense_topology();
  for (const auto* ring : {&t.oval, &t.image_left_eye, &t.image_right_eye, &t.outer_lips, &t.inner_lips}) {
    float area = 0;
    for (std::size_t i = 0; i < ring->size(); ++i) {
      const Point3& a = t.average[(*ring)[i]];
      const Point3& b = t.average[(*ring)[(i + 1) % ring->size()]];
      area += a.x * b.y - a.y * b.x;
      EXPECT_LT(std::hypot(a.x - b.x, a.y - b.y), 0.25F);
    }
    EXPECT_GT(area, 0);
    EXPECT_EQ(std::set<std::uint16_t>(ring->begin(), ring->end()).size(), ring->size());
  }
  EXPECT_LT(t.average[t.image_left_eye[0]].x, 0);
  EXPECT_GT(t.average[t.image_right_eye[0]].x, 0);
}

// Skin and openings together are one disc: every edge inside belongs to two triangles that run against each
// other, and the edges of one triangle only are exactly the oval. V - E + F = 1.
TEST(DenseTopology, IsADiscWhoseEdgeIsTheOval) {
  const DenseTopology& t = dense_topology();
  std::vector<Triangle> all = t.triangles;
  for (const auto* part : {&t.image_left_eye_opening, &t.image_right_eye_opening, &t.mouth_opening})
    all.insert(all.end(), part->begin(), part->end());
  const auto edges = edges_of(all);
  std::set<Edge> border;
  std::set<Edge> undirected;
  std::set<std::uint16_t> used;
  for (const auto& [edge, count] : edges) {
    EXPECT_EQ(count, 1);
    if (!edges.contains({edge.second, edge.first})) border.insert(edge);
    undirected.insert(std::minmax(edge.first, edge.second));
    used.insert(edge.first);
  }
  std::set<Edge> oval;
  for (std::size_t i = 0; i < t.oval.size(); ++i) oval.insert({t.oval[i], t.oval[(i + 1) % t.oval.size()]});
  EXPECT_EQ(border, oval);
  EXPECT_EQ(used.size(), kDensePoints);
  EXPECT_EQ(
      static_cast<int>(used.size()) - static_cast<int>(undirected.size()) + static_cast<int>(all.size()), 1);
}

TEST(DenseTopology, CutsTheOpeningsOutAlongTheirRings) {
  const DenseTopology& t = dense_topology();
  const auto skin = edges_of(t.triangles);
  const auto check = [&](const std::vector<std::uint16_t>& ring, const std::vector<Triangle>& opening) {
    EXPECT_EQ(opening.size(), ring.size() - 2);
    const auto hole = edges_of(opening);
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const Edge edge{ring[i], ring[(i + 1) % ring.size()]};
      EXPECT_TRUE(hole.contains(edge)) << edge.first << " " << edge.second;
      EXPECT_TRUE(skin.contains({edge.second, edge.first})) << edge.first << " " << edge.second;
    }
  };
  check(t.image_left_eye, t.image_left_eye_opening);
  check(t.image_right_eye, t.image_right_eye_opening);
  check(t.inner_lips, t.mouth_opening);
}

// But for the rims of the lips, which turn inwards beside the corners of the mouth.
TEST(DenseTopology, HardlyFoldsAsSeenFromTheFront) {
  const DenseTopology& t = dense_topology();
  float folded = 0;
  float all = 0;
  for (const Triangle& one : t.triangles) {
    const float area = clockwise_area(t.average, one);
    (area < 0 ? folded : all) += std::abs(area);
  }
  EXPECT_LT(folded, 5e-4F * all);
}

TEST(DenseTopology, PairsLeftAndRight) {
  const DenseTopology& t = dense_topology();
  int own = 0;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    EXPECT_EQ(t.mirrored[t.mirrored[i]], i);
    own += t.mirrored[i] == i ? 1 : 0;
    EXPECT_FLOAT_EQ(t.average[t.mirrored[i]].x, -t.average[i].x);
  }
  EXPECT_EQ(own, 28);
  EXPECT_EQ(t.mirrored[33], 263);
  EXPECT_EQ(t.mirrored[61], 291);
}

// The table is an average of what the network says: a face of the samples lies near it.
TEST(DenseTopology, IsTheAverageOfWhatTheNetworkSays) {
  const Sample one = sample("audrey_crop.jpg");
  const DensePoints points = network().locate(one.image, one.face.landmarks).points;
  const DenseTopology& t = dense_topology();
  std::vector<Point> from;
  std::vector<Point> to;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    from.push_back({points[i].x, points[i].y});
    to.push_back({t.average[i].x, t.average[i].y});
  }
  const Similarity fit = fit_similarity(from, to);
  float sum = 0;
  for (std::size_t i = 0; i < kDensePoints; ++i) {
    const Point p = fit(from[i]);
    sum += std::hypot(p.x - to[i].x, p.y - to[i].y);
  }
  EXPECT_LT(sum / kDensePoints, 0.08F);
}

TEST(Delaunay, CoversTheHullOnceWithEmptyCircles) {
  std::vector<Point> points;
  std::uint32_t state = 7;
  const auto next = [&] {
    state = state * 1664525U + 1013904223U;
    return static_cast<float>(state >> 8U) / 16777216.0F;
  };
  for (int i = 0; i < 60; ++i) points.push_back({100 * next(), 50 * next()});
  for (const Point corner : {Point{-1, -1}, Point{101, -1}, Point{101, 51}, Point{-1, 51}})
    points.push_back(corner);
  double area = 0;
  for (const auto& t : delaunay(points)) {
    const Point a = points[t[0]];
    const Point b = points[t[1]];
    const Point c = points[t[2]];
    const double twice =
        static_cast<double>(b.x - a.x) * (c.y - a.y) - static_cast<double>(b.y - a.y) * (c.x - a.x);
    EXPECT_GT(twice, 0);
    area += twice / 2;
    // The centre of the circle through a, b, c is at the same distance from all three, and nobody is closer.
    const double a2 = a.x * a.x + a.y * a.y;
    const double b2 = b.x * b.x + b.y * b.y;
    const double c2 = c.x * c.x + c.y * c.y;
    const double x = (a2 * (b.y - c.y) + b2 * (c.y - a.y) + c2 * (a.y - b.y)) / (2 * twice);
    const double y = (a2 * (c.x - b.x) + b2 * (a.x - c.x) + c2 * (b.x - a.x)) / (2 * twice);
    const double radius = std::hypot(a.x - x, a.y - y);
    for (const Point& p : points) EXPECT_GT(std::hypot(p.x - x, p.y - y), radius * (1 - 1e-4));
  }
  EXPECT_NEAR(area, 102 * 52, 0.1);
}

TEST(Delaunay, SaysNothingAboutPointsOnALine) {
  EXPECT_TRUE(delaunay(std::vector<Point>{{0, 0}, {1, 1}}).empty());
  EXPECT_TRUE(delaunay(std::vector<Point>{{0, 0}, {1, 1}, {2, 2}, {3, 3}}).empty());
  EXPECT_TRUE(delaunay(std::vector<Point>{{4, 4}, {4, 4}, {4, 4}}).empty());
}

TEST(Delaunay, CountsPointsThatCoincideOnce) {
  EXPECT_EQ(delaunay(std::vector<Point>{{0, 0}, {4, 0}, {0, 4}, {4, 0}, {0, 0}}).size(), 1U);
}

TEST(Delaunay, JoinsWhatItIsToldToJoin) {
  // A row of points above, one below: the longest diagonal crosses all edges between the rows.
  std::vector<Point> points;
  for (int i = 0; i < 8; ++i) {
    points.push_back({static_cast<float>(i), 0.1F * static_cast<float>((i * 5) % 3)});
    points.push_back({static_cast<float>(i), 1 + 0.1F * static_cast<float>((i * 7) % 4)});
  }
  const std::vector<std::array<std::uint16_t, 2>> edges{{0, 15}};
  const auto made = delaunay(points, edges);
  EXPECT_EQ(made.size(), delaunay(points).size());
  const auto has = edges_of({made.begin(), made.end()});
  EXPECT_TRUE(has.contains({0, 15}) && has.contains({15, 0}));
  double area = 0;
  double plain_area = 0;
  const auto add = [&](const auto& triangles, double& sum) {
    for (const auto& t : triangles) {
      const Point a = points[t[0]];
      const double twice = static_cast<double>(points[t[1]].x - a.x) * (points[t[2]].y - a.y) -
                           static_cast<double>(points[t[1]].y - a.y) * (points[t[2]].x - a.x);
      EXPECT_GT(twice, 0);
      sum += twice;
    }
  };
  add(made, area);
  add(delaunay(points), plain_area);
  EXPECT_NEAR(area, plain_area, 1e-4);
}

TEST(Delaunay, RefusesEdgesThatCannotBe) {
  const std::vector<Point> square{{0, 0}, {1, 0}, {1, 1}, {0, 1}};
  EXPECT_THROW(delaunay(square, std::vector<std::array<std::uint16_t, 2>>{{0, 9}}), Error);
  const std::vector<Point> line{{0, 0}, {1, 0}, {2, 0}, {1, 1}};
  EXPECT_THROW(delaunay(line, std::vector<std::array<std::uint16_t, 2>>{{0, 2}}), Error);
}

TEST(Delaunay, RefusesWhatIsNotFinite) {
  EXPECT_THROW(delaunay(std::vector<Point>{{0, 0}, {1, NAN}, {2, 0}}), Error);
}

}  // namespace
}  // namespace kyc
