// Accuracy under a limit of time per comparison (the idea of FRUITS, ICCV 2021 workshops): a comparison that
// takes longer than the budget is not accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kyc {

struct TimedComparison {
  std::string probe;
  std::string reference;
  bool mated = false;
  std::optional<double> score;  // nothing: no template
  double seconds = 0;           // decoding, finding the face, template of both pictures, and comparing
};

struct BudgetResult {
  double budget_s = 0;
  std::uint64_t within = 0;  // comparisons that kept to it
  std::uint64_t mated = 0, accepted_mated = 0;
  std::uint64_t non_mated = 0, accepted_non_mated = 0;
  double accuracy = 0;  // share decided rightly
};

// throws  Error{InvalidArgument} without comparisons
BudgetResult under_budget(std::span<const TimedComparison> comparisons, double threshold, double budget_s);

}  // namespace kyc
