#include "kyc/image/geometry.h"

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

void expect_no_similarity(const std::function<void()>& call) {
  try {
    call();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.what();
  }
}

TEST(Iou, IsTheShareOfTheCommonArea) {
  const Box box{10, 20, 30, 40};
  EXPECT_FLOAT_EQ(iou(box, box), 1);
  EXPECT_FLOAT_EQ(iou({0, 0, 2, 2}, {1, 1, 2, 2}), 1.0F / 7);
  EXPECT_FLOAT_EQ(iou({0, 0, 4, 4}, {1, 1, 2, 2}), 0.25F);
}

TEST(Iou, BoxesThatOnlyTouchOrAreEmptyHaveNothingInCommon) {
  EXPECT_EQ(iou({0, 0, 2, 2}, {2, 0, 2, 2}), 0);
  EXPECT_EQ(iou({0, 0, 2, 2}, {5, 5, 2, 2}), 0);
  EXPECT_EQ(iou({0, 0, 0, 0}, {0, 0, 0, 0}), 0);
  EXPECT_EQ(iou({0, 0, 2, 2}, {1, 1, -1, -1}), 0);
}

TEST(FitSimilarity, FindsARotationByNinetyDegrees) {
  // (1, 0) -> (10, 22), (0, 1) -> (8, 20): twice as large, turned from x to y, moved by (10, 20).
  const Similarity s =
      fit_similarity(std::vector<Point>{{1, 0}, {0, 1}}, std::vector<Point>{{10, 22}, {8, 20}});
  EXPECT_NEAR(s.a, 0, 1e-6);
  EXPECT_NEAR(s.b, 2, 1e-6);
  EXPECT_NEAR(s.tx, 10, 1e-5);
  EXPECT_NEAR(s.ty, 20, 1e-5);
}

TEST(FitSimilarity, TakesBackWhatASimilarityDid) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int round = 0; round < 50; ++round) {
    const Similarity truth{uniform(random), uniform(random), 500 * uniform(random), 500 * uniform(random)};
    std::vector<Point> from;
    std::vector<Point> to;
    for (int i = 0; i < 5; ++i) {
      from.push_back({100 * uniform(random), 100 * uniform(random)});
      to.push_back(truth(from.back()));
    }
    const Similarity found = fit_similarity(from, to);
    EXPECT_NEAR(found.a, truth.a, 1e-5);
    EXPECT_NEAR(found.b, truth.b, 1e-5);
    EXPECT_NEAR(found.tx, truth.tx, 1e-3);
    EXPECT_NEAR(found.ty, truth.ty, 1e-3);
  }
}

// The same least squares problem as a linear one in (a, b, tx, ty), solved by its normal equations.
Similarity fit_by_normal_equations(const std::vector<Point>& from, const std::vector<Point>& to) {
  double m[4][5] = {};
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double rows[2][5] = {{from[i].x, -from[i].y, 1, 0, to[i].x}, {from[i].y, from[i].x, 0, 1, to[i].y}};
    for (const auto& row : rows)
      for (int r = 0; r < 4; ++r)
        for (int c = 0; c < 5; ++c) m[r][c] += row[r] * row[c];
  }
  for (int pivot = 0; pivot < 4; ++pivot) {
    for (int r = 0; r < 4; ++r) {
      if (r == pivot) continue;
      const double factor = m[r][pivot] / m[pivot][pivot];
      for (int c = pivot; c < 5; ++c) m[r][c] -= factor * m[pivot][c];
    }
  }
  const auto solution = [&](int i) { return static_cast<float>(m[i][4] / m[i][i]); };
  return {solution(0), solution(1), solution(2), solution(3)};
}

TEST(FitSimilarity, IsTheLeastSquaresSolutionOnNoisyPoints) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(0, 112);
  for (int round = 0; round < 50; ++round) {
    std::vector<Point> from;
    std::vector<Point> to;
    for (int i = 0; i < 5; ++i) {
      from.push_back({uniform(random), uniform(random)});
      to.push_back({uniform(random), uniform(random)});
    }
    const Similarity found = fit_similarity(from, to);
    const Similarity expected = fit_by_normal_equations(from, to);
    EXPECT_NEAR(found.a, expected.a, 1e-5);
    EXPECT_NEAR(found.b, expected.b, 1e-5);
    EXPECT_NEAR(found.tx, expected.tx, 1e-3);
    EXPECT_NEAR(found.ty, expected.ty, 1e-3);
  }
}

TEST(FitSimilarity, RefusesWhatHasNoSolution) {
  const std::vector<Point> two{{0, 0}, {1, 1}};
  const std::vector<Point> three{{0, 0}, {1, 1}, {2, 0}};
  const std::vector<Point> same{{3, 3}, {3, 3}};
  const std::vector<Point> infinite{{0, 0}, {INFINITY, 0}};
  expect_no_similarity([&] { fit_similarity(two, three); });
  expect_no_similarity([&] { fit_similarity({}, {}); });
  expect_no_similarity([&] { fit_similarity(same, two); });
  expect_no_similarity([&] { fit_similarity(infinite, two); });
}

TEST(Inverse, UndoesASimilarity) {
  const Similarity s{1.5F, -0.5F, 30, -7};
  const Similarity back = inverse(s);
  for (const Point p : {Point{0, 0}, Point{12, 34}, Point{-100, 50}}) {
    EXPECT_NEAR(back(s(p)).x, p.x, 1e-4);
    EXPECT_NEAR(back(s(p)).y, p.y, 1e-4);
  }
  expect_no_similarity([] { inverse({0, 0, 1, 1}); });
}

}  // namespace
}  // namespace kyc
