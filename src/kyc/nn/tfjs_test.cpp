// Every operator against its definition, written out.

#include "kyc/nn/tfjs.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "kyc/nn/tfjs_support_test.h"

namespace kyc {
namespace {

// Element of a picture [n, h, w, c].
float value_at(const Tensor& t, std::int64_t n, std::int64_t y, std::int64_t x, std::int64_t c) {
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
        sum += static_cast<double>(value_at(in, n, row, column, c)) *
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
                       sum += value_at(in, n, y + j - 1, x + i - 1, c / 2) *
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
                         largest = std::max(largest, value_at(in, n, row, column, c));
                         sum += value_at(in, n, row, column, c);
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
  for (const auto& one : operators)
    for (const std::vector<std::int64_t>& shape :
         std::vector<std::vector<std::int64_t>>{{}, {3}, {4, 3}, {2, 1, 3}, {1, 2, 4, 1}}) {
      TinyTfjs model({1, 2, 4, 3});
      const auto& f = one.second;
      model.node("y", one.first, {"x", model.random("k", shape)});
      const Tensor in = model.random_input();
      const std::vector<float>& k = model.constants["k"];
      std::vector<std::int64_t> full(4 - shape.size(), 1);
      full.insert(full.end(), shape.begin(), shape.end());
      expect_equal(model.run(in), {2, 2, 4, 3}, filled({2, 2, 4, 3}, [&](auto n, auto y, auto x, auto c) {
                     const std::int64_t i = ((y % full[1]) * full[2] + x % full[2]) * full[3] + c % full[3];
                     return f(value_at(in, n, y, x, c), k[static_cast<std::size_t>(i)]);
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
                 const float v = value_at(in, n, y, x, c);
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
  for (const auto& one : operators) {
    const auto& f = one.second;
    TinyTfjs model({1, 2, 3, 2});
    model.node("ten", "Mul", {"x", model.floats("k", {}, {10})});
    model.node("y", one.first, {"ten"});
    const Tensor in = model.random_input();
    expect_equal(model.run(in), {2, 2, 3, 2}, filled({2, 2, 3, 2}, [&](auto n, auto y, auto x, auto c) {
                   return f(10 * value_at(in, n, y, x, c));
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
                 const float v = value_at(in, n, y, x, c);
                 return v < 0 ? v * slope[c] : v;
               }));
}

TEST(OnnxFromTfjs, NormalisesAlongTheLastAxis) {
  TinyTfjs model({1, 2, 3, 4});
  model.node("y", "Softmax", {"x"});
  const Tensor in = model.random_input();
  expect_equal(model.run(in), {2, 2, 3, 4}, filled({2, 2, 3, 4}, [&](auto n, auto y, auto x, auto c) {
                 float sum = 0;
                 for (std::int64_t k = 0; k < 4; ++k) sum += std::exp(value_at(in, n, y, x, k));
                 return std::exp(value_at(in, n, y, x, c)) / sum;
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
                             sum += value_at(in, n, j, i, k);
                             largest = std::max(largest, value_at(in, n, j, i, k));
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
                 return y < 1 || x >= 2 || c >= 2 ? 0.0F : value_at(in, n, y - 1, x, c);
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
                   return (second ? 2 : 1) * value_at(in, where[0], where[1], where[2], where[3]);
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

}  // namespace
}  // namespace kyc
