#include "kyc/evaluation/budget.h"

#include "kyc/core/error.h"

namespace kyc {

BudgetResult under_budget(std::span<const TimedComparison> comparisons, double threshold, double budget_s) {
  if (comparisons.empty()) throw Error(ErrorCode::InvalidArgument, "budget: expected comparisons, got none");
  BudgetResult out;
  out.budget_s = budget_s;
  std::uint64_t right = 0;
  for (const TimedComparison& comparison : comparisons) {
    const bool in_time = comparison.seconds <= budget_s;
    const bool accepted = in_time && comparison.score && *comparison.score >= threshold;
    if (in_time) ++out.within;
    if (accepted == comparison.mated) ++right;
    ++(comparison.mated ? out.mated : out.non_mated);
    if (accepted) ++(comparison.mated ? out.accepted_mated : out.accepted_non_mated);
  }
  out.accuracy = static_cast<double>(right) / static_cast<double>(comparisons.size());
  return out;
}

}  // namespace kyc
