// The trained part of BRISQUE, out of OpenCV's YAML: inside of quality/ only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kyc/quality/brisque.h"

namespace kyc {

// Epsilon-SVR with an RBF kernel: score = sum of weight exp(-gamma |vector - features|^2) - rho.
struct BrisqueRegression {
  BrisqueFeatures low{};  // of each feature: becomes -1
  BrisqueFeatures high{};
  double gamma = 0;
  double rho = 0;
  std::vector<double> weights;
  std::vector<float> vectors;  // [weights.size(), 36]
};

// throws  as BrisqueModel's constructor
BrisqueRegression parse_brisque(std::string_view model,
                                const std::string& model_name,
                                std::string_view ranges,
                                const std::string& ranges_name);

}  // namespace kyc
