#include "kyc/metrics/distributions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "kyc/core/error.h"

namespace kyc {
namespace {

void check_probability(double p, const char* what) {
  if (!(p >= 0 && p <= 1))
    throw Error(ErrorCode::InvalidArgument,
                std::string(what) + " is " + std::to_string(p) + ", expected [0, 1]");
}

// Continued fraction of the incomplete beta function (Lentz' method; DLMF 8.17.22), for x <= (a + 1) / (a + b
// + 2).
double beta_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m <= 100000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

// First guess of the quantile, relative error 1.15e-9 (rational approximation of P. J. Acklam), for p <= 0.5.
double rough_lower_quantile(double p) {
  constexpr std::array<double, 6> kA{-3.969683028665376e+01,
                                     2.209460984245205e+02,
                                     -2.759285104469687e+02,
                                     1.383577518672690e+02,
                                     -3.066479806614716e+01,
                                     2.506628277459239e+00};
  constexpr std::array<double, 5> kB{-5.447609879822406e+01,
                                     1.615858368580409e+02,
                                     -1.556989798598866e+02,
                                     6.680131188771972e+01,
                                     -1.328068155288572e+01};
  constexpr std::array<double, 6> kC{-7.784894002430293e-03,
                                     -3.223964580411365e-01,
                                     -2.400758277161838e+00,
                                     -2.549732539343734e+00,
                                     4.374664141464968e+00,
                                     2.938163982698783e+00};
  constexpr std::array<double, 4> kD{
      7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
  if (p < 0.02425) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((kC[0] * q + kC[1]) * q + kC[2]) * q + kC[3]) * q + kC[4]) * q + kC[5]) /
           ((((kD[0] * q + kD[1]) * q + kD[2]) * q + kD[3]) * q + 1);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return (((((kA[0] * r + kA[1]) * r + kA[2]) * r + kA[3]) * r + kA[4]) * r + kA[5]) * q /
         (((((kB[0] * r + kB[1]) * r + kB[2]) * r + kB[3]) * r + kB[4]) * r + 1);
}

}  // namespace

double normal_cdf(double x) {
  return std::erfc(-x / std::numbers::sqrt2) / 2;
}

double normal_quantile(double p) {
  check_probability(p, "the probability");
  if (p == 0) return -std::numeric_limits<double>::infinity();
  if (p == 1) return std::numeric_limits<double>::infinity();
  if (p > 0.5) return -normal_quantile(1 - p);  // 1 - p is exact there
  const double x = rough_lower_quantile(p);
  // One step of Halley's method takes the error from 1e-9 to the last digits.
  const double error = normal_cdf(x) - p;
  const double step = error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

double beta_cdf(double x, double a, double b) {
  check_probability(x, "x of the beta distribution");
  if (!(a > 0 && b > 0))
    throw Error(ErrorCode::InvalidArgument, "the beta distribution needs a > 0 and b > 0");
  if (x == 0 || x == 1) return x;
  // In long double: for 1e8 trials the terms are 1e9 and nearly cancel.
  const long double la = a;
  const long double lb = b;
  const long double lx = x;
  const auto front = static_cast<double>(std::exp(std::lgamma(la + lb) - std::lgamma(la) - std::lgamma(lb) +
                                                  la * std::log(lx) + lb * std::log1p(-lx)));
  if (x <= (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
  return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double beta_quantile(double p, double a, double b) {
  check_probability(p, "the probability");
  double low = 0;
  double high = 1;
  // Bisection, in the logarithm as long as `low` is 0: quantiles of rare events are as exact as those of
  // common ones.
  for (int i = 0; i < 2000; ++i) {
    const double middle = low > 0 ? low + (high - low) / 2 : high / 1024;
    if (middle <= low || middle >= high || middle == 0) break;
    (beta_cdf(middle, a, b) < p ? low : high) = middle;
  }
  return high;
}

}  // namespace kyc
