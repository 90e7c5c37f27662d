#include "kyc/nn/rewrite.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

// Small models in code. Tensors are named by their makers; weights are random.
class TinyModel {
 public:
  explicit TinyModel(const std::vector<std::int64_t>& input) {
    model_.set_ir_version(6);
    model_.add_opset_import()->set_version(11);
    declare(*model_.mutable_graph()->add_input(), "x", input);
  }

  onnx::NodeProto& node(const std::string& type,
                        const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto& made = *model_.mutable_graph()->add_node();
    made.set_op_type(type);
    for (const std::string& input : inputs) made.add_input(input);
    made.add_output(output);
    return made;
  }

  std::string floats(const std::string& name, const std::vector<std::int64_t>& dims, float low, float high) {
    auto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::int64_t count = 1;
    for (const std::int64_t d : dims) {
      tensor.add_dims(d);
      count *= d;
    }
    std::uniform_real_distribution<float> value(low, high);
    for (std::int64_t i = 0; i < count; ++i) tensor.add_float_data(value(generator_));
    return name;
  }

  std::string numbers(const std::string& name, const std::vector<std::int64_t>& values) {
    auto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values) tensor.add_int64_data(value);
    return name;
  }

  // 3 x 3 with padding if depthwise, else kernel x kernel
  void conv(const std::string& input,
            const std::string& output,
            std::int64_t in,
            std::int64_t out,
            std::int64_t kernel = 1) {
    auto& made = node(
        "Conv",
        {input, floats(output + "_w", {out, in, kernel, kernel}, -1, 1), floats(output + "_b", {out}, -1, 1)},
        output);
    pads(made, kernel / 2);
  }

  void depthwise(const std::string& input, const std::string& output, std::int64_t channels) {
    auto& made = node("Conv", {input, floats(output + "_w", {channels, 1, 3, 3}, -1, 1)}, output);
    pads(made, 1);
    integer(made, "group", channels);
  }

  void prelu(
      const std::string& input, const std::string& output, std::int64_t channels, float low, float high) {
    node("PRelu", {input, floats(output + "_slope", {channels, 1, 1}, low, high)}, output);
  }

  static void integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& made = *node.add_attribute();
    made.set_name(name);
    made.set_type(onnx::AttributeProto::INT);
    made.set_i(value);
  }

  static void integers(onnx::NodeProto& node,
                       const std::string& name,
                       const std::vector<std::int64_t>& values) {
    auto& made = *node.add_attribute();
    made.set_name(name);
    made.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) made.add_ints(value);
  }

  void output(const std::string& name, const std::vector<std::int64_t>& shape) {
    declare(*model_.mutable_graph()->add_output(), name, shape);
  }

  onnx::ModelProto& proto() { return model_; }

  std::vector<std::uint8_t> bytes() const {
    const std::string text = model_.SerializeAsString();
    return {text.begin(), text.end()};
  }

 private:
  static void pads(onnx::NodeProto& node, std::int64_t pad) { integers(node, "pads", {pad, pad, pad, pad}); }

  static void declare(onnx::ValueInfoProto& value,
                      const std::string& name,
                      const std::vector<std::int64_t>& shape) {
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t d : shape) type.mutable_shape()->add_dim()->set_dim_value(d);
  }

  onnx::ModelProto model_;
  std::mt19937 generator_{5};
};

onnx::GraphProto rewritten_graph(const TinyModel& model) {
  const std::vector<std::uint8_t> bytes = rewritten(model.bytes(), "tiny", {});
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return proto.graph();
}

int count(const onnx::GraphProto& graph, const std::string& type) {
  return static_cast<int>(std::count_if(
      graph.node().begin(), graph.node().end(), [&](const auto& n) { return n.op_type() == type; }));
}

std::vector<std::int64_t> dims_of(const onnx::GraphProto& graph, const std::string& constant) {
  for (const auto& tensor : graph.initializer())
    if (tensor.name() == constant) return {tensor.dims().begin(), tensor.dims().end()};
  return {};
}

// Runs the model as it is and as it becomes; 1e-5 of the largest value is some eighty roundings of float32.
void expect_same_results(const TinyModel& model, std::int64_t rows = 1) {
  const std::vector<std::uint8_t> bytes = model.bytes();
  const Session stock(bytes, "tiny", {.rewrite_graph = false, .free_batch = false});
  const Session ours(bytes, "tiny");
  std::mt19937 generator(9);
  std::normal_distribution<float> normal;
  std::vector<std::int64_t> shape = stock.inputs()[0].shape;
  shape[0] = 1;
  Tensor batch = make_tensor(shape);
  batch.shape[0] = rows;
  batch.data.resize(batch.data.size() * static_cast<std::size_t>(rows));
  for (float& value : batch.data) value = normal(generator);
  const Tensor together = ours.run(batch);
  ASSERT_EQ(together.shape[0], rows);
  for (std::int64_t row = 0; row < rows; ++row) {
    Tensor one = make_tensor(shape);
    std::copy_n(batch.data.begin() + row * static_cast<std::ptrdiff_t>(one.data.size()),
                one.data.size(),
                one.data.begin());
    const Tensor expected = stock.run(one);
    float scale = 0;
    for (const float value : expected.data) scale = std::max(scale, std::abs(value));
    ASSERT_GT(scale, 0);
    ASSERT_EQ(together.data.size(), expected.data.size() * static_cast<std::size_t>(rows));
    for (std::size_t i = 0; i < expected.data.size(); ++i)
      ASSERT_NEAR(together.data[static_cast<std::size_t>(row) * expected.data.size() + i],
                  expected.data[i],
                  1e-5F * scale);
  }
}

TEST(SplitPrelu, HandlesEverySlopeBetweenConvolutions) {
  TinyModel model({1, 4, 9, 7});
  model.conv("x", "a", 4, 16, 3);
  model.prelu("a", "b", 16, -1.5F, 1.5F);
  model.depthwise("b", "c", 16);
  model.prelu("c", "d", 16, -1.5F, 1.5F);
  model.conv("d", "e", 16, 32);
  model.prelu("e", "f", 32, -1.5F, 1.5F);
  model.conv("f", "y", 32, 4);
  model.output("y", {1, 4, 9, 7});
  EXPECT_EQ(count(rewritten_graph(model), "PRelu"), 0);
  expect_same_results(model, 3);
}

TEST(SplitPrelu, TakesOneSlopeForAllChannels) {
  TinyModel model({1, 4, 5, 5});
  model.conv("x", "a", 4, 16);
  model.node("PRelu", {"a", model.floats("slope", {1}, 0.2F, 0.3F)}, "y");
  model.output("y", {1, 16, 5, 5});
  EXPECT_EQ(count(rewritten_graph(model), "PRelu"), 0);
  expect_same_results(model);
}

TEST(SplitPrelu, KeepsSteepSlopesWhoseSignNobodyTakes) {
  TinyModel model({1, 4, 5, 5});
  model.conv("x", "a", 4, 16);
  model.prelu("a", "b", 16, 1.1F, 1.5F);
  model.node("Sigmoid", {"b"}, "y");
  model.output("y", {1, 16, 5, 5});
  EXPECT_EQ(count(rewritten_graph(model), "PRelu"), 1);
  expect_same_results(model);
}

TEST(SplitPrelu, KeepsWhatTheConvolutionIsUsedForBeside) {
  TinyModel model({1, 4, 5, 5});
  model.conv("x", "a", 4, 16);
  model.prelu("a", "b", 16, -0.5F, 0.9F);
  model.node("Add", {"a", "b"}, "y");
  model.output("y", {1, 16, 5, 5});
  EXPECT_EQ(count(rewritten_graph(model), "PRelu"), 0);
  expect_same_results(model);
}

TEST(SplitPrelu, LeavesASlopePerPixelAlone) {
  TinyModel model({1, 4, 16, 5});
  model.conv("x", "a", 4, 16);
  model.node("PRelu", {"a", model.floats("slope", {16, 1}, 0, 1)}, "y");  // along the rows, not the channels
  model.output("y", {1, 16, 16, 5});
  EXPECT_EQ(count(rewritten_graph(model), "PRelu"), 1);
  expect_same_results(model);
}

TEST(PadChannels, FillsUpABottleneckAndASqueeze) {
  TinyModel model({1, 3, 8, 8});
  model.conv("x", "a", 3, 13, 3);
  model.prelu("a", "b", 13, -0.4F, 0.4F);
  model.depthwise("b", "c", 13);
  model.node("Relu", {"c"}, "d");
  model.node("GlobalAveragePool", {"d"}, "e");
  model.conv("e", "f", 13, 13);
  model.node("Sigmoid", {"f"}, "g");
  model.node("Mul", {"d", "g"}, "h");
  model.node("Add", {"h", "b"}, "i");
  model.conv("i", "y", 13, 5);
  model.output("y", {1, 5, 8, 8});
  const onnx::GraphProto graph = rewritten_graph(model);
  for (const auto& node : graph.node()) {
    if (node.op_type() != "Conv") continue;
    const std::int64_t outputs = dims_of(graph, node.input(1))[0];
    EXPECT_TRUE(outputs % channel_block() == 0 || node.output(0) == "y") << node.output(0) << ": " << outputs;
  }
  expect_same_results(model, 2);
}

TEST(PadChannels, LeavesChannelsThatAreSeenOutside) {
  TinyModel model({1, 13, 4, 4});
  model.depthwise("x", "a", 13);  // from an input
  model.conv("a", "b", 13, 13);
  model.node("Relu", {"b"}, "y");  // to an output
  model.output("y", {1, 13, 4, 4});
  const onnx::GraphProto graph = rewritten_graph(model);
  for (const auto& node : graph.node())
    if (node.op_type() == "Conv") {
      EXPECT_EQ(dims_of(graph, node.input(1))[0], 13);
    }
  expect_same_results(model);
}

TEST(PadChannels, LeavesChannelsThatMeetAnUnknownOperator) {
  TinyModel model({1, 3, 4, 4});
  model.conv("x", "a", 3, 13);
  TinyModel::integer(model.node("Softmax", {"a"}, "b"), "axis", 1);  // over channels: zeros would count
  model.conv("b", "y", 13, 16);
  model.output("y", {1, 16, 4, 4});
  expect_same_results(model);
}

TEST(FreeBatch, EditsWhatRepeatsTheBatch) {
  TinyModel model({1, 3, 4, 4});
  model.conv("x", "a", 3, 8);
  model.node("Reshape", {"a", model.numbers("to", {1, 2, 4, 16})}, "b");
  TinyModel::integers(model.node("Transpose", {"b"}, "c"), "perm", {0, 2, 1, 3});
  model.node("Reshape", {"c", model.numbers("flat", {1, -1})}, "d");
  model.node("Gemm", {"d", model.floats("w", {128, 5}, -1, 1), model.floats("b0", {5}, -1, 1)}, "y");
  model.output("y", {1, 5});
  const Session session(model.bytes(), "tiny");
  EXPECT_EQ(session.inputs()[0].shape, (std::vector<std::int64_t>{-1, 3, 4, 4}));
  EXPECT_EQ(session.outputs()[0].shape, (std::vector<std::int64_t>{-1, 5}));
  expect_same_results(model, 4);
}

TEST(FreeBatch, UnderstandsComputedTargets) {
  TinyModel model({1, 3, 4, 4});
  model.conv("x", "a", 3, 8);
  model.node("Shape", {"a"}, "shape");
  TinyModel::integer(model.node("Gather", {"shape", model.numbers("zero", {0})}, "rows"), "axis", 0);
  TinyModel::integer(model.node("Concat", {"rows", model.numbers("rest", {-1})}, "to"), "axis", 0);
  model.node("Reshape", {"a", "to"}, "y");
  model.output("y", {1, 128});
  EXPECT_EQ(Session(model.bytes(), "tiny").inputs()[0].shape[0], -1);
  expect_same_results(model, 3);
}

TEST(FreeBatch, KeepsABatchThatIsMixed) {
  TinyModel softmax({1, 3, 2, 2});
  TinyModel::integer(softmax.node("Softmax", {"x"}, "y"), "axis", 0);
  softmax.output("y", {1, 3, 2, 2});
  EXPECT_EQ(Session(softmax.bytes(), "tiny").inputs()[0].shape[0], 1);

  TinyModel merged({1, 3, 2, 2});
  merged.node("Reshape", {"x", merged.numbers("to", {-1, 4})}, "y");
  merged.output("y", {3, 4});
  EXPECT_EQ(Session(merged.bytes(), "tiny").inputs()[0].shape[0], 1);

  TinyModel turned({1, 3, 2, 2});
  TinyModel::integers(turned.node("Transpose", {"x"}, "y"), "perm", {1, 0, 2, 3});
  turned.output("y", {3, 1, 2, 2});
  EXPECT_EQ(Session(turned.bytes(), "tiny").inputs()[0].shape[0], 1);
}

ErrorCode code_of(const std::vector<std::uint8_t>& bytes) {
  try {
    const Session session(bytes, "bad.onnx");
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("bad.onnx: "));
    return error.code();
  }
  ADD_FAILURE() << "was accepted";
  return ErrorCode::Internal;
}

TinyModel small_network() {
  TinyModel model({1, 3, 4, 4});
  model.conv("x", "a", 3, 13, 3);
  model.prelu("a", "b", 13, -1, 1.5F);
  model.depthwise("b", "c", 13);
  model.conv("c", "d", 13, 16);
  model.node("Reshape", {"d", model.numbers("to", {1, -1})}, "y");
  model.output("y", {1, 256});
  return model;
}

TEST(Session, RefusesWhatIsNoModel) {
  EXPECT_EQ(code_of({}), ErrorCode::Corrupt);
  EXPECT_EQ(code_of({'h', 'e', 'l', 'l', 'o'}), ErrorCode::Corrupt);
  const std::vector<std::uint8_t> whole = small_network().bytes();
  EXPECT_EQ(code_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)}),
            ErrorCode::Corrupt);
}

TEST(Session, RefusesOperatorsThatItLacks) {
  TinyModel unknown({1, 3});
  unknown.node("Teleport", {"x"}, "y");
  unknown.output("y", {1, 3});
  EXPECT_EQ(code_of(unknown.bytes()), ErrorCode::Unsupported);
}

TEST(Session, RefusesBrokenGraphs) {
  TinyModel dangling({1, 3});
  dangling.node("Relu", {"nowhere"}, "y");
  dangling.output("y", {1, 3});
  EXPECT_EQ(code_of(dangling.bytes()), ErrorCode::Corrupt);

  TinyModel circle({1, 3});
  circle.node("Add", {"x", "b"}, "a");
  circle.node("Relu", {"a"}, "b");
  circle.output("b", {1, 3});
  EXPECT_EQ(code_of(circle.bytes()), ErrorCode::Corrupt);

  TinyModel lying = small_network();
  lying.proto().mutable_graph()->mutable_initializer(0)->set_dims(0, 1LL << 40);
  EXPECT_EQ(code_of(lying.bytes()), ErrorCode::Corrupt);
}

TEST(Session, RefusesWeightsInOtherFiles) {
  TinyModel model = small_network();
  auto& tensor = *model.proto().mutable_graph()->mutable_initializer(0);
  tensor.clear_float_data();
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& place = *tensor.add_external_data();
  place.set_key("location");
  place.set_value("/etc/passwd");
  EXPECT_EQ(code_of(model.bytes()), ErrorCode::Unsupported);
}

TEST(Session, SurvivesDamagedModels) {
  const std::vector<std::uint8_t> whole = small_network().bytes();
  std::mt19937 generator(1);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<std::uint8_t> damaged = whole;
    for (int k = 0; k < 3; ++k)
      damaged[generator() % damaged.size()] = static_cast<std::uint8_t>(generator() & 255U);
    try {
      const Session session(damaged, "bad.onnx");
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::Corrupt || error.code() == ErrorCode::Unsupported)
          << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(Session, ChecksShapesAtTheDoor) {
  const Session session(small_network().bytes(), "tiny");
  const auto complaint = [&](const std::vector<Tensor>& inputs) -> std::string {
    try {
      session.run(inputs);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      return error.what();
    }
    return "(no error)";
  };
  EXPECT_THAT(
      complaint({make_tensor({1, 3, 4, 5})}),
      testing::HasSubstr("tiny: input 'x': expected shape [-1, 3, 4, 4] (-1: free), got [1, 3, 4, 5]"));
  EXPECT_THAT(complaint({make_tensor({0, 3, 4, 4})}), testing::HasSubstr("got [0, 3, 4, 4]"));
  EXPECT_THAT(complaint({}), testing::HasSubstr("expected 1 inputs, got 0"));
  Tensor short_of_values = make_tensor({1, 3, 4, 4});
  short_of_values.data.pop_back();
  EXPECT_THAT(complaint({short_of_values}), testing::HasSubstr("needs 48 values, got 47"));
}

}  // namespace
}  // namespace kyc
