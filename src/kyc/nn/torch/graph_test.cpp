#include "kyc/nn/graph.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/nn/graph_engine.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/onnx_model.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/session.h"
#include "kyc/nn/torch/gradient_check.h"
#include "kyc/nn/torch/tiny_networks_test.h"
#include "kyc/testing/refusal.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

const std::filesystem::path kSource = KYC_SOURCE_DIR;

// The largest difference, as a share of the largest value.
double relative_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape, b.shape);
  float worst = 0;
  float largest = 1e-30F;
  for (std::size_t i = 0; i < std::min(a.data.size(), b.data.size()); ++i) {
    worst = std::max(worst, std::abs(a.data[i] - b.data[i]));
    largest = std::max(largest, std::abs(b.data[i]));
  }
  return worst / largest;
}

// ---- the same as ONNX Runtime ----

// A photo, a drawn face, and noise.
std::vector<Tensor> inputs_for(ModelInput input) {
  for (std::size_t i = 1; i < input.shape.size(); ++i)
    if (input.shape[i] == 0) input.shape[i] = 96;  // the manifest leaves it free
  static const Image photo = read_image(kSource / "samples" / "sample1.jpg");
  static const SyntheticPicture drawn = draw_synthetic_face();
  std::vector<Tensor> out{tensor_from_image(photo, input),
                          tensor_from_image(drawn.image, drawn.faces[0].box, input)};
  for (const unsigned seed : {7U, 8U}) {
    out.push_back(random_tensor(input.shape, seed));
    for (float& value : out.back().data) value = (128 + 60 * value - input.mean[0]) / input.scale[0];
  }
  return out;
}

// What an output differs by is measured by the largest value that it has on any of the inputs: facemesh's
// "is this a face" is 1e-5 on noise, and 1e-9 off.
void compare_engines(const ModelManifest& manifest, const ModelEntry& entry) {
  const std::vector<std::uint8_t> onnx = load_onnx(manifest, entry.name);
  const Session session(onnx, entry.name);
  Graph graph(onnx, entry.name);
  // Not less: where a text detector sees no text, ONNX Runtime's steps of 3e-8 are all that it says.
  std::vector<float> largest(graph.outputs().size(), 0.02F);
  std::vector<float> worst(graph.outputs().size(), 0);
  for (const Tensor& input : inputs_for(entry.inputs[0])) {
    const auto wanted = session.run(std::span(&input, 1));
    const auto given = graph.run(std::span(&input, 1));
    ASSERT_EQ(given.size(), wanted.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      ASSERT_EQ(given[i].shape, wanted[i].shape);
      for (std::size_t k = 0; k < given[i].data.size(); ++k) {
        largest[i] = std::max(largest[i], std::abs(wanted[i].data[k]));
        worst[i] = std::max(worst[i], std::abs(wanted[i].data[k] - given[i].data[k]));
      }
    }
  }
  for (std::size_t i = 0; i < worst.size(); ++i) {
    EXPECT_LE(worst[i] / largest[i], 1e-4) << graph.outputs()[i].name;
    std::cout << entry.name << " " << graph.outputs()[i].name << ": " << worst[i] / largest[i] << "\n";
  }
}

TEST(ManifestModels, AgreeWithOnnxRuntime) {
  const ModelManifest manifest(kSource / "models");
  std::size_t compared = 0;
  for (const ModelEntry& entry : manifest.entries()) {
    if (entry.inputs.size() != 1 || !manifest.is_present(entry)) continue;
    SCOPED_TRACE(entry.name);
    compare_engines(manifest, entry);
    ++compared;
  }
  EXPECT_GE(compared, 16U);
}

TEST(Graph, ListsInputsOutputsAndTrainedWeights) {
  const Graph graph(tiny_network(), "tiny");
  ASSERT_EQ(graph.inputs().size(), 1U);
  EXPECT_EQ(graph.inputs()[0].name, "x");
  EXPECT_EQ(graph.inputs()[0].shape, (std::vector<std::int64_t>{-1, 3, 12, 12}));
  std::vector<std::string> names;
  for (const GraphWeight& weight : graph.weights()) names.push_back(weight.name);
  // Running statistics are none.
  EXPECT_THAT(names,
              testing::ElementsAre(
                  "conv.weight", "conv.bias", "norm.weight", "norm.bias", "head.weight", "head.bias"));
}

// ---- operators that libonnx-testdata of ONNX 1.12 does not have yet ----

using Attributes = std::function<void(OnnxBuilder&, onnx::NodeProto&)>;

struct NewOperator {
  const char* op;
  std::int64_t opset;
  Attributes fill;
};

void set_number(onnx::NodeProto& node, const std::string& name, float value) {
  auto& made = *node.add_attribute();
  made.set_name(name);
  made.set_type(onnx::AttributeProto::FLOAT);
  made.set_f(value);
}

TEST(GraphOperators, ThatAreNewAgreeWithOnnxRuntime) {
  const auto integer = [](const char* name, std::int64_t value) {
    return [=](OnnxBuilder&, onnx::NodeProto& node) { set_attribute(node, name, value); };
  };
  const Attributes nothing = [](OnnxBuilder&, onnx::NodeProto&) {};
  const std::vector<NewOperator> cases = {
      {"Gelu", 20, nothing},
      {"Gelu", 20, [](OnnxBuilder&, auto& node) { set_attribute(node, "approximate", std::string("tanh")); }},
      {"Mish", 18, nothing},
      {"LpNormalization", 18, integer("axis", 1)},
      {"LpNormalization", 18, [](OnnxBuilder&, auto& node) { set_attribute(node, "p", std::int64_t{1}); }},
      {"GlobalLpPool", 18, integer("p", 3)},
      {"LpPool",
       18,
       [](OnnxBuilder&, auto& node) {
         set_attribute(node, "kernel_shape", std::vector<std::int64_t>{3, 2});
         set_attribute(node, "strides", std::vector<std::int64_t>{2, 1});
         set_attribute(node, "pads", std::vector<std::int64_t>{1, 0, 1, 1});
       }},
      {"GroupNormalization",
       21,
       [](OnnxBuilder& onnx, auto& node) {
         node.add_input(onnx.constant("scale", random_weights({4}, 1, 1)));
         node.add_input(onnx.constant("bias", random_weights({4}, 2, 1)));
         set_attribute(node, "num_groups", std::int64_t{2});
         set_number(node, "epsilon", 0.01F);
       }},
      {"Resize",
       18,  // of named axes alone
       [](OnnxBuilder& onnx, auto& node) {
         node.add_input("");
         node.add_input(onnx.constant("scales", Weights{{2}, {2, 1.5F}}));
         set_attribute(node, "axes", std::vector<std::int64_t>{2, 3});
         set_attribute(node, "mode", std::string("linear"));
       }},
      {"Pad",
       18,
       [](OnnxBuilder& onnx, auto& node) {
         node.add_input(onnx.constant("pads", std::vector<std::int64_t>{1, 2, 0, 1}));
         node.add_input("");
         node.add_input(onnx.constant("axes", std::vector<std::int64_t>{-1, 2}));
         set_attribute(node, "mode", std::string("reflect"));
       }},
      {"ReduceMax",
       18,
       [](OnnxBuilder& onnx, auto& node) {
         node.add_input(onnx.constant("axes", std::vector<std::int64_t>{1, -1}));
       }},
  };
  const Tensor x = random_tensor({2, 4, 6, 6}, 3);
  TypedTensor typed{ElementType::Float32, x.shape, std::vector<std::uint8_t>(x.data.size() * 4)};
  std::memcpy(typed.bytes.data(), x.data.data(), typed.bytes.size());
  for (const NewOperator& one : cases) {
    SCOPED_TRACE(one.op);
    OnnxBuilder onnx("test");
    onnx.input("x", {2, 4, 6, 6});
    one.fill(onnx, onnx.node(one.op, {"x"}, "y"));
    onnx.output("y", {-1, -1, -1, -1});
    auto bytes = onnx.bytes();
    change_model(bytes, [&](onnx::ModelProto& model) {
      model.mutable_opset_import(0)->set_version(one.opset);
      model.set_ir_version(8);
    });
    Graph graph(bytes, one.op);
    const Session session(bytes, one.op, {.rewrite_graph = false, .free_batch = false});
    EXPECT_LT(relative_difference(graph.run(x), session.run(x)), 1e-5);
    EXPECT_LT(check_gradients(OnnxModel(bytes, one.op).plan(), std::span(&typed, 1), false).worst, 1e-5);
  }
}

TEST(GraphOperators, OfBitsComputeThem) {
  for (const auto& [op, wanted] : {std::pair("BitwiseAnd", 12 & 10),
                                   std::pair("BitwiseOr", 12 | 10),
                                   std::pair("BitwiseXor", 12 ^ 10),
                                   std::pair("BitwiseNot", ~12)}) {
    SCOPED_TRACE(op);
    OnnxBuilder onnx("test");
    onnx.input("x", {1});
    const std::string other = onnx.constant("other", std::vector<std::int64_t>{10});
    set_attribute(onnx.node("Cast", {"x"}, "whole"), "to", std::int64_t{onnx::TensorProto::INT64});
    if (std::string(op) == "BitwiseNot")
      onnx.node(op, {"whole"}, "bits");
    else
      onnx.node(op, {"whole", other}, "bits");
    set_attribute(onnx.node("Cast", {"bits"}, "y"), "to", std::int64_t{onnx::TensorProto::FLOAT});
    onnx.output("y", {1});
    auto bytes = onnx.bytes();
    change_model(bytes, [](onnx::ModelProto& model) { model.mutable_opset_import(0)->set_version(18); });
    EXPECT_EQ(Graph(bytes, op).run(Tensor{{1}, {12}}).data[0], static_cast<float>(wanted));
  }
}

// docs/graph.md says what runs.
TEST(GraphOperators, AreThoseOfTheDocumentation) {
  const std::string text = read_text_file(kSource / "docs" / "graph.md");
  const std::size_t begin = text.find("| kind | operators |");
  const std::size_t end = text.find("\n\n", begin);
  ASSERT_NE(begin, std::string::npos);
  std::vector<std::string> documented;
  for (std::size_t at = text.find('`', begin); at < end; at = text.find('`', at + 1)) {
    const std::size_t close = text.find('`', at + 1);
    documented.push_back(text.substr(at + 1, close - at - 1));
    at = close;
  }
  std::sort(documented.begin(), documented.end());
  EXPECT_EQ(documented, graph_operators());
}

// ---- gradients ----

TEST(GraphGradients, OfInputsAndWeightsAgreeWithDifferencesOfWholeNetworks) {
  for (const bool training : {false, true}) {
    SCOPED_TRACE(training);
    const OnnxModel model(tiny_network({.dropout = true}), "tiny");
    const Tensor x = random_tensor({4, 3, 12, 12}, 5);
    TypedTensor input{ElementType::Float32, x.shape, std::vector<std::uint8_t>(x.data.size() * 4)};
    std::memcpy(input.bytes.data(), x.data.data(), input.bytes.size());
    const GradientCheck check = check_gradients(model.plan(), std::span(&input, 1), training);
    EXPECT_LT(check.worst, 1e-6);
    EXPECT_GT(check.largest, 0.1);
    EXPECT_GT(check.compared, 60U);
  }
}

// The public door, in float32, beside a difference large enough to be seen in it.
TEST(GraphGradients, AreThoseOfTheLossThatTheCallerGives) {
  Graph graph(tiny_network(), "tiny");
  const Tensor x = random_tensor({2, 3, 12, 12}, 5);
  // loss = sum of squares of the outputs
  const OutputGradients squares = [](std::span<const Tensor> outputs) {
    std::vector<Tensor> out(outputs.begin(), outputs.end());
    for (float& value : out[0].data) value *= 2;
    return out;
  };
  const auto loss_at = [&](const Tensor& at) {
    double loss = 0;
    for (const float value : graph.run(at).data) loss += static_cast<double>(value) * value;
    return loss;
  };
  const GraphGradients found =
      graph.gradients(std::span(&x, 1), squares, {.inputs = true, .weights = true, .tensors = {"features"}});
  ASSERT_EQ(found.inputs.size(), 1U);
  EXPECT_EQ(found.inputs[0].shape, x.shape);
  for (const std::size_t i : {0U, 100U, 433U, 800U}) {
    Tensor above = x;
    Tensor below = x;
    above.data[i] += 0.01F;
    below.data[i] -= 0.01F;
    EXPECT_NEAR(found.inputs[0].data[i], (loss_at(above) - loss_at(below)) / 0.02, 2e-3) << i;
  }
  const Tensor bias = graph.weight("head.bias");
  graph.set_weight("head.bias", {{1}, {bias.data[0] + 0.01F}});
  const double above = loss_at(x);
  graph.set_weight("head.bias", {{1}, {bias.data[0] - 0.01F}});
  EXPECT_NEAR(found.weights.at("head.bias").data[0], (above - loss_at(x)) / 0.02, 2e-3);
  EXPECT_EQ(found.weights.size(), graph.weights().size());
  // What lies between, for maps of where a network looks.
  const auto& inner = found.tensors.at("features");
  EXPECT_EQ(inner.value.shape, (std::vector<std::int64_t>{2, 6, 5, 5}));
  EXPECT_EQ(inner.gradient.shape, inner.value.shape);
  EXPECT_GT(*std::max_element(inner.gradient.data.begin(), inner.gradient.data.end()), 0);
}

TEST(GraphGradients, RefuseATensorThatIsNotThereAndGradientsOfOtherShapes) {
  Graph graph(tiny_network(), "tiny");
  const Tensor x = random_tensor({1, 3, 12, 12}, 5);
  const OutputGradients same = [](std::span<const Tensor> outputs) {
    return std::vector<Tensor>(outputs.begin(), outputs.end());
  };
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument,
                      [&] { graph.gradients(std::span(&x, 1), same, {.tensors = {"nowhere"}}); }),
              testing::HasSubstr("nowhere"));
  refusal(ErrorCode::InvalidArgument, [&] {
    graph.gradients(std::span(&x, 1), [](auto) { return std::vector<Tensor>{make_tensor({7})}; });
  });
}

// ---- training mode ----

// By the formulas: normalised by the batch's mean and variance; running statistics move by a tenth, the
// variance with divisor n - 1 as LibTorch has it.
TEST(GraphTraining, BatchNormalizationUsesTheBatchAndMovesItsRunningStatistics) {
  OnnxBuilder onnx("test");
  onnx.input("x", {-1, 2});
  const std::string scale = onnx.constant("scale", Weights{{2}, {2, 1}});
  const std::string shift = onnx.constant("shift", Weights{{2}, {1, 0}});
  const std::string mean = onnx.constant("mean", Weights{{2}, {10, 0}});
  const std::string variance = onnx.constant("variance", Weights{{2}, {4, 1}});
  onnx.node("BatchNormalization", {"x", scale, shift, mean, variance}, "y");
  onnx.output("y", {-1, 2});
  const Tensor x{{4, 2}, {1, 5, 2, 5, 3, 5, 6, 9}};
  Graph training(onnx.bytes(), "norm", {.training = true});
  const Tensor y = training.run(x);
  // First column: mean 3, variance 3.5; second: mean 6, variance 3.
  EXPECT_NEAR(y.data[0], 1 + 2 * (1 - 3) / std::sqrt(3.5 + 1e-5), 1e-5);
  EXPECT_NEAR(y.data[7], (9 - 6) / std::sqrt(3 + 1e-5), 1e-5);
  EXPECT_NEAR(training.weight("mean").data[0], 0.9 * 10 + 0.1 * 3, 1e-5);
  EXPECT_NEAR(training.weight("variance").data[0], 0.9 * 4 + 0.1 * 3.5 * 4 / 3, 1e-5);
  Graph evaluation(onnx.bytes(), "norm");
  const Tensor plain = evaluation.run(x);
  EXPECT_NEAR(plain.data[0], 1 + 2 * (1 - 10) / std::sqrt(4 + 1e-5), 1e-5);
  EXPECT_EQ(evaluation.weight("mean").data[0], 10);
  // What has moved goes into the file.
  EXPECT_NEAR(Graph(training.onnx(), "norm").weight("mean").data[0], 9.3, 1e-5);
}

TEST(GraphTraining, DropoutDropsItsShareAndKeepsTheMean) {
  OnnxBuilder onnx("test");
  onnx.input("x", {-1});
  const std::string ratio = onnx.constant("ratio", Weights{{}, {0.25F}});
  onnx.node("Dropout", {"x", ratio}, "y");
  onnx.output("y", {-1});
  Tensor ones = make_tensor({40000});
  std::fill(ones.data.begin(), ones.data.end(), 1.0F);
  Graph training(onnx.bytes(), "dropout", {.training = true, .seed = 3});
  const Tensor first = training.run(ones);
  const auto zeros = static_cast<double>(std::count(first.data.begin(), first.data.end(), 0.0F));
  EXPECT_NEAR(zeros / 40000, 0.25, 0.01);  // standard deviation 0.002
  EXPECT_NEAR(std::accumulate(first.data.begin(), first.data.end(), 0.0) / 40000, 1, 0.015);
  EXPECT_NE(training.run(ones), first);  // each run drops others
  Graph again(onnx.bytes(), "dropout", {.training = true, .seed = 3});
  EXPECT_EQ(again.run(ones), first);  // but the same in the same order
  EXPECT_EQ(Graph(onnx.bytes(), "dropout").run(ones), ones);
}

// ---- weights back into the file ----

TEST(GraphWeights, GoBackIntoTheFileThatSessionThenRuns) {
  Graph graph(tiny_network(), "tiny");
  for (const GraphWeight& weight : graph.weights())
    graph.set_weight(weight.name, random_tensor(weight.shape, static_cast<unsigned>(weight.name.size())));
  const Tensor x = random_tensor({3, 3, 12, 12}, 9);
  const Tensor before = Session(tiny_network(), "tiny").run(x);
  const std::vector<std::uint8_t> changed = graph.onnx();
  const Tensor after = Session(changed, "tiny, changed").run(x);
  EXPECT_GT(relative_difference(before, after), 0.1);
  EXPECT_LT(relative_difference(graph.run(x), after), 1e-5);
  EXPECT_EQ(Graph(changed, "tiny, changed").run(x), graph.run(x));
}

TEST(GraphWeights, OfAnUnchangedGraphGiveTheSameModel) {
  const std::vector<std::uint8_t> bytes = tiny_network();
  const Tensor x = random_tensor({1, 3, 12, 12}, 9);
  EXPECT_EQ(Session(Graph(bytes, "tiny").onnx(), "tiny").run(x), Session(bytes, "tiny").run(x));
}

TEST(GraphWeights, InNodesOfTypeConstantAreWrittenToo) {
  std::vector<std::uint8_t> bytes = tiny_network();
  change_model(bytes, [](onnx::ModelProto& model) {  // as old exporters have them
    auto& graph = *model.mutable_graph();
    const int last = graph.initializer_size() - 1;
    onnx::NodeProto node;
    node.set_op_type("Constant");
    node.add_output(graph.initializer(last).name());
    auto& attribute = *node.add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    *attribute.mutable_t() = graph.initializer(last);
    graph.mutable_initializer()->RemoveLast();
    *graph.add_node() = node;
    for (int i = graph.node_size() - 1; i > 0; --i) graph.mutable_node()->SwapElements(i, i - 1);
  });
  Graph graph(bytes, "tiny");
  graph.set_weight("head.bias", {{1}, {123}});
  const Tensor x = random_tensor({1, 3, 12, 12}, 9);
  EXPECT_LT(relative_difference(Session(graph.onnx(), "tiny").run(x), graph.run(x)), 1e-5);
  EXPECT_EQ(Graph(graph.onnx(), "tiny").weight("head.bias").data[0], 123);
}

TEST(GraphWeights, OfAnotherShapeOrNameAreRefused) {
  Graph graph(tiny_network(), "tiny");
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument, [&] { graph.set_weight("head.bias", make_tensor({2})); }),
              testing::HasSubstr("[1]"));
  refusal(ErrorCode::NotFound, [&] { graph.set_weight("no such", make_tensor({2})); });
}

TEST(TorchStatus, TellsTheVersionAndTheOperators) {
  const TorchStatus status = torch_status();
  EXPECT_TRUE(status.available) << status.reason;
  EXPECT_FALSE(status.version.empty());
  const auto names = graph_operators();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_GT(names.size(), 120U);
}

}  // namespace
}  // namespace kyc
