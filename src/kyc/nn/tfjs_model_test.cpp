// Weights, outputs, and what is refused.

#include "kyc/nn/tfjs_model.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/nn/tfjs_support_test.h"

namespace kyc {
namespace {

using testing::HasSubstr;

TEST(OnnxFromTfjs, ReadsQuantisedWeights) {
  TinyTfjs model({1, 4});
  // binary16: 1, -2, the smallest subnormal, 65504
  model.add<std::uint16_t>("half", {4}, "float32", {0x3C00, 0xC000, 0x0001, 0x7BFF}, {{"dtype", "float16"}});
  model.add<std::uint8_t>(
      "bytes", {4}, "float32", {0, 1, 128, 255}, {{"dtype", "uint8"}, {"scale", 0.5}, {"min", -3.0}});
  model.add<std::uint16_t>(
      "words", {4}, "float32", {0, 1, 1000, 65535}, {{"dtype", "uint16"}, {"scale", 0.001}, {"min", 2.0}});
  model.add<std::uint8_t>("shape", {2}, "int32", {0, 5}, {{"dtype", "uint8"}, {"scale", 1.0}, {"min", -1.0}});
  model.node("a", "Mul", {"x", model.floats("nought", {}, {0})});
  model.node("b", "AddV2", {"a", "half"});
  model.node("c", "AddV2", {"a", "bytes"});
  model.node("d", "AddV2", {"a", "words"});
  model.node("all", "ConcatV2", {"b", "c", "d", model.numbers("axis", {1})});
  model.node("y", "Reshape", {"all", "shape"});  // [-1, 4]
  const Tensor out = model.run(model.random_input(1));
  const std::vector<float> expected{
      1, -2, std::ldexp(1.0F, -24), 65504, -3, -2.5F, 61, 124.5F, 2, 2.001F, 3, 67.535F};
  ASSERT_EQ(out.shape, (std::vector<std::int64_t>{3, 4}));
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(out.data[i], expected[i], 2e-5F);
}

TEST(OnnxFromTfjs, NamesOutputsAsTheSignatureDoesAndInItsOrder) {
  TinyTfjs model({1, 3});
  model.node("b", "Relu", {"x"});
  model.node("a", "Abs", {"b"});
  model.node("Identity", "Identity", {"a"});
  model.node("nobody/needs", "FFT", {"x"});
  model.signature = {{"second", "b:0"}, {"first:0", "Identity:0"}, {"again", "a"}, {"in", "x"}};
  const Session session(model.onnx(), "tiny");
  std::vector<std::string> names;
  for (const TensorInfo& one : session.outputs()) names.push_back(one.name);
  EXPECT_EQ(names, (std::vector<std::string>{"second", "first", "again", "in"}));
  const Tensor in{{1, 3}, {-1, 2, -3}};
  const std::vector<Tensor> out = session.run(std::span(&in, 1));
  EXPECT_EQ(out[0].data, (std::vector<float>{0, 2, 0}));
  EXPECT_EQ(out[1].data, out[2].data);
  EXPECT_EQ(out[3].data, in.data);
}

TEST(OnnxFromTfjs, TakesWhatNobodyUsesWhereNoSignatureSays) {
  TinyTfjs model({1, 3});
  model.node("y", "Relu", {"x"});
  model.signature.clear();
  EXPECT_EQ(Session(model.onnx(), "tiny").outputs().at(0).name, "y");
}

TEST(OnnxFromTfjs, TakesNodesInAnyOrder) {
  TinyTfjs model({1, 3});
  model.node("y", "Abs", {"later"});
  model.node("later", "Relu", {"x", "^y_is_no_input"});
  EXPECT_EQ(model.run({{1, 3}, {-1, 2, -3}}).data, (std::vector<float>{0, 2, 0}));
}

std::string tfjs_refusal(const std::function<void()>& action, ErrorCode code) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

std::string tfjs_refusal(const TinyTfjs& model, ErrorCode code) {
  return tfjs_refusal([&] { model.onnx(); }, code);
}

TEST(OnnxFromTfjs, RefusesOtherOperatorsByNameAndNode) {
  TinyTfjs model({1, 3});
  model.node("y", "FFT2D", {"x"});
  const std::string said = tfjs_refusal(model, ErrorCode::Unsupported);
  EXPECT_THAT(said, HasSubstr("'y' (FFT2D)"));
  EXPECT_THAT(said, HasSubstr("tiny"));
}

TEST(OnnxFromTfjs, RefusesWhatItsOperatorsDoNotDo) {
  {
    TinyTfjs model({1, 4, 4, 3});
    Json attributes = conv_attributes("SAME", 1);
    attributes["data_format"] = text("NCHW");
    model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 3, 4})}, attributes);
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Unsupported), HasSubstr("NHWC"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    Json attributes = conv_attributes("SAME", 1);
    attributes["fused_ops"] = texts({"FusedBatchNorm"});
    model.node("y", "_FusedConv2D", {"x", model.random("w", {3, 3, 3, 4})}, attributes);
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Unsupported), HasSubstr("FusedBatchNorm"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("w", "Relu", {"x"});
    model.node("y", "Conv2D", {"x", "w"}, conv_attributes("SAME", 1));
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Unsupported), HasSubstr("constant"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("split", "Relu", {"x"});
    model.node("y", "Relu", {"split:1"});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Unsupported), HasSubstr("split:1"));
  }
}

TEST(OnnxFromTfjs, RefusesGraphsThatContradictThemselves) {
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 5, 4})}, conv_attributes("SAME", 1));
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("[3, 3, 5, 4]"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Conv2D", {"x", model.random("w", {5, 5, 3, 4})}, conv_attributes("VALID", 1));
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("larger than the picture"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Mul", {"x", model.random("k", {2})});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("do not go together"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {"z"});
    model.node("z", "Relu", {"y"});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("depends on itself"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Identity", {"y"});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("depends on itself"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {"nowhere"});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("'nowhere', which is not there"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {"x"});
    model.node("y", "Abs", {"x"});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("another node of this name"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("expected 1 inputs, got 0"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("k", "Const", {});
    model.node("y", "AddV2", {"x", "k"});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("weights manifest does not have it"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Mean", {"x", model.numbers("axes", {7})});
    EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("axis 7"));
  }
}

TEST(OnnxFromTfjs, RefusesWeightFilesThatDoNotFit) {
  TinyTfjs model({1, 3});
  model.node("y", "AddV2", {"x", model.random("k", {3})});
  model.bytes.pop_back();
  EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("need 12 bytes, the files have 11"));
  model.bytes.resize(13);
  EXPECT_THAT(tfjs_refusal(model, ErrorCode::Corrupt), HasSubstr("larger than their 12 bytes"));
}

TEST(OnnxFromTfjs, RefusesHostileSizesBeforeItReadsAnything) {
  for (const Json& shape :
       {Json{268435456, 268435456, 268435456, 268435456}, Json{-4}, Json{1e300}, Json{"a"}}) {
    TinyTfjs model({1, 3});
    model.node("y", "AddV2", {"x", "k"});
    model.node("k", "Const", {});
    model.weights.push_back({{"name", "k"}, {"shape", shape}, {"dtype", "float32"}});
    tfjs_refusal(
        [&] {
          onnx_from_tfjs(
              model.json(), "tiny", [](const std::string&, std::uint64_t) -> std::vector<std::uint8_t> {
                ADD_FAILURE() << "a file was read";
                return {};
              });
        },
        ErrorCode::Corrupt);
  }
}

TEST(OnnxFromTfjs, RefusesWhatIsNoModel) {
  const TfjsFiles none = [](const std::string&, std::uint64_t) { return std::vector<std::uint8_t>{}; };
  for (const char* text : {"",
                           "{",
                           "[]",
                           "{}",
                           "null",
                           "{\"modelTopology\": 3, \"weightsManifest\": []}",
                           "{\"modelTopology\": {\"node\": [4]}, \"weightsManifest\": []}",
                           "{\"modelTopology\": {\"node\": []}, \"weightsManifest\": []}"})
    EXPECT_THAT(tfjs_refusal([&] { onnx_from_tfjs(text, "odd.json", none); }, ErrorCode::Corrupt),
                HasSubstr("odd.json"));
  EXPECT_THAT(tfjs_refusal(
                  [&] {
                    onnx_from_tfjs(
                        R"({"format": "layers-model", "modelTopology": {}, "weightsManifest": []})",
                        "odd.json",
                        none);
                  },
                  ErrorCode::Unsupported),
              HasSubstr("layers-model"));
}

// Cut and changed bytes: an Error or a graph, never a crash.
TEST(OnnxFromTfjs, SurvivesDamage) {
  TinyTfjs model({1, 6, 8, 3});
  Json attributes = conv_attributes("SAME", 2);
  attributes["fused_ops"] = texts({"BiasAdd", "Relu"});
  model.node("c", "_FusedConv2D", {"x", model.random("w", {3, 3, 3, 4}), model.random("b", {4})}, attributes);
  model.node("m", "Mean", {"c", model.numbers("axes", {1, 2})});
  model.node("y", "Reshape", {"m", model.numbers("shape", {-1, 2, 2})});
  const std::string whole = model.json();
  const TfjsFiles files = [&](const std::string&, std::uint64_t) { return model.bytes; };
  std::mt19937 generator(3);
  int made = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = whole;
    if (i % 4 == 0) damaged.resize(generator() % damaged.size());
    for (int k = 0; k < 3 && !damaged.empty(); ++k)
      damaged[generator() % damaged.size()] = "0123456789-[]{}\",:aNS"[generator() % 21];
    try {
      onnx_from_tfjs(damaged, "damaged", files);
      ++made;
    } catch (const Error&) {
    }
  }
  EXPECT_LT(made, 1000);
}

TEST(TfjsFilesBeside, ReadsShardsThatCutThroughWeights) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "tfjs_shards";
  std::filesystem::create_directories(folder);
  TinyTfjs model({1, 3});
  model.node("y", "AddV2", {"x", model.floats("k", {3}, {1, 2, 3})});
  Json document = Json::parse(model.json());
  document["weightsManifest"][0]["paths"] = {"a.bin", "b.bin"};
  const auto write = [&](const char* name, const char* from, std::size_t count) {
    std::ofstream(folder / name, std::ios::binary).write(from, static_cast<std::streamsize>(count));
  };
  const auto* bytes = reinterpret_cast<const char*>(model.bytes.data());
  write("a.bin", bytes, 5);
  write("b.bin", bytes + 5, 7);
  const std::string text = document.dump();
  write("model.json", text.data(), text.size());
  const Session session(onnx_from_tfjs(folder / "model.json"), "tiny");
  EXPECT_EQ(session.run(Tensor{{1, 3}, {0, 0, 0}}).data, (std::vector<float>{1, 2, 3}));
  std::filesystem::remove(folder / "b.bin");
  EXPECT_THAT(tfjs_refusal([&] { onnx_from_tfjs(folder / "model.json"); }, ErrorCode::NotFound),
              HasSubstr("b.bin"));
  std::filesystem::remove_all(folder);
}

TEST(TfjsFilesBeside, NeverLeavesTheFolder) {
  const TfjsFiles files = tfjs_files_beside("/tmp/somewhere/model.json");
  for (const char* path : {"../x.bin", "/etc/passwd", "a/../../x", ""})
    EXPECT_THAT(tfjs_refusal([&] { files(path, 100); }, ErrorCode::Corrupt), HasSubstr("beside it"));
}

TEST(OnnxFromTfjsWeights, NamesGraphsAndWeightsThatItMisses) {
  const TfjsFiles none = [](const std::string&, std::uint64_t) { return std::vector<std::uint8_t>{}; };
  EXPECT_THAT(tfjs_refusal([&] { onnx_from_tfjs_weights("[]", "m", "vgg", none); }, ErrorCode::Unsupported),
              HasSubstr("known: dlib_resnet34"));
  EXPECT_THAT(
      tfjs_refusal([&] { onnx_from_tfjs_weights("[]", "m", "dlib_resnet34", none); }, ErrorCode::Corrupt),
      HasSubstr("conv32_down/conv/filters"));
}

}  // namespace
}  // namespace kyc
