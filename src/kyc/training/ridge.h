// Ridge regression of two classes (A. E. Hoerl, R. W. Kennard 1970), in its dual form: for more features than
// samples.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace kyc {

struct LabelledFeatures {
  std::size_t width = 0;
  std::vector<float> values;  // a row of `width` per sample
  std::vector<bool> attacks;  // per sample
};

// value = weights * features + bias: near 1 for attacks, near -1 for bona fide samples.
struct LinearLayer {
  std::vector<float> weights;
  float bias = 0;
};

// Features are standardised, classes weigh the same whatever their numbers. Deterministic for any `jobs`.
// strength  > 0: of the penalty, in units of the mean square of a standardised sample; 1 halves the answer of
//           a direction as long as that
// throws    Error{InvalidArgument} a class without samples, more than kMostRidgeSamples, values that are not
// finite
LinearLayer fit_ridge(const LabelledFeatures& samples, double strength, int jobs);

inline constexpr std::size_t kMostRidgeSamples = 20'000;  // a matrix of so many squared: 3.2 GB

double answer_of(const LinearLayer& layer, std::span<const float> features);

}  // namespace kyc
