// An ONNX file that is read, changed in its constants, and written again. Internal to nn/.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kyc/nn/graph_plan.h"

namespace kyc {

class OnnxModel {
 public:
  // throws  Error{Corrupt} not a model; and as graph_plan
  OnnxModel(std::span<const std::uint8_t> model, const std::string& name);
  ~OnnxModel();
  OnnxModel(OnnxModel&&) noexcept;
  OnnxModel& operator=(OnnxModel&&) noexcept;

  const GraphPlan& plan() const;

  // index  into plan().constants; the file's tensor gets these bytes. Type and shape must be the same.
  void set_constant(std::size_t index, const TypedTensor& value);

  std::vector<std::uint8_t> bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
