#include "kyc/nn/tfjs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

std::string base64(const std::string& text) {
  static const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8U | (i + k < text.size() ? static_cast<std::uint8_t>(text[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > text.size() ? '=' : digits[bits >> (18 - 6 * k) & 63U];
  }
  return out;
}

Json text(const std::string& value) {
  return {{"s", base64(value)}};
}
Json list(const std::vector<int>& values) {
  Json out = Json::array();
  for (const int value : values) out.push_back(std::to_string(value));  // as protobuf writes 64 bits
  return {{"list", {{"i", out}}}};
}
Json texts(const std::vector<std::string>& values) {
  Json out = Json::array();
  for (const std::string& value : values) out.push_back(base64(value));
  return {{"list", {{"s", out}}}};
}
Json flag(bool value) {
  return {{"b", value}};
}

std::size_t count_of(const std::vector<std::int64_t>& shape) {
  std::size_t out = 1;
  for (const std::int64_t d : shape) out *= static_cast<std::size_t>(d);
  return out;
}

// A small graph model in code: one input "x", output "y".
class TinyTfjs {
 public:
  explicit TinyTfjs(const std::vector<std::int64_t>& input) : input_(input) {
    Json dims = Json::array();
    for (std::size_t i = 0; i < input.size(); ++i)
      dims.push_back({{"size", i == 0 ? std::string("-1") : std::to_string(input[i])}});
    node(
        "x", "Placeholder", {}, {{"dtype", {{"type", "DT_FLOAT"}}}, {"shape", {{"shape", {{"dim", dims}}}}}});
  }

  std::string node(const std::string& name,
                   const std::string& op,
                   const std::vector<std::string>& inputs,
                   const Json& attributes = Json::object()) {
    nodes.push_back({{"name", name}, {"op", op}, {"input", inputs}, {"attr", attributes}});
    return name;
  }

  std::string floats(const std::string& name,
                     const std::vector<std::int64_t>& shape,
                     std::vector<float> values) {
    add(name, shape, "float32", values);
    return name;
  }

  // Random numbers, kept for the test to compute with.
  std::string random(const std::string& name, const std::vector<std::int64_t>& shape, float low = -1) {
    std::vector<float>& values = constants[name];
    std::uniform_real_distribution<float> number(low, 1);
    for (std::size_t i = 0; i < count_of(shape); ++i) values.push_back(number(generator_));
    return floats(name, shape, values);
  }

  std::string numbers(const std::string& name, const std::vector<std::int32_t>& values) {
    add(name, {static_cast<std::int64_t>(values.size())}, "int32", values);
    return name;
  }

  template <typename T>
  void add(const std::string& name,
           const std::vector<std::int64_t>& shape,
           const std::string& type,
           const std::vector<T>& values,
           const Json& quantisation = nullptr) {
    node(name, "Const", {});
    Json weight{{"name", name}, {"shape", shape}, {"dtype", type}};
    if (!quantisation.is_null()) weight["quantization"] = quantisation;
    weights.push_back(weight);
    const std::size_t before = bytes.size();
    bytes.resize(before + values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(bytes.data() + before, values.data(), values.size() * sizeof(T));
  }

  std::string json() const {
    Json outputs = Json::object();
    for (const auto& [name, from] : signature) outputs[name] = {{"name", from}};
    return Json{{"format", "graph-model"},
                {"modelTopology", {{"node", nodes}}},
                {"signature", {{"outputs", outputs}}},
                {"weightsManifest", {{{"paths", {"w.bin"}}, {"weights", weights}}}}}
        .dump();
  }

  std::vector<std::uint8_t> onnx() const {
    return onnx_from_tfjs(json(), "tiny", [this](const std::string&, std::uint64_t) { return bytes; });
  }

  // `input` and what comes back are in TensorFlow's order.
  Tensor run(const Tensor& input) const {
    // As the graph is, and as it becomes for speed: both must say the same.
    const Session plain(onnx(), "tiny", {.rewrite_graph = false, .free_batch = false});
    const Session fast(onnx(), "tiny");
    const Tensor out = turned(plain.run(channels_first(input)));
    const Tensor again = turned(fast.run(channels_first(input)));
    EXPECT_EQ(out.shape, again.shape);
    for (std::size_t i = 0; i < out.data.size(); ++i) EXPECT_NEAR(out.data[i], again.data[i], 1e-4F);
    return out;
  }

  Tensor random_input(std::int64_t rows = 2) {
    std::vector<std::int64_t> shape = input_;
    shape[0] = rows;
    Tensor out = make_tensor(shape);
    std::uniform_real_distribution<float> number(-1, 1);
    for (float& value : out.data) value = number(generator_);
    return out;
  }

  static Tensor channels_first(const Tensor& in) {
    return in.shape.size() == 4 ? permuted(in, {0, 3, 1, 2}) : in;
  }
  static Tensor turned(const Tensor& in) { return in.shape.size() == 4 ? permuted(in, {0, 2, 3, 1}) : in; }

  static Tensor permuted(const Tensor& in, const std::array<std::size_t, 4>& order) {
    Tensor out =
        make_tensor({in.shape[order[0]], in.shape[order[1]], in.shape[order[2]], in.shape[order[3]]});
    std::array<std::int64_t, 4> at{};
    std::size_t i = 0;
    for (at[0] = 0; at[0] < out.shape[0]; ++at[0])
      for (at[1] = 0; at[1] < out.shape[1]; ++at[1])
        for (at[2] = 0; at[2] < out.shape[2]; ++at[2])
          for (at[3] = 0; at[3] < out.shape[3]; ++at[3]) {
            std::array<std::int64_t, 4> from{};
            for (std::size_t k = 0; k < 4; ++k) from[order[k]] = at[k];
            out.data[i++] = in.data[static_cast<std::size_t>(
                ((from[0] * in.shape[1] + from[1]) * in.shape[2] + from[2]) * in.shape[3] + from[3])];
          }
    return out;
  }

  Json nodes = Json::array();
  Json weights = Json::array();
  std::vector<std::pair<std::string, std::string>> signature{{"y", "y:0"}};
  std::vector<std::uint8_t> bytes;
  std::map<std::string, std::vector<float>> constants;

 private:
  std::vector<std::int64_t> input_;
  std::mt19937 generator_{11};
};

// Element of a picture [n, h, w, c].
float at(const Tensor& t, std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) {
  return t.data[static_cast<std::size_t>(((n * t.shape[1] + y) * t.shape[2] + x) * t.shape[3] + c)];
}

void expect_equal(const Tensor& got,
                  const std::vector<std::int64_t>& shape,
                  const std::vector<float>& values) {
  ASSERT_EQ(got.shape, shape);
  ASSERT_EQ(got.data.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(got.data[i], values[i], 2e-5F) << i;
}

// f(n, y, x, c) for every element.
std::vector<float> filled(
    const std::vector<std::int64_t>& shape,
    const std::function<float(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>& f) {
  std::vector<float> out;
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t y = 0; y < shape[1]; ++y)
      for (std::int64_t x = 0; x < shape[2]; ++x)
        for (std::int64_t c = 0; c < shape[3]; ++c) out.push_back(f(n, y, x, c));
  return out;
}

Json conv_attributes(const std::string& padding, int stride, int dilation = 1) {
  return {{"padding", text(padding)},
          {"strides", list({1, stride, stride, 1})},
          {"dilations", list({1, dilation, dilation, 1})},
          {"data_format", text("NHWC")}};
}

// The definition, with `top` rows and `left` columns of zeros before the picture.
float convolved(const Tensor& in,
                const std::vector<float>& filters,  // [3, 3, in, out]
                std::int64_t outputs,
                std::int64_t n,
                std::int64_t y,
                std::int64_t x,
                std::int64_t o,
                std::int64_t dilation = 1) {
  double sum = 0;
  const std::int64_t inputs = in.shape[3];
  for (std::int64_t j = 0; j < 3; ++j)
    for (std::int64_t i = 0; i < 3; ++i) {
      const std::int64_t row = y + j * dilation;
      const std::int64_t column = x + i * dilation;
      if (row < 0 || column < 0 || row >= in.shape[1] || column >= in.shape[2]) continue;
      for (std::int64_t c = 0; c < inputs; ++c)
        sum += static_cast<double>(at(in, n, row, column, c)) *
               filters[static_cast<std::size_t>(((j * 3 + i) * inputs + c) * outputs + o)];
    }
  return static_cast<float>(sum);
}

// An even side with stride 2: one row of padding, and that below. (ONNX's and TensorFlow's "same" differ from
// Caffe's here.)
TEST(OnnxFromTfjs, ConvolvesWithSamePadding) {
  TinyTfjs model({1, 6, 8, 3});
  model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 3, 4})}, conv_attributes("SAME", 2));
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 3, 4, 4}, filled({2, 3, 4, 4}, [&](auto n, auto y, auto x, auto c) {
                 return convolved(in, model.constants["w"], 4, n, 2 * y, 2 * x, c);
               }));
}

TEST(OnnxFromTfjs, ConvolvesWithSamePaddingOnAnOddSide) {
  TinyTfjs model({1, 7, 5, 2});
  model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 2, 2})}, conv_attributes("SAME", 2));
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 4, 3, 2}, filled({2, 4, 3, 2}, [&](auto n, auto y, auto x, auto c) {
                 return convolved(in, model.constants["w"], 2, n, 2 * y - 1, 2 * x - 1, c);
               }));
}

TEST(OnnxFromTfjs, ConvolvesWithoutPaddingAndWithDilation) {
  TinyTfjs model({1, 7, 8, 2});
  model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 2, 3})}, conv_attributes("VALID", 1, 2));
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 3, 4, 3}, filled({2, 3, 4, 3}, [&](auto n, auto y, auto x, auto c) {
                 return convolved(in, model.constants["w"], 3, n, y, x, c, 2);
               }));
}

TEST(OnnxFromTfjs, ConvolvesWithExplicitPadding) {
  TinyTfjs model({1, 4, 4, 2});
  Json attributes = conv_attributes("EXPLICIT", 1);
  attributes["explicit_paddings"] = list({0, 0, 2, 0, 1, 0, 0, 0});
  model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 2, 2})}, attributes);
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 4, 3, 2}, filled({2, 4, 3, 2}, [&](auto n, auto y, auto x, auto c) {
                 return convolved(in, model.constants["w"], 2, n, y - 2, x - 1, c);
               }));
}

TEST(OnnxFromTfjs, FusesBiasAndActivations) {
  for (const std::string activation : {"", "Relu", "Relu6", "Prelu"}) {
    TinyTfjs model({1, 5, 5, 2});
    std::vector<std::string> inputs{
        "x", model.random("w", {3, 3, 2, 3}), model.floats("b", {3}, {-0.5F, 0, 5.9F})};
    std::vector<std::string> fused{"BiasAdd"};
    if (!activation.empty()) fused.push_back(activation);
    if (activation == "Prelu") inputs.push_back(model.floats("a", {1, 1, 3}, {-0.5F, 0.25F, 2}));
    Json attributes = conv_attributes("SAME", 1);
    attributes["fused_ops"] = texts(fused);
    model.node("y", "_FusedConv2D", inputs, attributes);
    const Tensor in = model.random_input();
    const float bias[] = {-0.5F, 0, 5.9F};
    const float slope[] = {-0.5F, 0.25F, 2};
    expect_equal(model.run(in), {2, 5, 5, 3}, filled({2, 5, 5, 3}, [&](auto n, auto y, auto x, auto c) {
                   const float v = convolved(in, model.constants["w"], 3, n, y - 1, x - 1, c) + bias[c];
                   if (activation == "Relu") return std::max(v, 0.0F);
                   if (activation == "Relu6") return std::clamp(v, 0.0F, 6.0F);
                   if (activation == "Prelu") return v < 0 ? v * slope[c] : v;
                   return v;
                 }));
  }
}

TEST(OnnxFromTfjs, ConvolvesDepthwiseWithAMultiplier) {
  TinyTfjs model({1, 4, 4, 2});
  Json attributes = conv_attributes("SAME", 1);
  attributes["fused_ops"] = texts({"BiasAdd", "Relu"});
  model.node("y",
             "FusedDepthwiseConv2dNative",
             {"x", model.random("w", {3, 3, 2, 2}), model.floats("b", {4}, {0, 1, -1, 2})},
             attributes);
  const Tensor in = model.random_input();
  const std::vector<float>& w = model.constants["w"];
  const float bias[] = {0, 1, -1, 2};
  expect_equal(model.run(in), {2, 4, 4, 4}, filled({2, 4, 4, 4}, [&](auto n, auto y, auto x, auto c) {
                 float sum = bias[c];
                 for (std::int64_t j = 0; j < 3; ++j)
                   for (std::int64_t i = 0; i < 3; ++i)
                     if (y + j >= 1 && y + j <= 4 && x + i >= 1 && x + i <= 4)
                       sum += at(in, n, y + j - 1, x + i - 1, c / 2) *
                              w[static_cast<std::size_t>(((j * 3 + i) * 2 + c / 2) * 2 + c % 2)];
                 return std::max(sum, 0.0F);
               }));
}

TEST(OnnxFromTfjs, Pools) {
  for (const std::string type : {"MaxPool", "AvgPool"})
    for (const std::string padding : {"SAME", "VALID"}) {
      TinyTfjs model({1, 5, 4, 2});
      Json attributes = conv_attributes(padding, 2);
      attributes["ksize"] = list({1, 3, 3, 1});
      model.node("y", type, {"x"}, attributes);
      const Tensor in = model.random_input();
      const bool same = padding == "SAME";
      const std::vector<std::int64_t> shape{2, same ? 3 : 2, same ? 2 : 1, 2};
      expect_equal(model.run(in), shape, filled(shape, [&](auto n, auto y, auto x, auto c) {
                     float largest = -10;
                     float sum = 0;
                     int count = 0;
                     for (std::int64_t j = 0; j < 3; ++j)
                       for (std::int64_t i = 0; i < 3; ++i) {
                         const std::int64_t row = 2 * y + j - (same ? 1 : 0);
                         const std::int64_t column = 2 * x + i;  // 4 columns: all the padding is on the right
                         if (row < 0 || row >= 5 || column >= 4) continue;
                         largest = std::max(largest, at(in, n, row, column, c));
                         sum += at(in, n, row, column, c);
                         ++count;
                       }
                     return type == "MaxPool" ? largest : sum / static_cast<float>(count);
                   }));
    }
}

TEST(OnnxFromTfjs, ComputesElementByElementWithConstantsOfAnyRank) {
  const std::vector<std::pair<std::string, std::function<float(float, float)>>> operators{
      {"Add", [](float a, float b) { return a + b; }},
      {"AddV2", [](float a, float b) { return a + b; }},
      {"BiasAdd", [](float a, float b) { return a + b; }},
      {"Sub", [](float a, float b) { return a - b; }},
      {"Mul", [](float a, float b) { return a * b; }},
      {"Maximum", [](float a, float b) { return std::max(a, b); }},
      {"Minimum", [](float a, float b) { return std::min(a, b); }}};
  for (const auto& [op, f] : operators)
    for (const std::vector<std::int64_t>& shape :
         std::vector<std::vector<std::int64_t>>{{}, {3}, {4, 3}, {2, 1, 3}, {1, 2, 4, 1}}) {
      TinyTfjs model({1, 2, 4, 3});
      model.node("y", op, {"x", model.random("k", shape)});
      const Tensor in = model.random_input();
      const std::vector<float>& k = model.constants["k"];
      std::vector<std::int64_t> full(4 - shape.size(), 1);
      full.insert(full.end(), shape.begin(), shape.end());
      expect_equal(model.run(in), {2, 2, 4, 3}, filled({2, 2, 4, 3}, [&](auto n, auto y, auto x, auto c) {
                     const std::int64_t i = ((y % full[1]) * full[2] + x % full[2]) * full[3] + c % full[3];
                     return f(at(in, n, y, x, c), k[static_cast<std::size_t>(i)]);
                   }));
    }
}

TEST(OnnxFromTfjs, AddsPicturesAndSubtractsFromConstants) {
  TinyTfjs model({1, 2, 3, 2});
  model.node("a", "Mul", {"x", "x"});
  model.node("b", "Add", {"a", "x"});
  model.node("y", "Sub", {model.random("k", {2}), "b"});
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 2, 3, 2}, filled({2, 2, 3, 2}, [&](auto n, auto y, auto x, auto c) {
                 const float v = at(in, n, y, x, c);
                 return model.constants["k"][static_cast<std::size_t>(c)] - (v * v + v);
               }));
}

TEST(OnnxFromTfjs, ComputesFunctionsOfOneOperand) {
  const std::vector<std::pair<std::string, std::function<float(float)>>> operators{
      {"Abs", [](float v) { return std::abs(v); }},
      {"Relu", [](float v) { return std::max(v, 0.0F); }},
      {"Relu6", [](float v) { return std::clamp(v, 0.0F, 6.0F); }},
      {"Sigmoid", [](float v) { return 1 / (1 + std::exp(-v)); }},
      {"Square", [](float v) { return v * v; }},
      {"Identity", [](float v) { return v; }}};
  for (const auto& [op, f] : operators) {
    TinyTfjs model({1, 2, 3, 2});
    model.node("ten", "Mul", {"x", model.floats("k", {}, {10})});
    model.node("y", op, {"ten"});
    const Tensor in = model.random_input();
    expect_equal(model.run(in), {2, 2, 3, 2}, filled({2, 2, 3, 2}, [&](auto n, auto y, auto x, auto c) {
                   return f(10 * at(in, n, y, x, c));
                 }));
  }
}

TEST(OnnxFromTfjs, TakesReciprocalRoots) {
  TinyTfjs model({1, 3});
  model.node("square", "Square", {"x"});
  model.node("above", "AddV2", {"square", model.floats("one", {}, {1})});
  model.node("y", "Rsqrt", {"above"});
  const Tensor in = model.random_input();
  const Tensor out = model.run(in);
  for (std::size_t i = 0; i < in.data.size(); ++i)
    EXPECT_NEAR(out.data[i], 1 / std::sqrt(in.data[i] * in.data[i] + 1), 1e-5F);
}

TEST(OnnxFromTfjs, BendsWithSlopesPerChannel) {
  TinyTfjs model({1, 2, 3, 2});
  model.node("y", "Prelu", {"x", model.floats("a", {1, 1, 2}, {0.25F, -3})});
  const Tensor in = model.random_input();
  const float slope[] = {0.25F, -3};
  expect_equal(model.run(in), {2, 2, 3, 2}, filled({2, 2, 3, 2}, [&](auto n, auto y, auto x, auto c) {
                 const float v = at(in, n, y, x, c);
                 return v < 0 ? v * slope[c] : v;
               }));
}

TEST(OnnxFromTfjs, NormalisesAlongTheLastAxis) {
  TinyTfjs model({1, 2, 3, 4});
  model.node("y", "Softmax", {"x"});
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 2, 3, 4}, filled({2, 2, 3, 4}, [&](auto n, auto y, auto x, auto c) {
                 float sum = 0;
                 for (std::int64_t k = 0; k < 4; ++k) sum += std::exp(at(in, n, y, x, k));
                 return std::exp(at(in, n, y, x, c)) / sum;
               }));
}

TEST(OnnxFromTfjs, Reduces) {
  for (const std::string op : {"Mean", "Sum", "Max"})
    for (const std::vector<std::int32_t>& axes :
         std::vector<std::vector<std::int32_t>>{{1, 2}, {-1}, {1}, {2, 3}})
      for (const bool keep : {false, true}) {
        TinyTfjs model({1, 2, 3, 4});
        model.node("y", op, {"x", model.numbers("axes", axes)}, {{"keep_dims", flag(keep)}});
        const Tensor in = model.random_input();
        const std::int64_t dims[] = {2, 2, 3, 4};
        bool gone[] = {false, false, false, false};
        for (const std::int32_t axis : axes) gone[axis < 0 ? axis + 4 : axis] = true;
        std::vector<std::int64_t> full;
        std::vector<std::int64_t> shape;
        for (std::size_t i = 0; i < 4; ++i) {
          full.push_back(gone[i] ? 1 : dims[i]);
          if (!gone[i] || keep) shape.push_back(full.back());
        }
        expect_equal(model.run(in), shape, filled(full, [&](auto n, auto y, auto x, auto c) {
                       float sum = 0;
                       float largest = -10;
                       int count = 0;
                       for (std::int64_t j = gone[1] ? 0 : y; j < (gone[1] ? 2 : y + 1); ++j)
                         for (std::int64_t i = gone[2] ? 0 : x; i < (gone[2] ? 3 : x + 1); ++i)
                           for (std::int64_t k = gone[3] ? 0 : c; k < (gone[3] ? 4 : c + 1); ++k) {
                             sum += at(in, n, j, i, k);
                             largest = std::max(largest, at(in, n, j, i, k));
                             ++count;
                           }
                       return op == "Sum" ? sum : op == "Mean" ? sum / static_cast<float>(count) : largest;
                     }));
      }
}

// The numbers of a picture come out with the channels running fastest, though they lie otherwise here.
TEST(OnnxFromTfjs, FlattensPicturesInTensorFlowsOrder) {
  TinyTfjs model({1, 2, 3, 4});
  model.node("y", "Reshape", {"x", model.numbers("shape", {-1, 24})});
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 24}, in.data);
}

TEST(OnnxFromTfjs, ReshapesIntoPicturesAndConvolvesThem) {
  TinyTfjs model({1, 12});
  model.node("picture", "Reshape", {"x", model.numbers("shape", {-1, 2, 3, 2})});
  model.node("y", "Conv2D", {"picture", model.random("w", {3, 3, 2, 1})}, conv_attributes("SAME", 1));
  const Tensor in = model.random_input();
  const Tensor picture{{2, 2, 3, 2}, in.data};
  expect_equal(model.run(in), {2, 2, 3, 1}, filled({2, 2, 3, 1}, [&](auto n, auto y, auto x, auto c) {
                 return convolved(picture, model.constants["w"], 1, n, y - 1, x - 1, c);
               }));
}

TEST(OnnxFromTfjs, SqueezesRowsColumnsAndBoth) {
  for (const std::vector<int>& dims : std::vector<std::vector<int>>{{1}, {2}, {1, 2}, {3}}) {
    const auto has = [&](int d) { return std::find(dims.begin(), dims.end(), d) != dims.end(); };
    std::vector<std::int64_t> shape{1, has(1) ? 1 : 2, has(2) ? 1 : 3, has(3) ? 1 : 4};
    TinyTfjs model(shape);
    model.node("y", "Squeeze", {"x"}, {{"squeeze_dims", list(dims)}});
    const Tensor in = model.random_input();
    std::vector<std::int64_t> left{2};
    for (int d = 1; d < 4; ++d)
      if (!has(d)) left.push_back(shape[static_cast<std::size_t>(d)]);
    expect_equal(model.run(in), left, in.data);
  }
}

TEST(OnnxFromTfjs, PadsRowsColumnsAndChannels) {
  TinyTfjs model({1, 2, 2, 2});
  model.node("pads", "Const", {});
  model.weights.push_back({{"name", "pads"}, {"shape", {4, 2}}, {"dtype", "int32"}});
  for (const std::int32_t pad : {0, 0, 1, 0, 0, 2, 0, 3}) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(&pad);
    model.bytes.insert(model.bytes.end(), from, from + 4);
  }
  model.node("y", "Pad", {"x", "pads"});
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 3, 4, 5}, filled({2, 3, 4, 5}, [&](auto n, auto y, auto x, auto c) {
                 return y < 1 || x >= 2 || c >= 2 ? 0.0F : at(in, n, y - 1, x, c);
               }));
}

TEST(OnnxFromTfjs, JoinsAlongAnyAxis) {
  for (const int axis : {1, 2, 3, -1}) {
    TinyTfjs model({1, 2, 2, 2});
    model.node("twice", "AddV2", {"x", "x"});
    model.node("y", "ConcatV2", {"x", "twice", model.numbers("axis", {axis})});
    const Tensor in = model.random_input();
    std::vector<std::int64_t> shape{2, 2, 2, 2};
    const auto joined = static_cast<std::size_t>(axis < 0 ? 3 : axis);
    shape[joined] = 4;
    expect_equal(model.run(in), shape, filled(shape, [&](auto n, auto y, auto x, auto c) {
                   std::int64_t where[] = {n, y, x, c};
                   const bool second = where[joined] >= 2;
                   if (second) where[joined] -= 2;
                   return (second ? 2 : 1) * at(in, where[0], where[1], where[2], where[3]);
                 }));
  }
}

TEST(OnnxFromTfjs, MultipliesMatrices) {
  for (const bool turned : {false, true})
    for (const std::string op : {"MatMul", "_FusedMatMul"}) {
      TinyTfjs model({1, 3});
      std::vector<std::string> inputs{
          "x", model.random("w", turned ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{3, 2})};
      Json attributes{{"transpose_a", flag(false)}, {"transpose_b", flag(turned)}};
      const bool fused = op == "_FusedMatMul";
      if (fused) {
        inputs.push_back(model.floats("b", {2}, {0.25F, -0.5F}));
        attributes["fused_ops"] = texts({"BiasAdd", "Relu"});
      }
      model.node("y", op, inputs, attributes);
      const Tensor in = model.random_input();
      const std::vector<float>& w = model.constants["w"];
      std::vector<float> expected;
      for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t o = 0; o < 2; ++o) {
          float sum = fused ? (o == 0 ? 0.25F : -0.5F) : 0;
          for (std::size_t i = 0; i < 3; ++i) sum += in.data[3 * n + i] * w[turned ? 3 * o + i : 2 * i + o];
          expected.push_back(fused ? std::max(sum, 0.0F) : sum);
        }
      expect_equal(model.run(in), {2, 2}, expected);
    }
}

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
  expect_equal(model.run(model.random_input(1)),
               {3, 4},
               {1, -2, std::ldexp(1.0F, -24), 65504, -3, -2.5F, 61, 124.5F, 2, 2.001F, 3, 67.535F});
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

// ---- what is refused ----

std::string refusal(const std::function<void()>& action, ErrorCode code) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

std::string refusal(const TinyTfjs& model, ErrorCode code) {
  return refusal([&] { model.onnx(); }, code);
}

TEST(OnnxFromTfjs, RefusesOtherOperatorsByNameAndNode) {
  TinyTfjs model({1, 3});
  model.node("y", "FFT2D", {"x"});
  const std::string said = refusal(model, ErrorCode::Unsupported);
  EXPECT_THAT(said, HasSubstr("'y' (FFT2D)"));
  EXPECT_THAT(said, HasSubstr("tiny"));
}

TEST(OnnxFromTfjs, RefusesWhatItsOperatorsDoNotDo) {
  {
    TinyTfjs model({1, 4, 4, 3});
    Json attributes = conv_attributes("SAME", 1);
    attributes["data_format"] = text("NCHW");
    model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 3, 4})}, attributes);
    EXPECT_THAT(refusal(model, ErrorCode::Unsupported), HasSubstr("NHWC"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    Json attributes = conv_attributes("SAME", 1);
    attributes["fused_ops"] = texts({"FusedBatchNorm"});
    model.node("y", "_FusedConv2D", {"x", model.random("w", {3, 3, 3, 4})}, attributes);
    EXPECT_THAT(refusal(model, ErrorCode::Unsupported), HasSubstr("FusedBatchNorm"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("w", "Relu", {"x"});
    model.node("y", "Conv2D", {"x", "w"}, conv_attributes("SAME", 1));
    EXPECT_THAT(refusal(model, ErrorCode::Unsupported), HasSubstr("constant"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("split", "Relu", {"x"});
    model.node("y", "Relu", {"split:1"});
    EXPECT_THAT(refusal(model, ErrorCode::Unsupported), HasSubstr("split:1"));
  }
}

TEST(OnnxFromTfjs, RefusesGraphsThatContradictThemselves) {
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Conv2D", {"x", model.random("w", {3, 3, 5, 4})}, conv_attributes("SAME", 1));
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("[3, 3, 5, 4]"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Conv2D", {"x", model.random("w", {5, 5, 3, 4})}, conv_attributes("VALID", 1));
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("larger than the picture"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Mul", {"x", model.random("k", {2})});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("do not go together"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {"z"});
    model.node("z", "Relu", {"y"});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("depends on itself"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Identity", {"y"});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("depends on itself"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {"nowhere"});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("'nowhere', which is not there"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {"x"});
    model.node("y", "Abs", {"x"});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("another node of this name"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("y", "Relu", {});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("expected 1 inputs, got 0"));
  }
  {
    TinyTfjs model({1, 3});
    model.node("k", "Const", {});
    model.node("y", "AddV2", {"x", "k"});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("weights manifest does not have it"));
  }
  {
    TinyTfjs model({1, 4, 4, 3});
    model.node("y", "Mean", {"x", model.numbers("axes", {7})});
    EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("axis 7"));
  }
}

TEST(OnnxFromTfjs, RefusesWeightFilesThatDoNotFit) {
  TinyTfjs model({1, 3});
  model.node("y", "AddV2", {"x", model.random("k", {3})});
  model.bytes.pop_back();
  EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("need 12 bytes, the files have 11"));
  model.bytes.resize(13);
  EXPECT_THAT(refusal(model, ErrorCode::Corrupt), HasSubstr("larger than their 12 bytes"));
}

TEST(OnnxFromTfjs, RefusesHostileSizesBeforeItReadsAnything) {
  for (const Json& shape :
       {Json{268435456, 268435456, 268435456, 268435456}, Json{-4}, Json{1e300}, Json{"a"}}) {
    TinyTfjs model({1, 3});
    model.node("y", "AddV2", {"x", "k"});
    model.node("k", "Const", {});
    model.weights.push_back({{"name", "k"}, {"shape", shape}, {"dtype", "float32"}});
    refusal(
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
    EXPECT_THAT(refusal([&] { onnx_from_tfjs(text, "odd.json", none); }, ErrorCode::Corrupt),
                HasSubstr("odd.json"));
  EXPECT_THAT(refusal(
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
  const std::string json = document.dump();
  write("model.json", json.data(), json.size());
  const Session session(onnx_from_tfjs(folder / "model.json"), "tiny");
  EXPECT_EQ(session.run(Tensor{{1, 3}, {0, 0, 0}}).data, (std::vector<float>{1, 2, 3}));
  std::filesystem::remove(folder / "b.bin");
  EXPECT_THAT(refusal([&] { onnx_from_tfjs(folder / "model.json"); }, ErrorCode::NotFound),
              HasSubstr("b.bin"));
  std::filesystem::remove_all(folder);
}

TEST(TfjsFilesBeside, NeverLeavesTheFolder) {
  const TfjsFiles files = tfjs_files_beside("/tmp/somewhere/model.json");
  for (const char* path : {"../x.bin", "/etc/passwd", "a/../../x", ""})
    EXPECT_THAT(refusal([&] { files(path, 100); }, ErrorCode::Corrupt), HasSubstr("beside it"));
}

TEST(OnnxFromTfjsWeights, NamesGraphsAndWeightsThatItMisses) {
  const TfjsFiles none = [](const std::string&, std::uint64_t) { return std::vector<std::uint8_t>{}; };
  EXPECT_THAT(refusal([&] { onnx_from_tfjs_weights("[]", "m", "vgg", none); }, ErrorCode::Unsupported),
              HasSubstr("known: dlib_resnet34"));
  EXPECT_THAT(refusal([&] { onnx_from_tfjs_weights("[]", "m", "dlib_resnet34", none); }, ErrorCode::Corrupt),
              HasSubstr("conv32_down/conv/filters"));
}

}  // namespace
}  // namespace kyc
