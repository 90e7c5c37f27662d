#include "kyc/nn/manifest.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/recognition_crop.h"
#include "kyc/nn/tfjs.h"

namespace kyc {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxManifestBytes = 16U << 20;
constexpr std::uint64_t kMaxModelBytes = 8ULL << 30;

// A value of the manifest together with its place, so that every complaint can say where.
class ManifestPlace {
 public:
  ManifestPlace(const json& value, std::string file, std::string path)
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::Corrupt, file_ + ": " + (path_.empty() ? "/" : path_) + ": " + what);
  }

  void expect_keys(const std::set<std::string>& required, const std::set<std::string>& optional) const {
    if (!value_.is_object()) fail("expected an object, got " + std::string(value_.type_name()));
    for (const std::string& key : required)
      if (!value_.contains(key)) fail("\"" + key + "\" is missing");
    for (const auto& [key, ignored] : value_.items())
      if (!required.contains(key) && !optional.contains(key)) fail("unknown key \"" + key + "\"");
  }

  bool has(const std::string& key) const { return value_.contains(key); }
  ManifestPlace at(const std::string& key) const { return {value_.at(key), file_, path_ + "/" + key}; }

  std::vector<ManifestPlace> elements() const {
    if (!value_.is_array()) fail("expected an array, got " + std::string(value_.type_name()));
    std::vector<ManifestPlace> out;
    for (std::size_t i = 0; i < value_.size(); ++i)
      out.emplace_back(value_[i], file_, path_ + "/" + std::to_string(i));
    return out;
  }

  std::string text() const {
    if (!value_.is_string()) fail("expected a string, got " + std::string(value_.type_name()));
    return value_.get<std::string>();
  }

  std::string some_text() const {
    std::string out = text();
    if (out.empty()) fail("must not be empty");
    return out;
  }

  bool boolean() const {
    if (!value_.is_boolean()) fail("expected true or false, got " + std::string(value_.type_name()));
    return value_.get<bool>();
  }

  double number() const {
    if (!value_.is_number()) fail("expected a number, got " + std::string(value_.type_name()));
    return value_.get<double>();
  }

  std::int64_t dimension() const {
    if (!value_.is_number_integer()) fail("expected a whole number, got " + value_.dump());
    const auto out = value_.get<std::int64_t>();
    if (out < 0 || out > 1'000'000) fail("expected 0 (free) to 1000000, got " + value_.dump());
    return out;
  }

  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const ManifestPlace& element : elements()) out.push_back(element.some_text());
    return out;
  }

 private:
  const json& value_;
  std::string file_;
  std::string path_;
};

std::array<float, 3> three_numbers(const ManifestPlace& place) {
  const std::vector<ManifestPlace> elements = place.elements();
  if (elements.size() != 3) place.fail("expected 3 numbers, got " + std::to_string(elements.size()));
  std::array<float, 3> out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = static_cast<float>(elements[i].number());
  return out;
}

// throws unless it is one of `known`
std::string one_of(const ManifestPlace& place, const std::vector<std::string>& known) {
  const std::string text = place.text();
  std::string names;
  for (const std::string& name : known) {
    if (text == name) return text;
    names += (names.empty() ? "\"" : ", \"") + name + "\"";
  }
  place.fail("expected one of " + names + ", got \"" + text + "\"");
}

std::array<float, 3> read_scale(const ManifestPlace& place) {
  const std::array<float, 3> scale = three_numbers(place);
  if (std::any_of(scale.begin(), scale.end(), [](float s) { return s == 0; })) place.fail("must not be 0");
  return scale;
}

// Of an entry.
RecognitionCrop read_recognition(const ManifestPlace& entry) {
  RecognitionCrop out;
  if (!entry.has("recognition")) return out;
  const ManifestPlace place = entry.at("recognition");
  place.expect_keys({}, {"zoom", "shift", "template_output"});
  if (place.has("zoom")) out.zoom = static_cast<float>(place.at("zoom").number());
  if (place.has("shift")) out.shift = static_cast<float>(place.at("shift").number());
  if (place.has("template_output")) out.template_output = place.at("template_output").some_text();
  if (!(out.zoom >= 0.1F && out.zoom <= 10)) place.at("zoom").fail("expected 0.1 to 10");
  if (!(out.shift >= -1 && out.shift <= 1)) place.at("shift").fail("expected -1 to 1");
  return out;
}

ModelInput read_input(const ManifestPlace& place) {
  place.expect_keys({"name", "shape"}, {"colour", "mean", "scale", "crop", "role", "layout", "value"});
  ModelInput input;
  input.name = place.at("name").some_text();
  for (const ManifestPlace& element : place.at("shape").elements())
    input.shape.push_back(element.dimension());
  if (place.has("colour")) {
    input.colour = place.at("colour").text();
    if (input.colour != "RGB" && input.colour != "BGR" && input.colour != "grey")
      place.at("colour").fail("expected \"RGB\", \"BGR\" or \"grey\", got \"" + input.colour + "\"");
  }
  if (place.has("mean")) input.mean = three_numbers(place.at("mean"));
  if (place.has("scale")) input.scale = read_scale(place.at("scale"));
  if (place.has("crop")) input.crop = place.at("crop").text();
  if (place.has("role")) input.role = one_of(place.at("role"), {"target", "source", "identity", "number"});
  if (place.has("layout")) input.layout = one_of(place.at("layout"), {"NCHW", "NHWC"});
  if (place.has("value")) input.value = static_cast<float>(place.at("value").number());
  return input;
}

ModelIdentity read_identity(const ManifestPlace& place) {
  place.expect_keys({"model"}, {"normalise", "emap"});
  ModelIdentity identity;
  identity.model = place.at("model").some_text();
  if (place.has("normalise")) identity.normalise = place.at("normalise").boolean();
  if (place.has("emap")) identity.emap = place.at("emap").boolean();
  return identity;
}

ModelEdit read_edit(const ManifestPlace& place) {
  place.expect_keys({"alignment", "paste"}, {"identity", "colour", "layout", "mean", "scale", "multiple"});
  ModelEdit edit;
  edit.alignment =
      one_of(place.at("alignment"), {"arcface_112", "arcface_128", "simswap_112", "ffhq_512", "whole"});
  edit.paste = one_of(place.at("paste"), {"box", "face", "network", "whole"});
  if (place.has("identity")) edit.identity = read_identity(place.at("identity"));
  if (place.has("colour")) edit.colour = one_of(place.at("colour"), {"RGB", "BGR"});
  if (place.has("layout")) edit.layout = one_of(place.at("layout"), {"NCHW", "NHWC"});
  if (place.has("mean")) edit.mean = three_numbers(place.at("mean"));
  if (place.has("scale")) edit.scale = read_scale(place.at("scale"));
  if (place.has("multiple")) {
    edit.multiple = place.at("multiple").dimension();
    if (edit.multiple < 1 || edit.multiple > 1024) place.at("multiple").fail("expected 1 to 1024");
  }
  return edit;
}

ModelDetection read_detection(const ManifestPlace& place) {
  place.expect_keys(
      {"detects", "output"},
      {"box", "square", "cut", "inside", "mirrored", "sees", "movement", "quantile", "attack", "bona_fide"});
  ModelDetection out;
  for (const ManifestPlace& element : place.at("detects").elements())
    out.detects.push_back(
        one_of(element, {"deepfake", "presentation_attack", "morph", "injection", "generated"}));
  if (out.detects.empty()) place.at("detects").fail("expected at least one kind of attack");
  if (place.has("box")) out.box = static_cast<float>(place.at("box").number());
  if (!(out.box == 0 || (out.box >= 0.2F && out.box <= 10)))
    place.at("box").fail("expected 0 (the whole picture) or 0.2 to 10");
  if (place.has("square")) out.square = place.at("square").boolean();
  if (place.has("cut")) out.cut = place.at("cut").boolean();
  if (place.has("mirrored")) out.mirrored = place.at("mirrored").boolean();
  if (place.has("sees")) out.sees = one_of(place.at("sees"), {"face", "movement"});
  if (place.has("movement")) out.movement = place.at("movement").some_text();
  if (out.sees == "movement" && !out.movement.empty())
    place.at("movement").fail("is of a network that sees the \"face\"");
  if (place.has("quantile")) out.quantile = place.at("quantile").number();
  if (!(out.quantile >= 0 && out.quantile <= 1)) place.at("quantile").fail("expected 0 to 1");
  if (place.has("inside")) out.inside = place.at("inside").boolean();
  if (out.inside && (!out.square || out.cut))
    place.at("inside").fail("is of what is \"square\" and not \"cut\"");
  out.output = one_of(place.at("output"), {"softmax", "probability", "sigmoid"});
  if (place.has("attack") == place.has("bona_fide"))
    place.fail("expected either \"attack\" or \"bona_fide\": which output it is");
  out.bona_fide = place.has("bona_fide");
  out.index = static_cast<std::size_t>(place.at(out.bona_fide ? "bona_fide" : "attack").dimension());
  return out;
}

ModelThreshold read_threshold(const ManifestPlace& place) {
  place.expect_keys({"name", "value", "rate", "data"}, {});
  return {place.at("name").some_text(),
          place.at("value").number(),
          place.at("rate").some_text(),
          place.at("data").some_text()};
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Model files stay inside of the folder: a manifest from elsewhere must not make us open /etc/passwd.
bool stays_inside(const std::filesystem::path& file) {
  return file.is_relative() &&
         std::none_of(file.begin(), file.end(), [](const auto& part) { return part == ".."; });
}

std::string inside_file(const ManifestPlace& place) {
  std::string file = place.some_text();
  if (!stays_inside(file)) place.fail("must lie inside of the manifest's folder: " + file);
  return file;
}

std::string pinned_hash(const ManifestPlace& place, bool user_supplied) {
  if (!place.has("sha256")) {
    if (!user_supplied) place.fail("\"sha256\" is missing; only models that the user brings may go without");
    return "";
  }
  std::string hash = place.at("sha256").text();
  if (!is_sha256(hash)) place.at("sha256").fail("expected 64 lower-case hexadecimal digits");
  return hash;
}

// Formats of several files say which; those of one have none.
void read_parts(const ManifestPlace& place, ModelEntry& entry) {
  const bool tfjs = entry.format == "tfjs" || entry.format == "tfjs_weights";
  if (place.has("parts"))
    for (const ManifestPlace& part : place.at("parts").elements()) {
      part.expect_keys({"file"}, {"sha256"});
      entry.parts.push_back({inside_file(part.at("file")), pinned_hash(part, entry.user_supplied)});
    }
  if (tfjs && entry.parts.empty()) place.fail("\"parts\" is missing: the weight files of the model");
  if (place.has("graph")) entry.graph = place.at("graph").some_text();
  if ((entry.format == "tfjs_weights") != place.has("graph"))
    place.fail("\"graph\" goes with the format tfjs_weights, and with no other");
}

ModelEntry read_entry(const ManifestPlace& place) {
  place.expect_keys({"name", "task", "file", "format", "licence", "origin", "purpose"},
                    {"sha256",
                     "user_supplied",
                     "parts",
                     "graph",
                     "inputs",
                     "outputs",
                     "recognition",
                     "thresholds",
                     "limits",
                     "edit",
                     "detection"});
  ModelEntry entry;
  entry.name = place.at("name").some_text();
  entry.task = place.at("task").some_text();
  entry.file = inside_file(place.at("file"));
  entry.format = place.at("format").some_text();
  entry.licence = place.at("licence").some_text();
  entry.origin = place.at("origin").some_text();
  entry.purpose = place.at("purpose").some_text();
  if (place.has("user_supplied")) entry.user_supplied = place.at("user_supplied").boolean();
  entry.sha256 = pinned_hash(place, entry.user_supplied);
  read_parts(place, entry);
  if (place.has("inputs"))
    for (const ManifestPlace& input : place.at("inputs").elements())
      entry.inputs.push_back(read_input(input));
  if (place.has("outputs")) entry.outputs = place.at("outputs").texts();
  read_recognition(place);  // must be right, though only recognisers ask for it
  if (place.has("thresholds"))
    for (const ManifestPlace& one : place.at("thresholds").elements())
      entry.thresholds.push_back(read_threshold(one));
  if (place.has("limits")) entry.limits = place.at("limits").texts();
  if (place.has("edit")) entry.edit = read_edit(place.at("edit"));
  if (place.has("detection")) entry.detection = read_detection(place.at("detection"));
  return entry;
}

std::string how_to_get(const ModelEntry& entry) {
  if (entry.file.starts_with("shipped/")) return "it is part of the source tree and of every installation";
  if (!entry.user_supplied) return "tools/setup fetches it (from " + entry.origin + ")";
  return "it is not shipped: bring it from " + entry.origin + " and put it there";
}

}  // namespace

namespace {

json read_document(const std::filesystem::path& path) {
  try {
    return json::parse(read_text_file(path, kMaxManifestBytes));
  } catch (const json::parse_error& error) {
    throw Error(ErrorCode::Corrupt, path.string() + ": " + error.what());
  }
}

}  // namespace

ModelManifest::ModelManifest(const std::filesystem::path& folder) : folder_(folder) {
  const std::filesystem::path path = folder / "manifest.json";
  const json document = read_document(path);
  const ManifestPlace root(document, path.string(), "");
  root.expect_keys({"models"}, {"about"});
  std::set<std::string> names;
  for (const ManifestPlace& place : root.at("models").elements()) {
    entries_.push_back(read_entry(place));
    if (!names.insert(entries_.back().name).second)
      place.at("name").fail("\"" + entries_.back().name + "\" is there twice");
  }
}

ModelManifest ModelManifest::of_description(const std::filesystem::path& file) {
  const json document = read_document(file);
  ModelManifest out;
  out.folder_ = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  out.entries_.push_back(read_entry(ManifestPlace(document, file.string(), "")));
  return out;
}

RecognitionCrop recognition_crop(const ModelManifest& manifest, const std::string& name) {
  const std::filesystem::path path = manifest.folder() / "manifest.json";
  const json document = read_document(path);
  for (const ManifestPlace& place : ManifestPlace(document, path.string(), "").at("models").elements())
    if (place.at("name").text() == name) return read_recognition(place);
  throw Error(ErrorCode::NotFound, path.string() + ": no model '" + name + "'");
}

const ModelEntry& ModelManifest::entry(const std::string& name) const {
  std::string known;
  for (const ModelEntry& candidate : entries_) {
    if (candidate.name == name) return candidate;
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  throw Error(ErrorCode::NotFound,
              (folder_ / "manifest.json").string() + ": no model '" + name + "'; known: " + known);
}

bool ModelManifest::is_present(const ModelEntry& entry) const {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file_of(entry), ignored) &&
         std::all_of(entry.parts.begin(), entry.parts.end(), [&](const ModelPart& part) {
           return std::filesystem::is_regular_file(folder_ / part.file, ignored);
         });
}

namespace {

std::vector<std::uint8_t> checked_file(const std::filesystem::path& path,
                                       const std::string& sha256,
                                       const ModelEntry& entry) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    throw Error(ErrorCode::NotFound,
                path.string() + ": the model " + entry.name + " is not there; " + how_to_get(entry));
  std::vector<std::uint8_t> bytes = read_file(path, kMaxModelBytes);
  if (!sha256.empty()) {
    const std::string found = sha256_hex(bytes);
    if (found != sha256)
      throw Error(ErrorCode::Corrupt,
                  path.string() + ": this is not the file that the manifest means by " + entry.name +
                      ": expected SHA-256 " + sha256 + ", got " + found);
  }
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> ModelManifest::load(const std::string& name) const {
  const ModelEntry& wanted = entry(name);
  return checked_file(file_of(wanted), wanted.sha256, wanted);
}

std::vector<std::uint8_t> ModelManifest::load_part(const ModelEntry& entry, const ModelPart& part) const {
  return checked_file(folder_ / part.file, part.sha256, entry);
}

std::vector<std::uint8_t> load_onnx(const ModelManifest& manifest, const std::string& name) {
  const ModelEntry& entry = manifest.entry(name);
  if (entry.format == "onnx") return manifest.load(name);
  if (entry.format != "tfjs" && entry.format != "tfjs_weights")
    throw Error(ErrorCode::Unsupported,
                "model " + name + ": only onnx and tfjs files can be run, this one is " + entry.format);
  const std::vector<std::uint8_t> bytes = manifest.load(name);
  const std::string_view json(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string called = manifest.file_of(entry).string();
  const TfjsFiles files = [&](const std::string& path, std::uint64_t) {
    for (const ModelPart& part : entry.parts)
      if (std::filesystem::path(part.file).filename() == path) return manifest.load_part(entry, part);
    throw Error(ErrorCode::Corrupt,
                called + ": names the weight file '" + path + "', which the manifest does not list");
  };
  return entry.format == "tfjs" ? onnx_from_tfjs(json, called, files)
                                : onnx_from_tfjs_weights(json, called, entry.graph, files);
}

const ModelThreshold& threshold(const ModelEntry& entry, const std::string& name) {
  std::string known;
  for (const ModelThreshold& candidate : entry.thresholds) {
    if (candidate.name == name) return candidate;
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  throw Error(
      ErrorCode::NotFound,
      "model " + entry.name + ": no threshold '" + name + "'; known: " + (known.empty() ? "none" : known));
}

}  // namespace kyc
