#include "kyc/training/ridge.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kyc/core/error.h"
#include "kyc/core/linear_solve.h"
#include "kyc/core/parallel.h"

namespace kyc {
namespace {

// In floats, eight sums beside each other over short pieces; the pieces in doubles.
double product(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kPiece = 1024;
  double out = 0;
  for (std::size_t from = 0; from < count; from += kPiece) {
    const std::size_t until = std::min(count, from + kPiece);
    float sums[kLanes] = {};
    std::size_t i = from;
    for (; i + kLanes <= until; i += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    for (; i < until; ++i) sums[0] += a[i] * b[i];
    for (const float sum : sums) out += static_cast<double>(sum);
  }
  return out;
}

struct Scaling {
  std::vector<double> mean;
  std::vector<double> deviation;
};

// Of samples that weigh `weights`, which sum up to 1. What never changes keeps deviation 1.
Scaling scaling_of(const LabelledFeatures& samples, std::span<const double> weights) {
  Scaling out{std::vector<double>(samples.width, 0), std::vector<double>(samples.width, 0)};
  const auto row = [&](std::size_t i) { return samples.values.data() + i * samples.width; };
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (std::size_t k = 0; k < samples.width; ++k)
      out.mean[k] += weights[i] * static_cast<double>(row(i)[k]);
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (std::size_t k = 0; k < samples.width; ++k) {
      const double off = static_cast<double>(row(i)[k]) - out.mean[k];
      out.deviation[k] += weights[i] * off * off;
    }
  for (std::size_t k = 0; k < samples.width; ++k) {
    const double deviation = std::sqrt(out.deviation[k]);
    // Rounding of a constant is no variation.
    out.deviation[k] = deviation > 1e-6 * (1e-6 + std::abs(out.mean[k])) ? deviation : 1;
  }
  return out;
}

void check_samples(const LabelledFeatures& samples) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, "ridge regression: " + what);
  };
  const std::size_t n = samples.attacks.size();
  if (samples.width == 0 || samples.values.size() != n * samples.width) refuse("rows of unequal length");
  if (n > kMostRidgeSamples)
    refuse("expected at most " + std::to_string(kMostRidgeSamples) + " samples, got " + std::to_string(n));
  const auto attacks = std::count(samples.attacks.begin(), samples.attacks.end(), true);
  if (attacks == 0 || static_cast<std::size_t>(attacks) == n) refuse("expected samples of both classes");
  if (!std::all_of(
          samples.values.begin(), samples.values.end(), [](float value) { return std::isfinite(value); }))
    refuse("a feature is no finite number");
}

}  // namespace

LinearLayer fit_ridge(const LabelledFeatures& samples, double strength, int jobs) {
  check_samples(samples);
  if (!(strength > 0) || !std::isfinite(strength))
    throw Error(ErrorCode::InvalidArgument, "ridge regression: expected a strength above 0");
  const std::size_t n = samples.attacks.size();
  const std::size_t width = samples.width;
  const auto attacks = static_cast<double>(std::count(samples.attacks.begin(), samples.attacks.end(), true));
  std::vector<double> weights;
  for (const bool attack : samples.attacks)
    weights.push_back(0.5 / (attack ? attacks : static_cast<double>(n) - attacks));
  const Scaling scaling = scaling_of(samples, weights);

  // Rows and targets times the root of their weight (1 on average): a weighted problem as a plain one. The
  // means of standardised features and of targets are 0: no constant to solve for.
  std::vector<float> rows(samples.values.size());
  std::vector<double> targets(n);
  std::vector<double> roots(n);
  for (std::size_t i = 0; i < n; ++i) {
    roots[i] = std::sqrt(weights[i] * static_cast<double>(n));
    targets[i] = samples.attacks[i] ? roots[i] : -roots[i];
    for (std::size_t k = 0; k < width; ++k)
      rows[i * width + k] = static_cast<float>(
          roots[i] * (static_cast<double>(samples.values[i * width + k]) - scaling.mean[k]) /
          scaling.deviation[k]);
  }
  std::vector<double> matrix(n * n, 0);
  parallel_for(n, jobs, [&](std::size_t i, int) {
    for (std::size_t j = 0; j <= i; ++j)
      matrix[i * n + j] =
          product(rows.data() + i * width, rows.data() + j * width, width) / static_cast<double>(width);
    matrix[i * n + i] += strength;
  });
  const std::vector<double> dual = solve_positive_definite(std::move(matrix), std::move(targets));

  std::vector<double> standardised(width, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < width; ++k)
      standardised[k] += dual[i] * static_cast<double>(rows[i * width + k]) / static_cast<double>(width);
  LinearLayer out;
  double bias = 0;
  for (std::size_t k = 0; k < width; ++k) {
    out.weights.push_back(static_cast<float>(standardised[k] / scaling.deviation[k]));
    bias -= static_cast<double>(out.weights.back()) * scaling.mean[k];
  }
  out.bias = static_cast<float>(bias);
  return out;
}

double answer_of(const LinearLayer& layer, std::span<const float> features) {
  double out = static_cast<double>(layer.bias);
  for (std::size_t k = 0; k < layer.weights.size(); ++k)
    out += static_cast<double>(layer.weights[k]) * static_cast<double>(features[k]);
  return out;
}

}  // namespace kyc
