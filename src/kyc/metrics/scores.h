// What every metric asks of its scores.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace kyc {

// what    "mated": how messages call the set
// throws  Error{InvalidArgument} if the set is empty or holds a NaN
void check_scores(std::span<const double> scores, const std::string& what);

// throws  Error{InvalidArgument} if value is not in [0, 1]
void check_share(double value, const std::string& what);

// The least threshold at which `value` is no longer accepted.
double next_above(double value);

std::size_t count_at_least(std::span<const double> scores, double threshold);

// Ascending. throws as check_scores
std::vector<double> sorted_scores(std::span<const double> scores, const std::string& what);

}  // namespace kyc
