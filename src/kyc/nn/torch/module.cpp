// The one symbol that libkyc_torch.so exports.

#include "kyc/nn/torch/module.h"

#include <algorithm>

#include "kyc/nn/torch/operators.h"

namespace kyc {
namespace {

std::vector<std::string> operator_names() {
  std::vector<std::string> out{"Constant"};
  for (const auto& [name, made] : operators()) out.push_back(name);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace
}  // namespace kyc

extern "C" __attribute__((visibility("default"))) const kyc::TorchModule* kyc_torch_module() {
  static const kyc::TorchModule module{
      .interface = kyc::kTorchInterface,
      .version = [] { return std::string(TORCH_VERSION); },
      .has_cuda = [] { return at::globalContext().hasCUDA(); },
      .operators = kyc::operator_names,
      .make_graph = kyc::make_torch_graph,
      .make_training = kyc::make_torch_training,
  };
  return &module;
}
