#include "kyc/core/linear_solve.h"

#include <cmath>
#include <string>

#include "kyc/core/error.h"

namespace kyc {

std::vector<double> solve_positive_definite(std::vector<double> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  if (matrix.size() != n * n)
    throw Error(ErrorCode::InvalidArgument,
                "linear equations: a matrix of " + std::to_string(matrix.size()) + " numbers for " +
                    std::to_string(n) + " unknowns");
  // Row by row; every sum runs along two rows, which lie in memory as they are read.
  for (std::size_t i = 0; i < n; ++i) {
    double* const row = matrix.data() + i * n;
    for (std::size_t j = 0; j <= i; ++j) {
      const double* const other = matrix.data() + j * n;
      double sums[4] = {};
      std::size_t k = 0;
      for (; k + 4 <= j; k += 4)
        for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += row[k + lane] * other[k + lane];
      for (; k < j; ++k) sums[0] += row[k] * other[k];
      const double left = row[j] - ((sums[0] + sums[1]) + (sums[2] + sums[3]));
      if (j < i) {
        row[j] = left / other[j];
      } else {
        if (!(left > 0) || !std::isfinite(left))
          throw Error(ErrorCode::InvalidArgument, "linear equations: the matrix is not positive definite");
        row[i] = std::sqrt(left);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) right[i] -= matrix[i * n + k] * right[k];
    right[i] /= matrix[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    right[i] /= matrix[i * n + i];
    for (std::size_t k = 0; k < i; ++k) right[k] -= matrix[i * n + k] * right[i];
  }
  return right;
}

}  // namespace kyc
