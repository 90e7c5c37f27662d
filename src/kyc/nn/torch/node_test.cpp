// ONNX's own tests of operators (Debian's libonnx-testdata): every one whose operators are supported here
// must come out as it says. Skipped where the package is not installed.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/graph_engine.h"
#include "kyc/nn/onnx_model.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/torch/gradient_check.h"
#include "kyc/nn/torch/node_cases_test.h"

namespace kyc {
namespace {

// Outputs that a seed of NumPy's decides, or that the test itself says nothing about.
const std::map<std::string, std::string> kNotComparable = {
    {"test_training_dropout", "which values drop is NumPy's generator's choice"},
    {"test_training_dropout_default", "likewise"},
    {"test_training_dropout_default_mask", "likewise"},
    {"test_training_dropout_mask", "likewise"},
};

double number_at(const TypedTensor& tensor, std::size_t i) {
  const auto as = [&]<typename T>(T value) {
    std::memcpy(&value, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    return static_cast<double>(value);
  };
  switch (tensor.type) {
    case ElementType::Float32:
      return as(float{});
    case ElementType::Float64:
      return as(double{});
    case ElementType::Int64:
      return as(std::int64_t{});
    case ElementType::UInt64:
      return as(std::uint64_t{});
    case ElementType::Int32:
      return as(std::int32_t{});
    case ElementType::UInt32:
      return as(std::uint32_t{});
    case ElementType::Int16:
      return as(std::int16_t{});
    case ElementType::UInt16:
      return as(std::uint16_t{});
    case ElementType::Int8:
      return as(std::int8_t{});
    case ElementType::UInt8:
    case ElementType::Bool:
      return as(std::uint8_t{});
    case ElementType::BFloat16: {
      const auto bits = static_cast<std::uint32_t>(as(std::uint16_t{})) << 16U;
      float value = 0;
      std::memcpy(&value, &bits, sizeof(value));
      return static_cast<double>(value);
    }
    case ElementType::Float16: {
      const auto bits = static_cast<std::uint32_t>(as(std::uint16_t{}));
      const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
      const int exponent = static_cast<int>(bits >> 10U & 31U);
      const double fraction = (bits & 1023U) / 1024.0;
      if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
      return exponent == 0 ? sign * std::ldexp(fraction, -14)
                           : sign * std::ldexp(1 + fraction, exponent - 15);
    }
  }
  return NAN;
}

// As ONNX's own runner compares: relative 1e-3, absolute 1e-7. Types of half precision have steps of their
// own, and which of two neighbours a number becomes differs: ONNX 1.12 cuts bfloat16 off, LibTorch rounds.
double tolerance(ElementType type, double value) {
  if (type == ElementType::BFloat16) return std::abs(value) / 128;
  return (type == ElementType::Float16 ? 1e-3 : 1e-7) + 1e-3 * std::abs(value);
}

std::string difference(const TypedTensor& given, const TypedTensor& wanted) {
  if (given.type != wanted.type) return "the type differs";
  if (given.shape != wanted.shape)
    return "shape " + shape_text(given.shape) + " for " + shape_text(wanted.shape);
  const std::size_t count = given.bytes.size() / size_of(given.type);
  for (std::size_t i = 0; i < count; ++i) {
    const double a = number_at(given, i);
    const double b = number_at(wanted, i);
    if ((std::isnan(a) && std::isnan(b)) || a == b) continue;
    if (!(std::abs(a - b) <= tolerance(given.type, b)))
      return "value " + std::to_string(i) + ": " + std::to_string(a) + " for " + std::to_string(b);
  }
  return {};
}

std::string run_case(const NodeCase& node_case) {
  const auto engine = torch_module().make_graph(node_case.plan, {});
  for (const auto& [inputs, outputs] : node_case.data) {
    const auto given = engine->run(inputs);
    if (given.size() != outputs.size()) return "the number of outputs differs";
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (const std::string what = difference(given[i], outputs[i]); !what.empty())
        return "output " + std::to_string(i) + ": " + what;
  }
  return {};
}

struct Folder {
  const char* name;
  std::size_t total;      // of the package as Debian 12 has it (ONNX 1.12)
  std::size_t supported;  // at least
};

void PrintTo(const Folder& folder, std::ostream* out) {
  *out << folder.name;
}

class NodeTests : public testing::TestWithParam<Folder> {};

TEST_P(NodeTests, ComeOutAsOnnxSays) {
  const Folder& folder = GetParam();
  if (!std::filesystem::exists(kNodeCases / folder.name))
    GTEST_SKIP() << "libonnx-testdata is not installed: no " << kNodeCases / folder.name;
  std::size_t total = 0;
  std::size_t supported = 0;
  std::size_t passed = 0;
  std::map<std::string, std::size_t> refused;
  for (const auto& path : case_folders(folder.name)) {
    ++total;
    SCOPED_TRACE(path.filename().string());
    NodeCase node_case;
    try {
      node_case = read_case(path);
      torch_module().make_graph(node_case.plan, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Unsupported) << error.what();
      ++refused[refusal(error)];
      continue;
    }
    ++supported;
    if (kNotComparable.contains(path.filename())) {
      ++passed;
      continue;
    }
    std::string what;
    try {
      what = run_case(node_case);
    } catch (const Error& error) {
      what = error.what();
    }
    EXPECT_EQ(what, "") << path.filename();
    if (what.empty()) ++passed;
  }
  std::cout << folder.name << ": " << passed << " passed / " << supported << " supported / " << total
            << " in all; refused:";
  for (const auto& [what, count] : refused) std::cout << "\n  " << count << " x " << what;
  std::cout << "\n";
  EXPECT_EQ(passed, supported);
  EXPECT_GE(supported, folder.supported);
  if (onnx_version_is_1_12(folder.name)) {
    EXPECT_EQ(total, folder.total);
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx,
                         NodeTests,
                         testing::Values(Folder{"node", 932, 815},
                                         Folder{"pytorch-operator", 35, 35},
                                         Folder{"pytorch-converted", 82, 82},
                                         Folder{"simple", 23, 7}),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

// Where differences tell nothing about gradients.
const std::set<std::string> kNotDifferentiable = {
    // Data on a corner of the function, on a step, or with equal values: differences see both sides.
    "test_unique_not_sorted_without_axis",
    "test_unique_sorted_without_axis",
    "test_elu_example",
    "test_selu_example",
    "test_leakyrelu_example",
    "test_thresholdedrelu_example",
    "test_floor_example",
    "test_round",
    "test_sign",
    "test_gridsample_aligncorners_true",
    "test_gridsample_bilinear",
    "test_gridsample_nearest",
    "test_hardmax_one_hot",
    "test_reduce_min_default_axes_keepdims_example",
    "test_onehot_negative_indices",
    "test_onehot_with_axis",
    "test_onehot_with_negative_axis",
    // Rounded to half precision on the way: steps, from close by.
    "test_cast_DOUBLE_to_FLOAT16",
    "test_cast_FLOAT_to_FLOAT16",
    "test_cast_FLOAT_to_BFLOAT16",
    "test_castlike_FLOAT_to_BFLOAT16",
    "test_castlike_FLOAT_to_BFLOAT16_expanded",
    "test_castlike_DOUBLE_to_FLOAT16",
    "test_castlike_FLOAT_to_FLOAT16",
    "test_castlike_FLOAT_to_FLOAT16_expanded",
    "test_castlike_DOUBLE_to_FLOAT16_expanded",
    // The data are memory that nobody had written to: numbers up to 1e300.
    "test_operator_add_broadcast",
    "test_operator_add_size1_right_broadcast",
    "test_operator_add_size1_singleton_broadcast",
    "test_operator_addconstant",
};

// Every floating point input of every one of these tests, in double precision.
TEST(NodeGradients, AgreeWithFiniteDifferences) {
  if (!std::filesystem::exists(kNodeCases)) GTEST_SKIP() << "libonnx-testdata is not installed";
  std::size_t checked = 0;
  std::size_t numbers = 0;
  std::set<std::string> operators;
  for (const char* folder : {"node", "pytorch-operator", "pytorch-converted"})
    for (const auto& path : case_folders(folder)) {
      NodeCase node_case;
      try {
        node_case = read_case(path);
        torch_module().make_graph(node_case.plan, {});
      } catch (const Error&) {
        continue;  // the other test counts what is refused
      }
      if (node_case.data.empty() || kNotDifferentiable.contains(path.filename()) ||
          kNotComparable.contains(path.filename()))
        continue;
      try {
        const GradientCheck check = check_gradients(node_case.plan, node_case.data[0].first, false);
        EXPECT_LT(check.worst, 1e-5) << path.filename();
        if (check.compared == 0 || check.largest == 0) continue;
        ++checked;
        numbers += check.compared;
        for (const PlanNode& node : node_case.plan.nodes) operators.insert(node.op);
      } catch (const std::exception& error) {
        const std::string what = error.what();
        ADD_FAILURE() << path.filename() << ": " << what.substr(0, what.find('\n'));
      }
    }
  std::cout << numbers << " gradients of " << checked << " tests with " << operators.size() << " operators\n";
  EXPECT_GT(checked, 300U);
}

}  // namespace
}  // namespace kyc
