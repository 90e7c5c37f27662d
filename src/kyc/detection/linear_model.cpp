#include "kyc/detection/linear_model.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace kyc {
namespace {

double standardised(const LinearTerm& term, double value) {
  return std::clamp((value - term.mean) / term.scale, -kLinearReach, kLinearReach);
}

}  // namespace

std::vector<double> contributions(const LinearModel& model, std::span<const double> values) {
  assert(values.size() == model.terms.size());
  std::vector<double> out;
  out.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    out.push_back(model.terms[i].weight * standardised(model.terms[i], values[i]));
  return out;
}

double log_odds(const LinearModel& model, std::span<const double> values) {
  double sum = model.intercept;
  for (const double part : contributions(model, values)) sum += part;
  return sum;
}

double logistic(double log_odds) {
  return log_odds >= 0 ? 1 / (1 + std::exp(-log_odds)) : std::exp(log_odds) / (1 + std::exp(log_odds));
}

}  // namespace kyc
