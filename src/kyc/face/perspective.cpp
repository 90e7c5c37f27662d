#include "kyc/face/perspective.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>

namespace kyc {
namespace {

constexpr int kMaxSteps = 40;
constexpr double kSmallStep = 1e-9;  // relative to the error: the minimum is reached

using Vector6 = std::array<double, 6>;  // turn about x, y, z (radians), shift along x, y, z
using Matrix6 = std::array<Vector6, 6>;

Vector3 turned(const Rotation& r, const Vector3& p) {
  return {r[0] * p[0] + r[1] * p[1] + r[2] * p[2],
          r[3] * p[0] + r[4] * p[1] + r[5] * p[2],
          r[6] * p[0] + r[7] * p[1] + r[8] * p[2]};
}

// Rodrigues: the rotation about the axis `w` by its length.
Rotation rotation_about(const Vector3& w) {
  const double angle = std::hypot(w[0], w[1], w[2]);
  if (angle < 1e-12) return {1, -w[2], w[1], w[2], 1, -w[0], -w[1], w[0], 1};
  const double x = w[0] / angle, y = w[1] / angle, z = w[2] / angle;
  const double c = std::cos(angle), s = std::sin(angle), k = 1 - c;
  // clang-format off
  return {c + x * x * k,     x * y * k - z * s, x * z * k + y * s,
          y * x * k + z * s, c + y * y * k,     y * z * k - x * s,
          z * x * k - y * s, z * y * k + x * s, c + z * z * k};
  // clang-format on
}

RigidMotion moved(const RigidMotion& motion, const Vector6& step) {
  return {
      product(rotation_about({step[0], step[1], step[2]}), motion.rotation),
      {motion.translation[0] + step[3], motion.translation[1] + step[4], motion.translation[2] + step[5]}};
}

// Sum of squared distances; nothing if a point is not in front of the camera.
std::optional<double> error_of(const RigidMotion& motion,
                               std::span<const Vector3> body,
                               std::span<const Point> image,
                               double focal) {
  double sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const Vector3 r = turned(motion.rotation, body[i]);
    const double z = r[2] + motion.translation[2];
    if (!(z > 0)) return std::nullopt;
    const double dx = focal * (r[0] + motion.translation[0]) / z - image[i].x;
    const double dy = focal * (r[1] + motion.translation[1]) / z - image[i].y;
    sum += dx * dx + dy * dy;
  }
  return sum;
}

struct NormalEquations {
  Matrix6 matrix{};    // of J^T J
  Vector6 gradient{};  // -J^T r
};

NormalEquations linearise(const RigidMotion& motion,
                          std::span<const Vector3> body,
                          std::span<const Point> image,
                          double focal) {
  NormalEquations out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const Vector3 r = turned(motion.rotation, body[i]);
    const double x = r[0] + motion.translation[0];
    const double y = r[1] + motion.translation[1];
    const double z = r[2] + motion.translation[2];
    const double a = focal / z;
    // A small turn w moves the point by w x r, a shift moves it by itself.
    const Vector6 row_x{-a * x / z * r[1], a * r[2] + a * x / z * r[0], -a * r[1], a, 0, -a * x / z};
    const Vector6 row_y{-a * r[2] - a * y / z * r[1], a * y / z * r[0], a * r[0], 0, a, -a * y / z};
    const double left_x = image[i].x - a * x;
    const double left_y = image[i].y - a * y;
    for (std::size_t p = 0; p < 6; ++p) {
      out.gradient[p] += row_x[p] * left_x + row_y[p] * left_y;
      for (std::size_t q = 0; q < 6; ++q) out.matrix[p][q] += row_x[p] * row_x[q] + row_y[p] * row_y[q];
    }
  }
  return out;
}

// Cholesky. Nothing if the matrix is not positive definite.
std::optional<Vector6> solve(Matrix6 m, Vector6 v) {
  for (std::size_t j = 0; j < 6; ++j) {
    for (std::size_t k = 0; k < j; ++k) m[j][j] -= m[j][k] * m[j][k];
    if (!(m[j][j] > 0)) return std::nullopt;
    m[j][j] = std::sqrt(m[j][j]);
    for (std::size_t i = j + 1; i < 6; ++i) {
      for (std::size_t k = 0; k < j; ++k) m[i][j] -= m[i][k] * m[j][k];
      m[i][j] /= m[j][j];
    }
  }
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t k = 0; k < i; ++k) v[i] -= m[i][k] * v[k];
    v[i] /= m[i][i];
  }
  for (std::size_t i = 6; i-- > 0;) {
    for (std::size_t k = i + 1; k < 6; ++k) v[i] -= m[k][i] * v[k];
    v[i] /= m[i][i];
  }
  return v;
}

}  // namespace

Point project(const RigidMotion& motion, const Vector3& point, double focal) {
  const Vector3 r = turned(motion.rotation, point);
  const double z = r[2] + motion.translation[2];
  return {static_cast<float>(focal * (r[0] + motion.translation[0]) / z),
          static_cast<float>(focal * (r[1] + motion.translation[1]) / z)};
}

RigidMotion fit_perspective(std::span<const Vector3> body,
                            std::span<const Point> image,
                            double focal,
                            const RigidMotion& start) {
  assert(body.size() == image.size() && body.size() >= 4);
  RigidMotion best = start;
  std::optional<double> error = error_of(best, body, image, focal);
  assert(error.has_value());
  double damping = 1e-3;
  for (int step = 0; step < kMaxSteps && damping < 1e9; ++step) {
    const NormalEquations equations = linearise(best, body, image, focal);
    Matrix6 damped = equations.matrix;
    for (std::size_t i = 0; i < 6; ++i) damped[i][i] *= 1 + damping;
    const std::optional<Vector6> move = solve(damped, equations.gradient);
    const RigidMotion candidate = move ? moved(best, *move) : best;
    const std::optional<double> lower = error_of(candidate, body, image, focal);
    if (!move || !lower || !(*lower < *error)) {
      damping *= 10;
      continue;
    }
    const bool settled = *error - *lower <= kSmallStep * *error;
    best = candidate;
    error = lower;
    damping = std::max(damping / 10, 1e-12);
    if (settled) break;
  }
  return best;
}

}  // namespace kyc
