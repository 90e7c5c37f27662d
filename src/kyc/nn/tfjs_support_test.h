// Small TensorFlow.js models in code, for the tests of the importer.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kyc/nn/session.h"
#include "kyc/nn/tfjs.h"

namespace kyc {

using Json = nlohmann::ordered_json;

inline std::string base64(const std::string& text) {
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

inline Json text(const std::string& value) {
  return {{"s", base64(value)}};
}
inline Json list(const std::vector<int>& values) {
  Json out = Json::array();
  for (const int value : values) out.push_back(std::to_string(value));  // as protobuf writes 64 bits
  return {{"list", {{"i", out}}}};
}
inline Json texts(const std::vector<std::string>& values) {
  Json out = Json::array();
  for (const std::string& value : values) out.push_back(base64(value));
  return {{"list", {{"s", out}}}};
}
inline Json flag(bool value) {
  return {{"b", value}};
}

inline std::size_t count_of(const std::vector<std::int64_t>& shape) {
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
                     const std::vector<float>& values) {
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

inline Json conv_attributes(const std::string& padding, int stride, int dilation = 1) {
  return {{"padding", text(padding)},
          {"strides", list({1, stride, stride, 1})},
          {"dilations", list({1, dilation, dilation, 1})},
          {"data_format", text("NHWC")}};
}

}  // namespace kyc
