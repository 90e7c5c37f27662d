#include "kyc/nn/graph_plan.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_model.h"
#include "kyc/nn/torch/tiny_networks_test.h"

namespace kyc {
namespace {

TEST(GraphPlan, HasEveryPartOfTheFile) {
  const OnnxModel model(tiny_network({.dropout = true}), "tiny");
  const GraphPlan& plan = model.plan();
  EXPECT_EQ(plan.opset, 13);
  ASSERT_EQ(plan.inputs.size(), 1U);
  EXPECT_EQ(plan.inputs[0].shape, (std::vector<std::int64_t>{-1, 3, 12, 12}));
  std::vector<std::string> operators;
  for (const PlanNode& node : plan.nodes) operators.push_back(node.op);
  EXPECT_THAT(operators,
              testing::ElementsAre(
                  "Conv", "BatchNormalization", "Relu", "GlobalAveragePool", "Flatten", "Dropout", "Gemm"));
  EXPECT_EQ(plan.nodes[0].attributes.at("strides").integers, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(plan.constants.size(), 9U);
  for (const PlanConstant& constant : plan.constants)
    EXPECT_EQ(constant.trained,
              !testing::Matches(testing::AnyOf(testing::HasSubstr("running"), testing::Eq("ratio")))(
                  plan.values[static_cast<std::size_t>(constant.value)]));
}

TEST(GraphPlan, TakesTheBiasThatIsAddedToAProductAsTrained) {
  OnnxBuilder onnx("test");
  onnx.input("x", {-1, 4});
  onnx.node("MatMul", {"x", onnx.constant("w", random_weights({4, 2}, 1, 1))}, "product");
  onnx.node("Add", {onnx.constant("b", random_weights({2}, 2, 1)), "product"}, "sum");
  onnx.node("Mul", {"sum", onnx.constant("fixed", random_weights({2}, 3, 1))}, "y");
  onnx.output("y", {-1, 2});
  const OnnxModel model(onnx.bytes(), "test");
  for (const PlanConstant& constant : model.plan().constants)
    EXPECT_EQ(constant.trained, model.plan().values[static_cast<std::size_t>(constant.value)] != "fixed");
}

TEST(ArchitectureHash, IsOfTheShapeOfANetworkNotOfItsWeights) {
  const auto hash = [](const std::vector<std::uint8_t>& bytes) {
    return architecture_hash(OnnxModel(bytes, "test").plan());
  };
  OnnxModel changed(tiny_network(), "tiny");
  TypedTensor other = changed.plan().constants[0].tensor;
  other.bytes[0] ^= 1;
  changed.set_constant(0, other);
  EXPECT_NE(changed.bytes(), tiny_network());
  EXPECT_EQ(hash(changed.bytes()), hash(tiny_network()));
  EXPECT_NE(hash(tiny_network({.channels = 8})), hash(tiny_network()));
  EXPECT_NE(hash(tiny_network({.dropout = true})), hash(tiny_network()));
}

// What bytes from outside may do is throw Error.
TEST(GraphPlan, SurvivesDamagedFiles) {
  const auto good = tiny_network({.dropout = true});
  std::mt19937 generator(1);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    auto bad = good;
    const int changes = 1 + static_cast<int>(generator() % 4);
    for (int k = 0; k < changes; ++k) bad[generator() % bad.size()] = static_cast<std::uint8_t>(generator());
    if (i % 5 == 0) bad.resize(generator() % bad.size());
    try {
      const OnnxModel model(bad, "damaged");
      for (const PlanConstant& constant : model.plan().constants) {
        std::size_t count = size_of(constant.tensor.type);
        for (const std::int64_t size : constant.tensor.shape) count *= static_cast<std::size_t>(size);
        ASSERT_EQ(constant.tensor.bytes.size(), count);
      }
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::Corrupt || error.code() == ErrorCode::Unsupported)
          << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace kyc
