#include "kyc/dataset/sample.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <set>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxLineBytes = 1U << 20;

std::string kind_text(SampleKind kind) {
  switch (kind) {
    case SampleKind::BonaFide:
      return "bona_fide";
    case SampleKind::Attack:
      return "attack";
  }
  return {};
}

// One line's object; every complaint says where it stands.
class Reader {
 public:
  Reader(const ordered_json& object, const std::string& place) : object_(object), place_(place) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::Corrupt, place_ + ": " + what);
  }

  // An absent key is an empty text.
  std::string text(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) return {};
    if (!found->is_string())
      fail("\"" + std::string(key) + "\": expected a string, got " + found->type_name());
    auto out = found->get<std::string>();
    if (out.find('\0') != std::string::npos) fail("\"" + std::string(key) + "\": holds a zero byte");
    return out;
  }

  std::string some_text(const char* key) const {
    if (!object_.contains(key)) fail("\"" + std::string(key) + "\" is missing");
    std::string out = text(key);
    if (out.empty()) fail("\"" + std::string(key) + "\" must not be empty");
    return out;
  }

  std::uint64_t count(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) return 0;
    if (!found->is_number_unsigned())
      fail("\"" + std::string(key) + "\": expected a whole number from 0 on, got " + found->dump());
    return found->get<std::uint64_t>();
  }

  // Nothing if the key is absent.
  const ordered_json* object(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) return nullptr;
    if (!found->is_object())
      fail("\"" + std::string(key) + "\": expected an object, got " + found->type_name());
    return &*found;
  }

  const ordered_json* array(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) return nullptr;
    if (!found->is_array())
      fail("\"" + std::string(key) + "\": expected an array, got " + found->type_name());
    return &*found;
  }

  std::string sha256(const char* key) const {
    std::string out = text(key);
    const bool hexadecimal = out.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!out.empty() && (out.size() != 64 || !hexadecimal))
      fail("\"" + std::string(key) + "\": expected 64 lower-case hexadecimal digits, got \"" + out + "\"");
    return out;
  }

 private:
  const ordered_json& object_;
  const std::string& place_;
};

SampleKind read_kind(const Reader& reader) {
  const std::string text = reader.some_text("kind");
  if (text == "bona_fide") return SampleKind::BonaFide;
  if (text == "attack") return SampleKind::Attack;
  reader.fail("\"kind\": expected \"bona_fide\" or \"attack\", got \"" + text + "\"");
}

std::string split_in(const Reader& reader) {
  std::string text = reader.text("split");
  if (!text.empty() && text != "train" && text != "val" && text != "test")
    reader.fail("\"split\": expected \"train\", \"val\", \"test\" or \"\", got \"" + text + "\"");
  return text;
}

std::optional<SampleFile> read_mask(const Reader& reader, const std::string& place) {
  const ordered_json* object = reader.object("mask");
  if (object == nullptr) return std::nullopt;
  const Reader mask(*object, place);
  SampleFile out{mask.some_text("path"), mask.sha256("sha256"), mask.count("bytes")};
  if (out.sha256.empty()) reader.fail("\"mask\": \"sha256\" is missing");
  return out;
}

std::vector<SampleParent> read_parents(const Reader& reader, const std::string& place) {
  std::vector<SampleParent> parents;
  const ordered_json* array = reader.array("parents");
  if (array == nullptr) return parents;
  for (const ordered_json& element : *array) {
    if (!element.is_object())
      reader.fail("\"parents\": expected objects, got " + std::string(element.type_name()));
    const Reader parent(element, place);
    parents.push_back(
        {parent.some_text("role"), parent.text("id"), parent.text("path"), parent.sha256("sha256")});
  }
  return parents;
}

std::map<std::string, SampleAttribute> read_attributes(const Reader& reader, const std::string& place) {
  std::map<std::string, SampleAttribute> attributes;
  const ordered_json* object = reader.object("attributes");
  if (object == nullptr) return attributes;
  for (const auto& [name, value] : object->items()) {
    if (!value.is_object())
      reader.fail("\"attributes\"/\"" + name + "\": expected an object, got " + value.type_name());
    const auto estimated = value.find("estimated");
    if (estimated != value.end() && !estimated->is_boolean())
      reader.fail("\"attributes\"/\"" + name + "\": \"estimated\" must be true or false");
    attributes[name] = {Reader(value, place).text("value"),
                        estimated != value.end() && estimated->get<bool>()};
  }
  return attributes;
}

std::map<std::string, std::string> read_record(const Reader& reader) {
  std::map<std::string, std::string> record;
  const ordered_json* object = reader.object("record");
  if (object == nullptr) return record;
  for (const auto& [name, value] : object->items()) {
    if (!value.is_string())
      reader.fail("\"record\"/\"" + name + "\": expected a string, got " + value.type_name());
    record[name] = value.get<std::string>();
  }
  return record;
}

// A manifest from elsewhere must not make us open /etc/passwd.
bool stays_inside(const std::string& path) {
  const std::filesystem::path file(path);
  return file.is_relative() &&
         std::none_of(file.begin(), file.end(), [](const auto& part) { return part == ".."; });
}

// The next line without its end, at most kMaxLineBytes of it; false at the end of the file.
bool next_line(std::istream& in, std::string& line, const std::string& place) {
  line.clear();
  char block[4096];
  while (true) {
    in.getline(block, sizeof(block));
    line.append(block);
    if (in.eof()) return !line.empty();
    if (!in.fail()) return true;
    in.clear(in.rdstate() & ~std::ios::failbit);
    if (in.bad()) throw Error(ErrorCode::Corrupt, place + ": could not be read");
    if (line.size() > kMaxLineBytes)
      throw Error(ErrorCode::Corrupt,
                  place + ": expected lines of at most " + std::to_string(kMaxLineBytes) + " bytes");
  }
}

}  // namespace

std::string to_json_line(const Sample& sample) {
  ordered_json out;
  out["id"] = sample.id;
  out["path"] = sample.path;
  out["sha256"] = sample.sha256;
  out["bytes"] = sample.bytes;
  out["kind"] = kind_text(sample.kind);
  out["identity"] = sample.identity;
  out["driver"] = sample.driver;
  out["species"] = sample.species;
  out["compression"] = sample.compression;
  out["split"] = sample.split;
  out["parents"] = ordered_json::array();
  for (const SampleParent& parent : sample.parents) {
    ordered_json entry;
    entry["role"] = parent.role;
    if (!parent.id.empty()) entry["id"] = parent.id;
    if (!parent.path.empty()) entry["path"] = parent.path;
    entry["sha256"] = parent.sha256;
    out["parents"].push_back(std::move(entry));
  }
  if (sample.mask)
    out["mask"] = {
        {"path", sample.mask->path}, {"sha256", sample.mask->sha256}, {"bytes", sample.mask->bytes}};
  out["attributes"] = ordered_json::object();
  for (const auto& [name, attribute] : sample.attributes)
    out["attributes"][name] = {{"value", attribute.value}, {"estimated", attribute.estimated}};
  out["consent"] = sample.consent;
  out["licence"] = sample.licence;
  if (sample.failure) out["failure"] = *sample.failure;
  out["record"] = ordered_json::object();
  for (const auto& [name, value] : sample.record) out["record"][name] = value;
  try {
    return out.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::InvalidArgument,
                "sample \"" + sample.id + "\": a name or text of it is not valid UTF-8");
  }
}

Sample sample_of_json(const std::string& line, const std::string& place) {
  ordered_json object;
  try {
    object = ordered_json::parse(line);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::Corrupt, place + ": expected a JSON object: " + error.what());
  }
  if (!object.is_object())
    throw Error(ErrorCode::Corrupt, place + ": expected a JSON object, got " + object.type_name());
  const Reader reader(object, place);
  Sample sample;
  sample.id = reader.some_text("id");
  if (object.contains("failure")) sample.failure = reader.some_text("failure");
  sample.path = sample.failure ? reader.text("path") : reader.some_text("path");
  sample.sha256 = reader.sha256("sha256");
  if (!sample.failure && sample.sha256.empty()) reader.fail("\"sha256\" is missing");
  sample.bytes = reader.count("bytes");
  sample.kind = read_kind(reader);
  sample.identity = reader.text("identity");
  sample.driver = reader.text("driver");
  sample.species = reader.some_text("species");
  sample.compression = reader.text("compression");
  sample.split = split_in(reader);
  sample.parents = read_parents(reader, place);
  sample.mask = read_mask(reader, place);
  sample.attributes = read_attributes(reader, place);
  sample.consent = reader.text("consent");
  sample.licence = reader.text("licence");
  sample.record = read_record(reader);
  return sample;
}

Dataset read_dataset(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder))
    throw Error(ErrorCode::NotFound, folder.string() + ": no such folder");
  const auto file = folder / "manifest.jsonl";
  if (!std::filesystem::is_regular_file(file))
    throw Error(ErrorCode::NotFound,
                folder.string() +
                    ": no manifest.jsonl in it, so it is not a data set of Kyclops "
                    "(`kyclops dataset import` makes one for other layouts)");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, file.string() + ": cannot be opened: " + std::strerror(errno));
  Dataset dataset{folder, {}};
  std::unordered_map<std::string, std::size_t> line_of_id;
  std::string line;
  for (std::size_t number = 1; next_line(in, line, file.string() + ":" + std::to_string(number)); ++number) {
    if (std::all_of(line.begin(), line.end(), [](unsigned char c) { return std::isspace(c) != 0; })) continue;
    const std::string place = file.string() + ":" + std::to_string(number);
    Sample sample = sample_of_json(line, place);
    for (const std::string& path : {sample.path, sample.mask ? sample.mask->path : std::string()})
      if (!stays_inside(path))
        throw Error(ErrorCode::Corrupt,
                    place + ": \"path\" leads out of the data set's folder: \"" + path + "\"");
    const auto [known, fresh] = line_of_id.emplace(sample.id, number);
    if (!fresh)
      throw Error(ErrorCode::Corrupt,
                  place + ": id \"" + sample.id + "\" was used in line " + std::to_string(known->second));
    dataset.samples.push_back(std::move(sample));
  }
  return dataset;
}

}  // namespace kyc
