#include "kyc/nn/tfjs_model.h"

#include <charconv>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using json = nlohmann::ordered_json;  // the order of the outputs counts

constexpr std::size_t kMaxNodes = 100'000;
constexpr std::size_t kMaxInputs = 1'000;  // of one node
constexpr std::size_t kMaxTfjsRank = 8;
constexpr std::size_t kMaxWeights = std::size_t{1} << 28;  // of all weights together: 1 GiB

class TfjsReader {
 public:
  explicit TfjsReader(std::string name) : name_(std::move(name)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::Corrupt, name_ + ": " + what);
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::Unsupported, name_ + ": " + what);
  }

  json parse(std::string_view text) const {
    json out = json::parse(text, nullptr, false);
    if (out.is_discarded()) fail("this is no JSON");
    return out;
  }

  const json& member(const json& object, const char* key, const std::string& of) const {
    if (!object.is_object() || !object.contains(key)) fail(of + ": \"" + key + "\" is missing");
    return object.at(key);
  }

  const json& array(const json& object, const char* key, const std::string& of) const {
    const json& out = member(object, key, of);
    if (!out.is_array()) fail(of + ": \"" + key + "\": expected an array, got " + out.type_name());
    return out;
  }

  std::string text(const json& value, const std::string& of) const {
    if (!value.is_string()) fail(of + ": expected a string, got " + std::string(value.type_name()));
    return value.get<std::string>();
  }

  double number(const json& value, const std::string& of) const {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      fail(of + ": expected a finite number, got " + value.dump());
    return value.get<double>();
  }

  // A whole number, or one written as text, as protobuf's JSON does with 64 bits.
  std::int64_t integer(const json& value, const std::string& of) const {
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_string()) {
      const auto& digits = value.get_ref<const std::string&>();
      std::int64_t out = 0;
      const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
      if (failure == std::errc() && end == digits.data() + digits.size() && !digits.empty()) return out;
    }
    fail(of + ": expected a whole number, got " + value.dump());
  }

  // Bytes in base64.
  std::string bytes(const json& value, const std::string& of) const {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text(value, of)) {
      if (c == '=') break;
      const auto digit = kDigits.find(c);
      if (digit == std::string_view::npos) fail(of + ": expected base64, got " + value.dump());
      bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
      held += 6;
      if (held >= 8) {
        held -= 8;
        out += static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xFFU);
      }
    }
    return out;
  }

  std::vector<std::int64_t> dimensions(const json& shape, const std::string& of) const {
    std::vector<std::int64_t> out;
    if (shape.is_object() && shape.contains("unknownRank") && shape["unknownRank"] == true)
      refuse(of + ": a shape of unknown rank");
    if (shape.is_object() && !shape.contains("dim")) return out;  // a scalar
    for (const json& one : array(shape, "dim", of)) {
      out.push_back(integer(member(one, "size", of), of));
      if (out.back() < -1 || out.back() > 1'000'000 || out.size() > kMaxTfjsRank)
        fail(of + ": a shape is out of bounds: " + shape.dump());
    }
    return out;
  }

  TfjsAttribute attribute(const json& value, const std::string& of) const {
    TfjsAttribute out;
    if (!value.is_object()) fail(of + ": expected an object");
    if (value.contains("i")) out.integer = integer(value["i"], of);
    if (value.contains("b")) {
      if (!value["b"].is_boolean()) fail(of + ": expected true or false, got " + value["b"].dump());
      out.boolean = value["b"].get<bool>();
    }
    if (value.contains("s")) out.text = bytes(value["s"], of);
    if (value.contains("type") && value["type"].is_string()) out.text = value["type"].get<std::string>();
    if (value.contains("shape")) out.integers = dimensions(value["shape"], of);
    if (value.contains("list")) {
      const json& list = value["list"];
      if (list.is_object() && list.contains("i"))
        for (const json& one : array(list, "i", of)) out.integers.push_back(integer(one, of));
      if (list.is_object() && list.contains("s"))
        for (const json& one : array(list, "s", of)) out.texts.push_back(bytes(one, of));
    }
    return out;
  }

  // "node", "node:0" or "^node"; nothing for the last, which only says what must run before.
  std::optional<std::string> input(const std::string& reference, const std::string& of) const {
    if (!reference.empty() && reference[0] == '^') return std::nullopt;
    const auto colon = reference.rfind(':');
    if (colon == std::string::npos) return reference;
    if (reference.substr(colon) != ":0")
      refuse(of + " takes '" + reference + "': only first outputs are supported");
    return reference.substr(0, colon);
  }

  TfjsNode node(const json& value) const {
    TfjsNode out;
    out.name = text(member(value, "name", "a node"), "the name of a node");
    out.op = text(member(value, "op", "node '" + out.name + "'"), "the op of '" + out.name + "'");
    const std::string of = "node '" + out.name + "' (" + out.op + ")";
    if (value.contains("input")) {
      const json& inputs = array(value, "input", of);
      if (inputs.size() > kMaxInputs) fail(of + ": " + std::to_string(inputs.size()) + " inputs");
      for (const json& one : inputs)
        if (auto from = input(text(one, of), of)) out.inputs.push_back(std::move(*from));
    }
    // What a constant's attributes say about its value lies in the weights.
    if (out.op != "Const" && value.contains("attr")) {
      if (!value["attr"].is_object()) fail(of + ": \"attr\": expected an object");
      for (const auto& [key, one] : value["attr"].items())
        out.attributes.emplace(key, attribute(one, of + ", attribute " + key));
    }
    return out;
  }

  TfjsWeightSpec weight(const json& value) const {
    TfjsWeightSpec out;
    out.name = text(member(value, "name", "a weight"), "the name of a weight");
    const std::string of = "weight '" + out.name + "'";
    for (const json& one : array(value, "shape", of)) {
      out.shape.push_back(integer(one, of));
      if (out.shape.back() < 0 || out.shape.back() > (std::int64_t{1} << 28) ||
          out.shape.size() > kMaxTfjsRank)
        fail(of + ": its shape is out of bounds: " + value["shape"].dump());
    }
    const std::string type = text(member(value, "dtype", of), of);
    if (type != "float32" && type != "int32")
      refuse(of + " is of type " + type + "; supported: float32, int32");
    out.is_integer = type == "int32";
    out.stored = type;
    if (value.contains("quantization")) quantisation(value["quantization"], of, out);
    return out;
  }

  std::vector<TfjsWeightGroup> groups(const json& manifest) const {
    if (!manifest.is_array()) fail("the weights manifest: expected an array");
    std::vector<TfjsWeightGroup> out;
    std::set<std::string> names;
    std::size_t elements = 0;
    for (const json& one : manifest) {
      TfjsWeightGroup group;
      for (const json& path : array(one, "paths", "the weights manifest"))
        group.paths.push_back(text(path, "a path of the weights manifest"));
      for (const json& entry : array(one, "weights", "the weights manifest")) {
        group.weights.push_back(weight(entry));
        const std::string& name = group.weights.back().name;
        if (!names.insert(name).second) fail("weight '" + name + "' is there twice");
        elements += group.weights.back().count();
        if (names.size() > kMaxNodes || elements > kMaxWeights)
          fail("the weights are more than " + std::to_string(kMaxWeights) + " numbers");
      }
      out.push_back(std::move(group));
    }
    return out;
  }

  // {"name of output": {"name": "node:0"}, ...}, at the top or in the converter's metadata.
  std::vector<std::pair<std::string, std::string>> signature_outputs(const json& model) const {
    std::vector<std::pair<std::string, std::string>> out;
    const json* signature = nullptr;
    if (model.contains("signature")) signature = &model["signature"];
    const auto metadata = model.find("userDefinedMetadata");
    if (!signature && metadata != model.end() && metadata->is_object() && metadata->contains("signature"))
      signature = &(*metadata)["signature"];
    if (!signature || !signature->is_object() || !signature->contains("outputs")) return out;
    const json& outputs = (*signature)["outputs"];
    if (!outputs.is_object()) fail("the signature's outputs: expected an object");
    for (const auto& [key, value] : outputs.items()) {
      const std::string of = "output '" + key + "' of the signature";
      const auto from = input(text(member(value, "name", of), of), of);
      if (!from) fail(of + ": names no node");
      out.emplace_back(key.ends_with(":0") ? key.substr(0, key.size() - 2) : key, *from);
    }
    return out;
  }

 private:
  void quantisation(const json& value, const std::string& of, TfjsWeightSpec& out) const {
    out.stored = text(member(value, "dtype", of), of);
    if (out.stored != "uint8" && out.stored != "uint16" && out.stored != "float16")
      refuse(of + " is quantised to " + out.stored + "; supported: uint8, uint16, float16");
    if (out.stored == "float16") {
      if (out.is_integer) fail(of + ": whole numbers cannot be quantised to float16");
      return;
    }
    out.scale = number(member(value, "scale", of), of);
    out.min = number(member(value, "min", of), of);
  }

  std::string name_;
};

}  // namespace

TfjsModel parse_tfjs_model(std::string_view text, const std::string& name) {
  const TfjsReader reader(name);
  const json document = reader.parse(text);
  if (document.is_array())
    reader.fail("this is a weights manifest without a graph; which graph the weights are of must be said");
  if (!document.is_object() || !document.contains("modelTopology") || !document.contains("weightsManifest"))
    reader.fail("this is no TensorFlow.js model: expected modelTopology and weightsManifest");
  if (document.contains("format") && document["format"] != "graph-model")
    reader.refuse("expected the format \"graph-model\", got " + document["format"].dump());
  TfjsModel out;
  const json& nodes = reader.array(document["modelTopology"], "node", "modelTopology");
  if (nodes.size() > kMaxNodes) reader.fail(std::to_string(nodes.size()) + " nodes are too many");
  for (const json& one : nodes) out.nodes.push_back(reader.node(one));
  out.groups = reader.groups(document["weightsManifest"]);
  out.outputs = reader.signature_outputs(document);
  return out;
}

std::vector<TfjsWeightGroup> parse_tfjs_weight_manifest(std::string_view text, const std::string& name) {
  const TfjsReader reader(name);
  return reader.groups(reader.parse(text));
}

}  // namespace kyc
