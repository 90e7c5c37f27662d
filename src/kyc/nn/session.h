// Runs an ONNX model with ONNX Runtime. ONNX Runtime ends here.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kyc/nn/manifest.h"
#include "kyc/nn/tensor.h"

namespace kyc {

// Processor time that callers spent in run(), added up over sessions and threads: for benchmarks.
struct RunClock {
  std::atomic<std::int64_t> nanoseconds = 0;
};

struct SessionOptions {
  int threads = 1;  // inside one run; parallel over frames is faster (two sessions beat two threads)
  bool rewrite_graph = true;  // replace what ONNX Runtime runs slowly by equal, faster operators at load
  bool free_batch = true;     // make a batch dimension that the file fixes at 1 free
  std::shared_ptr<RunClock> clock = nullptr;  // null: nothing is measured
};

struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;  // -1: free
};

// run() may be called from several threads at once; each run takes its own memory.
class Session {
 public:
  // model   bytes of an .onnx file
  // name    what error messages call it
  // throws  Error{Corrupt} not a model, Error{Unsupported} an operator that ONNX Runtime lacks
  Session(std::span<const std::uint8_t> model, const std::string& name, const SessionOptions& options = {});
  // throws  as ModelManifest::load, and as above
  Session(const ModelManifest& manifest, const std::string& name, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const std::vector<TensorInfo>& inputs() const;
  const std::vector<TensorInfo>& outputs() const;

  // inputs   one per input, in the order of inputs()
  // returns  one per output, in the order of outputs()
  // throws   Error{InvalidArgument} if a shape does not fit: says which was expected
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;
  Tensor run(const Tensor& input) const;  // for networks of one input: the first output

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
