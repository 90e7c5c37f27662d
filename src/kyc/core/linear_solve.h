// Systems of linear equations with a symmetric, positive definite matrix.
#pragma once

#include <vector>

namespace kyc {

// x of matrix x = right, by Cholesky's factors.
// matrix  n * n, row-major; only the lower triangle is read
// throws  Error{InvalidArgument} sizes that do not fit, or a matrix that is not positive definite
std::vector<double> solve_positive_definite(std::vector<double> matrix, std::vector<double> right);

}  // namespace kyc
