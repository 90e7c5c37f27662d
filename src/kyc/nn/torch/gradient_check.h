// For tests: gradients beside finite differences, all in double precision.
#pragma once

#include <cstddef>
#include <span>

#include "kyc/nn/graph_plan.h"

namespace kyc {

struct GradientCheck {
  std::size_t compared = 0;  // numbers: of inputs and trained weights, up to some 24 of each tensor
  double worst = 0;          // |gradient - difference| / max(1, |difference|)
  double largest = 0;        // gradient: 0 says that nothing depends on anything
};

GradientCheck check_gradients(const GraphPlan& plan, std::span<const TypedTensor> inputs, bool training);

}  // namespace kyc
