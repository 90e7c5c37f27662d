// Small networks in code, for the tests of Graph and Trainer.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kyc/nn/onnx_builder.h"
#include "kyc/nn/onnx_proto.h"
#include "kyc/nn/tensor.h"
#include "kyc/nn/trainer.h"

namespace kyc {

inline Weights random_weights(const std::vector<std::int64_t>& shape, unsigned seed, float spread) {
  Weights out{shape, {}};
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, spread);
  for (std::size_t i = 0; i < count; ++i) out.values.push_back(normal(generator));
  return out;
}

inline Weights constant_weights(std::int64_t count, float value) {
  return {{count}, std::vector<float>(static_cast<std::size_t>(count), value)};
}

inline Tensor random_tensor(const std::vector<std::int64_t>& shape, unsigned seed) {
  Weights values = random_weights(shape, seed, 1);
  return {shape, std::move(values.values)};
}

struct TinyOptions {
  bool normalised = true;
  bool dropout = false;
  std::int64_t outputs = 1;
  std::int64_t channels = 6;
};

// [n, 3, 12, 12] -> convolution, BatchNormalization, Relu, pool, (Dropout,) Gemm -> "logits" [n, outputs]
inline std::vector<std::uint8_t> tiny_network(const TinyOptions& options = {}) {
  OnnxBuilder onnx("kyclops test");
  onnx.input("x", {-1, 3, 12, 12});
  const std::int64_t c = options.channels;
  const std::string weights = onnx.constant("conv.weight", random_weights({c, 3, 3, 3}, 1, 0.3F));
  const std::string bias = onnx.constant("conv.bias", random_weights({c}, 2, 0.1F));
  set_attribute(
      onnx.node("Conv", {"x", weights, bias}, "features"), "strides", std::vector<std::int64_t>{2, 2});
  std::string last = "features";
  if (options.normalised) {
    const std::string scale = onnx.constant("norm.weight", constant_weights(c, 1));
    const std::string shift = onnx.constant("norm.bias", constant_weights(c, 0));
    const std::string mean = onnx.constant("norm.running_mean", constant_weights(c, 0));
    const std::string variance = onnx.constant("norm.running_var", constant_weights(c, 1));
    onnx.node("BatchNormalization", {last, scale, shift, mean, variance}, "normalised");
    last = "normalised";
  }
  onnx.node("Relu", {last}, "active");
  onnx.node("GlobalAveragePool", {"active"}, "pooled");
  onnx.node("Flatten", {"pooled"}, "flat");
  last = "flat";
  if (options.dropout) {
    const std::string ratio = onnx.constant("ratio", Weights{{}, {0.5F}});
    onnx.node("Dropout", {last, ratio}, "dropped");
    last = "dropped";
  }
  const std::string matrix = onnx.constant("head.weight", random_weights({options.outputs, c}, 3, 0.5F));
  const std::string offset = onnx.constant("head.bias", random_weights({options.outputs}, 4, 0.1F));
  set_attribute(onnx.node("Gemm", {last, matrix, offset}, "logits"), "transB", std::int64_t{1});
  onnx.output("logits", {-1, options.outputs});
  return onnx.bytes();
}

// Edits a model in its file's bytes.
inline void change_model(std::vector<std::uint8_t>& bytes,
                         const std::function<void(onnx::ModelProto&)>& edit) {
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  edit(model);
  const std::string text = model.SerializeAsString();
  bytes.assign(text.begin(), text.end());
}

// Pictures drawn by a seed: of class 1 have horizontal stripes, of class 0 vertical ones, under noise.
inline TrainingBatch stripes(std::uint64_t seed, std::size_t count) {
  TrainingBatch out{make_tensor({static_cast<std::int64_t>(count), 3, 12, 12}), {}};
  std::mt19937_64 generator(seed * 977 + 5);
  std::normal_distribution<float> noise(0, 0.3F);
  std::uniform_real_distribution<float> phase(0, 6.28F);
  for (std::size_t i = 0; i < count; ++i) {
    const bool horizontal = generator() % 2 == 1;
    const float shift = phase(generator);
    out.targets.push_back(horizontal ? 1.0F : 0.0F);
    for (std::size_t k = 0; k < 3 * 144; ++k) {
      const std::size_t row = k % 144 / 12;
      const std::size_t column = k % 12;
      out.inputs.data[i * 3 * 144 + k] =
          std::sin(shift + 2.1F * static_cast<float>(horizontal ? row : column)) + noise(generator);
    }
  }
  return out;
}

}  // namespace kyc
