// What a TensorFlow.js model says, as plain values. Internal to nn/; files are hostile, so all is checked
// here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kyc/nn/tfjs.h"

namespace kyc {

// Row-major. Whole numbers or fractions, never both.
struct TfjsTensor {
  std::vector<std::int64_t> shape;
  bool is_integer = false;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
};
using TfjsWeights = std::map<std::string, TfjsTensor, std::less<>>;

struct TfjsWeightSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  bool is_integer = false;
  std::string stored = "float32";  // "float32", "int32", "float16", "uint16", "uint8"
  double scale = 1;                // of uint8 and uint16: value = stored * scale + min
  double min = 0;

  std::size_t count() const;
  std::size_t bytes() const;
};

// Weights that lie one after the other in the concatenated files.
struct TfjsWeightGroup {
  std::vector<std::string> paths;
  std::vector<TfjsWeightSpec> weights;
};

struct TfjsAttribute {
  std::optional<std::int64_t> integer;
  std::optional<bool> boolean;
  std::optional<std::string> text;     // or the name of a type ("DT_FLOAT")
  std::vector<std::int64_t> integers;  // a list, or the dimensions of a shape (-1: free)
  std::vector<std::string> texts;
};

struct TfjsNode {
  std::string name;
  std::string op;
  std::vector<std::string> inputs;  // names of nodes: always their first output
  std::map<std::string, TfjsAttribute> attributes;
};

struct TfjsModel {
  std::vector<TfjsNode> nodes;
  std::vector<TfjsWeightGroup> groups;
  std::vector<std::pair<std::string, std::string>> outputs;  // name outside, node
};

// name    for messages
// throws  Error{Corrupt}, Error{Unsupported} naming the place
TfjsModel parse_tfjs_model(std::string_view json, const std::string& name);
std::vector<TfjsWeightGroup> parse_tfjs_weight_manifest(std::string_view json, const std::string& name);

// Reads and decodes all groups.
// throws  Error{Corrupt} if files are shorter or longer than their weights, and what `files` throws
TfjsWeights read_tfjs_weights(const std::vector<TfjsWeightGroup>& groups,
                              const std::string& name,
                              const TfjsFiles& files);

}  // namespace kyc
