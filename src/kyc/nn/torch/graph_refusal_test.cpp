// What Graph refuses, and how it says so.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/graph.h"
#include "kyc/nn/onnx_builder.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/torch/tiny_networks_test.h"
#include "kyc/testing/refusal.h"

namespace kyc {
namespace {

// A model of one node over "x" [2, 3], whose constants are made by `fill`.
std::vector<std::uint8_t> one_node(const std::string& op,
                                   const std::function<void(OnnxBuilder&, onnx::NodeProto&)>& fill = {}) {
  OnnxBuilder onnx("test");
  onnx.input("x", {2, 3});
  onnx::NodeProto& node = onnx.node(op, {"x"}, "y");
  node.set_name("the_node");
  if (fill) fill(onnx, node);
  onnx.output("y", {-1, -1});
  return onnx.bytes();
}

TEST(GraphRefuses, AnUnknownOperatorByItsNameAndNode) {
  const auto bytes = one_node("TfIdfVectorizer");
  const std::string message = refusal(ErrorCode::Unsupported, [&] { Graph(bytes, "model.onnx"); });
  EXPECT_THAT(message, testing::HasSubstr("model.onnx"));
  EXPECT_THAT(message, testing::HasSubstr("the_node"));
  EXPECT_THAT(message, testing::HasSubstr("TfIdfVectorizer"));
}

TEST(GraphRefuses, AnUnknownModeByItsNode) {
  const auto bytes = one_node("Resize", [](OnnxBuilder& onnx, onnx::NodeProto& node) {
    node.add_input("");
    node.add_input(onnx.constant("scales", Weights{{2}, {1, 2}}));
    set_attribute(node, "mode", std::string("lanczos"));
  });
  EXPECT_THAT(refusal(ErrorCode::Unsupported, [&] { Graph(bytes, "model.onnx"); }),
              testing::AllOf(testing::HasSubstr("the_node"), testing::HasSubstr("lanczos")));
}

TEST(GraphRefuses, OperatorsOfOtherDomains) {
  const auto bytes =
      one_node("Relu", [](OnnxBuilder&, onnx::NodeProto& node) { node.set_domain("com.example"); });
  EXPECT_THAT(refusal(ErrorCode::Unsupported, [&] { Graph(bytes, "model.onnx"); }),
              testing::HasSubstr("com.example"));
}

TEST(GraphRefuses, OpsetsThatItDoesNotKnow) {
  for (const std::int64_t opset : {5, 99}) {
    auto bytes = one_node("Relu");
    change_model(bytes, [&](onnx::ModelProto& model) { model.mutable_opset_import(0)->set_version(opset); });
    EXPECT_THAT(refusal(ErrorCode::Unsupported, [&] { Graph(bytes, "model.onnx"); }),
                testing::HasSubstr("opset " + std::to_string(opset)));
  }
}

TEST(GraphRefuses, WhatIsNoModelAndWhatContradictsItself) {
  const std::vector<std::uint8_t> noise(100, 0xAB);
  refusal(ErrorCode::Corrupt, [&] { Graph(noise, "noise"); });
  auto bytes = tiny_network();
  refusal(ErrorCode::Corrupt, [&] { Graph(std::span(bytes).first(bytes.size() / 2), "half"); });
  // A constant whose bytes do not fill its shape; one so large that memory would go.
  for (const std::int64_t size : {std::int64_t{7}, std::int64_t{1} << 40}) {
    auto wrong = tiny_network();
    change_model(wrong, [&](onnx::ModelProto& model) {
      model.mutable_graph()->mutable_initializer(0)->set_dims(0, size);
    });
    refusal(ErrorCode::Corrupt, [&] { Graph(wrong, "wrong"); });
  }
  auto elsewhere = tiny_network();
  change_model(elsewhere, [](onnx::ModelProto& model) {
    auto& tensor = *model.mutable_graph()->mutable_initializer(0);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    auto& entry = *tensor.add_external_data();
    entry.set_key("location");
    entry.set_value("/etc/passwd");
  });
  refusal(ErrorCode::Unsupported, [&] { Graph(elsewhere, "elsewhere"); });
  auto backwards = tiny_network();
  change_model(backwards,
               [](onnx::ModelProto& model) { model.mutable_graph()->mutable_node()->SwapElements(0, 3); });
  refusal(ErrorCode::Corrupt, [&] { Graph(backwards, "backwards"); });
}

TEST(GraphRefuses, GraphsWithinGraphs) {
  const auto bytes = one_node("If", [](OnnxBuilder&, onnx::NodeProto& node) {
    auto& attribute = *node.add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    attribute.mutable_g()->set_name("inner");
  });
  EXPECT_THAT(refusal(ErrorCode::Unsupported, [&] { Graph(bytes, "model.onnx"); }),
              testing::HasSubstr("the_node"));
}

TEST(GraphRefuses, InputsThatDoNotFit) {
  Graph graph(tiny_network(), "tiny");
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument,
                      [&] {
                        graph.run(make_tensor({1, 3, 12, 13}));
                      }),
              testing::AllOf(testing::HasSubstr("'x'"), testing::HasSubstr("[1, 3, 12, 13]")));
  refusal(ErrorCode::InvalidArgument, [&] { graph.run({{1, 3, 12, 12}, {1, 2}}); });
}

// A few bytes of a file must not take all memory.
TEST(GraphRefuses, TensorsTooLargeToMake) {
  const auto constant = [](const char* op, const std::vector<std::int64_t>& shape) {
    return one_node(op, [&](OnnxBuilder& onnx, onnx::NodeProto& node) {
      if (std::string(op) == "ConstantOfShape") node.clear_input();
      node.add_input(onnx.constant("shape", shape));
    });
  };
  const Tensor x = make_tensor({2, 3});
  for (const auto& bytes : {constant("ConstantOfShape", {1 << 20, 1 << 20}),
                            constant("Expand", {1 << 20, 1 << 20, 2, 3}),
                            constant("Tile", {1 << 20, 1 << 20})}) {
    Graph graph(bytes, "large");
    EXPECT_THAT(refusal(ErrorCode::Unavailable, [&] { graph.run(x); }), testing::HasSubstr("the_node"));
  }
}

TEST(GraphRefuses, AMistakeAtRunTimeByItsNode) {
  const auto bytes = one_node("Reshape", [](OnnxBuilder& onnx, onnx::NodeProto& node) {
    node.add_input(onnx.constant("shape", std::vector<std::int64_t>{4, 2}));
  });
  Graph graph(bytes, "model.onnx");
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument,
                      [&] {
                        graph.run(make_tensor({2, 3}));
                      }),
              testing::AllOf(testing::HasSubstr("the_node"), testing::HasSubstr("Reshape")));
}

TEST(GraphRefuses, ADeviceThatIsNotThere) {
  if (torch_status().cuda) GTEST_SKIP() << "there is a GPU here";
  refusal(ErrorCode::Unavailable, [&] { Graph(tiny_network(), "tiny", {.device = GraphDevice::Cuda}); });
}

}  // namespace
}  // namespace kyc
