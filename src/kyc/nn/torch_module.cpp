// LibTorch is opened at run time: linked, it would cost every start of the program 0.7 s and 160 MB (Debian's
// brings OpenCV, Qt and GDAL along).

#include <mutex>

#include <dlfcn.h>

#include "kyc/core/error.h"
#include "kyc/nn/graph_engine.h"

namespace kyc {
namespace {

constexpr const char* kLibrary = "libkyc_torch.so";

const TorchModule* opened(std::string& reason) {
  // By its bare name: it lies where the program's run path points, in the build tree and when installed.
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    reason = std::string("LibTorch can not be used here: ") + dlerror() +
             " (tools/setup --train installs LibTorch; then build again)";
    return nullptr;
  }
  const auto entry = reinterpret_cast<TorchModuleEntry>(dlsym(library, "kyc_torch_module"));
  const TorchModule* module = entry != nullptr ? entry() : nullptr;
  if (module == nullptr || module->interface != kTorchInterface) {
    reason = std::string(kLibrary) + " is of another version of this program";
    return nullptr;
  }
  return module;
}

struct Opening {
  std::string reason;
  const TorchModule* module = opened(reason);
};

const Opening& opening() {
  static const Opening once;
  return once;
}

}  // namespace

const TorchModule& torch_module() {
  if (opening().module == nullptr) throw Error(ErrorCode::Unavailable, opening().reason);
  return *opening().module;
}

TorchStatus torch_status() {
  const TorchModule* module = opening().module;
  if (module == nullptr)
    return {.available = false, .version = "", .cuda = false, .reason = opening().reason};
  return {.available = true, .version = module->version(), .cuda = module->has_cuda(), .reason = ""};
}

std::vector<std::string> graph_operators() {
  const TorchModule* module = opening().module;
  return module == nullptr ? std::vector<std::string>() : module->operators();
}

}  // namespace kyc
