// Writing ONNX graphs from nothing. Internal to nn/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kyc/nn/onnx_graph.h"

namespace kyc {

void set_attribute(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values);
void set_attribute(onnx::NodeProto& node, const std::string& name, const std::string& value);
void set_float_attribute(onnx::NodeProto& node, const std::string& name, float value);

// A model of opset 13. Names of tensors are the caller's; those it does not care for are made by fresh_name.
class OnnxBuilder {
 public:
  explicit OnnxBuilder(const std::string& producer);
  ~OnnxBuilder();
  OnnxBuilder(const OnnxBuilder&) = delete;
  OnnxBuilder& operator=(const OnnxBuilder&) = delete;

  // shape  -1: free. Free first dimensions of all inputs and outputs are one and the same.
  void input(const std::string& name, const std::vector<std::int64_t>& shape);
  void output(const std::string& name, const std::vector<std::int64_t>& shape);

  // The name of the new constant.
  std::string constant(const std::string& stem, const Weights& weights);
  std::string constant(const std::string& stem, const std::vector<std::int64_t>& numbers);
  // Of 16 bits: half_weights.h.
  std::string half_constant(const std::string& stem, const Weights& weights);
  // Of 8 bits, with a sign.
  std::string byte_constant(const std::string& stem,
                            const std::vector<std::int64_t>& dims,
                            const std::vector<std::int8_t>& values);

  onnx::NodeProto& node(const std::string& type,
                        const std::vector<std::string>& inputs,
                        const std::string& output);
  std::string fresh_name(const std::string& stem);

  // throws  Error{Unsupported} if the model is larger than 2 GB
  std::vector<std::uint8_t> bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
