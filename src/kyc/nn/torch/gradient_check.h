// For tests: gradients beside finite differences, all in double precision.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>

#include <dlfcn.h>

#include "kyc/nn/graph_plan.h"

namespace kyc {

struct GradientCheck {
  std::size_t compared = 0;  // numbers: of inputs and trained weights, up to some 24 of each tensor
  double worst = 0;          // |gradient - difference| / max(1, |difference|)
  double largest = 0;        // gradient: 0 says that nothing depends on anything
};

using GradientChecker = GradientCheck (*)(const GraphPlan& plan,
                                          std::span<const TypedTensor> inputs,
                                          bool training);

// In a library of its own, opened when it is needed: ctest starts this program once per test.
inline GradientCheck check_gradients(const GraphPlan& plan,
                                     std::span<const TypedTensor> inputs,
                                     bool training) {
  void* library = dlopen("libkyc_torch_check.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  // The library exports a pointer: a function of C++ has no plain name.
  const auto* checker = static_cast<const GradientChecker*>(dlsym(library, "kyc_gradient_checker"));
  if (checker == nullptr) throw std::runtime_error(dlerror());
  return (*checker)(plan, inputs, training);
}

}  // namespace kyc
