#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "kyc/core/error.h"
#include "kyc/detection/linear_model.h"

namespace kyc {
namespace {

constexpr int kNewtonSteps = 60;
constexpr double kConverged = 1e-9;
constexpr std::array<double, 9> kPenalties{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0};

// Row-major; the last column is 1.
struct Design {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;
  std::vector<double> target;  // 1 = attack
  std::vector<double> weight;  // sums to 1 half over each class
  const double* row(std::size_t i) const { return values.data() + i * columns; }
};

// In place: `a` [n, n], symmetric and positive definite, becomes its Cholesky factor; b the solution.
void solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / a[j * n + j];
    }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

void standardise(LinearModel& model, std::span<const LabelledMeasurements> samples) {
  const auto count = static_cast<double>(samples.size());
  for (std::size_t k = 0; k < model.terms.size(); ++k) {
    double sum = 0;
    double squares = 0;
    for (const LabelledMeasurements& sample : samples) {
      if (!std::isfinite(sample.values.at(k)))
        throw Error(ErrorCode::InvalidArgument,
                    "measurement " + model.terms[k].name + ": expected finite numbers");
      sum += sample.values[k];
    }
    model.terms[k].mean = sum / count;
    for (const LabelledMeasurements& sample : samples)
      squares += (sample.values[k] - model.terms[k].mean) * (sample.values[k] - model.terms[k].mean);
    model.terms[k].scale = std::max(std::sqrt(squares / count), 1e-9);
  }
}

Design design_of(const LinearModel& model, std::span<const LabelledMeasurements> samples) {
  Design out;
  out.rows = samples.size();
  out.columns = model.terms.size() + 1;
  std::array<double, 2> counts{};
  for (const LabelledMeasurements& sample : samples) ++counts[sample.attack ? 1 : 0];
  if (counts[0] == 0 || counts[1] == 0)
    throw Error(ErrorCode::InvalidArgument,
                "expected samples of both classes, got " + std::to_string(static_cast<int>(counts[0])) +
                    " bona fide and " + std::to_string(static_cast<int>(counts[1])) + " attacks");
  for (const LabelledMeasurements& sample : samples) {
    for (std::size_t k = 0; k < model.terms.size(); ++k)
      out.values.push_back(std::clamp(
          (sample.values[k] - model.terms[k].mean) / model.terms[k].scale, -kLinearReach, kLinearReach));
    out.values.push_back(1);
    out.target.push_back(sample.attack ? 1 : 0);
    out.weight.push_back(0.5 / counts[sample.attack ? 1 : 0]);
  }
  return out;
}

double dot_row(const double* a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < b.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// Minus the log probability of what is true.
double loss_of(double log_odds, bool attack) {
  const double z = attack ? log_odds : -log_odds;
  return z > 0 ? std::log1p(std::exp(-z)) : -z + std::log1p(std::exp(z));
}

double objective(const Design& design, const std::vector<double>& weights, double l2) {
  double sum = 0;
  for (std::size_t i = 0; i < design.rows; ++i)
    sum += design.weight[i] * loss_of(dot_row(design.row(i), weights), design.target[i] > 0.5);
  for (std::size_t k = 0; k + 1 < weights.size(); ++k) sum += l2 / 2 * weights[k] * weights[k];
  return sum;
}

// The direction of a Newton step from `weights`.
std::vector<double> newton_direction(const Design& design, const std::vector<double>& weights, double l2) {
  const std::size_t n = design.columns;
  std::vector<double> hessian(n * n);
  std::vector<double> gradient(n);
  for (std::size_t i = 0; i < design.rows; ++i) {
    const double* row = design.row(i);
    const double p = logistic(dot_row(row, weights));
    const double slope = design.weight[i] * (design.target[i] - p);
    const double curvature = design.weight[i] * std::max(p * (1 - p), 1e-9);
    for (std::size_t a = 0; a < n; ++a) {
      gradient[a] += slope * row[a];
      for (std::size_t b = 0; b <= a; ++b) hessian[a * n + b] += curvature * row[a] * row[b];
    }
  }
  for (std::size_t a = 0; a < n; ++a) {
    if (a + 1 < n) {
      hessian[a * n + a] += l2;
      gradient[a] -= l2 * weights[a];
    }
    hessian[a * n + a] += 1e-10;
  }
  solve(hessian, gradient);
  return gradient;
}

std::vector<double> newton(const Design& design, double l2) {
  std::vector<double> weights(design.columns);
  double best = objective(design, weights, l2);
  for (int step = 0; step < kNewtonSteps; ++step) {
    const std::vector<double> direction = newton_direction(design, weights, l2);
    double length = 1;
    double moved = 0;
    for (int half = 0; half < 30; ++half, length /= 2) {
      std::vector<double> next = weights;
      for (std::size_t k = 0; k < next.size(); ++k) next[k] += length * direction[k];
      const double value = objective(design, next, l2);
      if (value >= best) continue;
      moved = best - value;
      best = value;
      weights = std::move(next);
      break;
    }
    if (moved < kConverged) break;
  }
  return weights;
}

}  // namespace

LinearModel fit_linear_model(std::span<const std::string> names,
                             std::span<const LabelledMeasurements> samples,
                             double l2) {
  LinearModel model;
  for (const std::string& name : names) model.terms.push_back({name, 0, 1, 0});
  if (samples.empty()) throw Error(ErrorCode::InvalidArgument, "expected samples to fit on, got none");
  standardise(model, samples);
  const std::vector<double> weights = newton(design_of(model, samples), l2);
  for (std::size_t k = 0; k < model.terms.size(); ++k) model.terms[k].weight = weights[k];
  model.intercept = weights.back();
  return model;
}

double choose_penalty(std::span<const std::string> names,
                      std::span<const LabelledMeasurements> samples,
                      int folds) {
  // Subjects in the order of appearance, dealt out to the folds.
  std::map<std::string, int> fold_of;
  for (const LabelledMeasurements& sample : samples)
    fold_of.try_emplace(sample.subject, static_cast<int>(fold_of.size()) % folds);
  std::array<std::vector<double>, kPenalties.size()> losses;
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<LabelledMeasurements> kept;
    std::vector<const LabelledMeasurements*> left_out;
    std::array<bool, 2> classes{};
    for (const LabelledMeasurements& sample : samples)
      if (fold_of.at(sample.subject) == fold)
        left_out.push_back(&sample);
      else
        classes[(kept.push_back(sample), sample.attack) ? 1 : 0] = true;
    if (left_out.empty() || !classes[0] || !classes[1]) continue;
    for (std::size_t p = 0; p < kPenalties.size(); ++p) {
      const LinearModel model = fit_linear_model(names, kept, kPenalties[p]);
      std::array<double, 2> sum{};
      std::array<double, 2> count{};
      for (const LabelledMeasurements* sample : left_out) {
        sum[sample->attack ? 1 : 0] += loss_of(log_odds(model, sample->values), sample->attack);
        ++count[sample->attack ? 1 : 0];
      }
      double mean = 0;
      for (int c = 0; c < 2; ++c)
        if (count[static_cast<std::size_t>(c)] > 0)
          mean += sum[static_cast<std::size_t>(c)] / count[static_cast<std::size_t>(c)];
      losses[p].push_back(mean / static_cast<double>((count[0] > 0) + (count[1] > 0)));
    }
  }
  if (losses[0].empty()) return 0.1;  // too few subjects to leave any out
  const auto mean_of = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  std::size_t best = 0;
  for (std::size_t p = 1; p < kPenalties.size(); ++p)
    if (mean_of(losses[p]) < mean_of(losses[best])) best = p;
  double variance = 0;
  for (const double loss : losses[best])
    variance += (loss - mean_of(losses[best])) * (loss - mean_of(losses[best]));
  const auto n = static_cast<double>(losses[best].size());
  const double limit = mean_of(losses[best]) + (n > 1 ? std::sqrt(variance / (n - 1) / n) : 0);
  std::size_t chosen = best;
  for (std::size_t p = best; p < kPenalties.size(); ++p)
    if (mean_of(losses[p]) <= limit) chosen = p;
  return kPenalties[chosen];
}

}  // namespace kyc
