// The few functions of probability that intervals and DET axes need.
#pragma once

namespace kyc {

double normal_cdf(double x);

// Inverse of normal_cdf: the "normal deviate" of a DET axis. p in (0, 1); 0 and 1 give -+infinity. Relative
// error below 1e-13. throws  Error{InvalidArgument} if p is out of [0, 1], here and below
double normal_quantile(double p);

// Regularised incomplete beta function I_x(a, b): CDF of the beta distribution. x in [0, 1], a, b > 0.
double beta_cdf(double x, double a, double b);
double beta_quantile(double p, double a, double b);

}  // namespace kyc
