// ONNX's own tests of operators, as Debian's libonnx-testdata has them: a model, and inputs with outputs.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/graph_plan.h"
#include "kyc/nn/onnx_model.h"
#include "kyc/nn/onnx_proto.h"

namespace kyc {

const std::filesystem::path kNodeCases = "/usr/share/libonnx-testdata/data";

struct NodeCase {
  GraphPlan plan;
  std::vector<std::pair<std::vector<TypedTensor>, std::vector<TypedTensor>>> data;  // inputs, outputs
};

inline std::vector<std::filesystem::path> case_folders(const std::string& group) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(kNodeCases / group))
    if (std::filesystem::exists(entry.path() / "model.onnx")) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::vector<TypedTensor> read_tensors(const std::filesystem::path& folder, const std::string& stem) {
  std::vector<TypedTensor> out;
  for (int i = 0;; ++i) {
    const auto path = folder / (stem + "_" + std::to_string(i) + ".pb");
    if (!std::filesystem::exists(path)) return out;
    const auto bytes = read_file(path);
    onnx::TensorProto tensor;
    if (!tensor.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
      throw Error(ErrorCode::Corrupt, path.string() + ": no tensor");
    out.push_back(typed_tensor(tensor, path.string()));
  }
}

// NumPy has no bfloat16: its bits are written as uint16.
inline void set_types(std::vector<TypedTensor>& tensors, const std::vector<PlanPort>& ports) {
  for (std::size_t i = 0; i < std::min(tensors.size(), ports.size()); ++i)
    if (tensors[i].type == ElementType::UInt16 && ports[i].type == ElementType::BFloat16)
      tensors[i].type = ElementType::BFloat16;
}

// throws  Error{Unsupported} as graph_plan
inline NodeCase read_case(const std::filesystem::path& folder) {
  NodeCase out;
  out.plan = OnnxModel(read_file(folder / "model.onnx"), folder.filename().string()).plan();
  for (int i = 0; std::filesystem::exists(folder / ("test_data_set_" + std::to_string(i))); ++i) {
    const auto data = folder / ("test_data_set_" + std::to_string(i));
    out.data.emplace_back(read_tensors(data, "input"), read_tensors(data, "output"));
    set_types(out.data.back().first, out.plan.inputs);
    set_types(out.data.back().second, out.plan.outputs);
  }
  return out;
}

// The gist of a refusal, for counting: what comes after the test's own name and node.
inline std::string refusal(const Error& error) {
  const std::string text = error.what();
  const std::size_t open = text.rfind('(');
  const std::size_t at = text.find("): ");
  if (open != std::string::npos && at != std::string::npos && open < at)
    return text.substr(open + 1, at - open - 1) + ": " + text.substr(at + 3);
  const std::size_t colon = text.rfind(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

// The counts of tests are of this version.
inline bool onnx_version_is_1_12(const std::string& group) {
  return std::filesystem::exists(kNodeCases / group) &&
         std::filesystem::exists(kNodeCases / "node" / "test_dft") &&
         !std::filesystem::exists(kNodeCases / "node" / "test_gelu_default_1");
}

}  // namespace kyc
