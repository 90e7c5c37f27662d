#include "kyc/service/json_body.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace kyc {
namespace {

using nlohmann::json;

constexpr int kDepth = 32;

[[noreturn]] void refuse(const std::string& field, const std::string& message) {
  throw HttpError(422, "invalid_field", field + ": " + message, field);
}

std::string checked(const std::string& field, const json& value, std::size_t least, std::size_t most) {
  if (!value.is_string()) refuse(field, "expected a string");
  auto text = value.get<std::string>();
  if (text.size() < least)
    refuse(field,
           least == 1 ? "expected some text" : "expected at least " + std::to_string(least) + " bytes");
  if (text.size() > most) refuse(field, "expected at most " + std::to_string(most) + " bytes");
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t')
      refuse(field, "expected no control characters");
  return text;
}

json parsed(std::string_view text) {
  bool too_deep = false;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kDepth;
    return !too_deep;
  };
  json out = json::parse(text, watch, false);
  if (too_deep) throw HttpError(400, "invalid_json", "expected JSON nested at most 32 deep");
  if (out.is_discarded()) throw HttpError(400, "invalid_json", "expected JSON");
  if (!out.is_object()) throw HttpError(400, "invalid_json", "expected a JSON object");
  return out;
}

constexpr std::string_view kJsonSpace = " \t\r\n";

// Where the value that begins at `at` ends, in a JSON text known to be sound (text.size() where it is not).
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      do at = text.find_first_of("\"\\", at + 1);
      while (at != text.npos && text[at] == '\\' && ++at < text.size());
      if (at >= text.size()) return text.size();
      if (depth == 0) return at + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;  // of a number or a word: the end of what holds it
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (c == ',' || kJsonSpace.find(c) != kJsonSpace.npos)) {
      return at;
    }
  }
  return text.size();
}

}  // namespace

struct JsonBody::State {
  json object = json::object();
  std::set<std::string> asked;

  const json* find(const std::string& field) {
    asked.insert(field);
    const auto found = object.find(field);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }
};

JsonBody::JsonBody(std::string_view text) : state_(std::make_unique<State>()) {
  if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) state_->object = parsed(text);
}

JsonBody::~JsonBody() = default;

std::string JsonBody::text(const std::string& field, std::size_t least, std::size_t most) const {
  const json* value = state_->find(field);
  if (value == nullptr) refuse(field, "is missing");
  return checked(field, *value, least, most);
}

std::optional<std::string> JsonBody::optional_text(const std::string& field, std::size_t most) const {
  const json* value = state_->find(field);
  return value == nullptr ? std::nullopt : std::optional(checked(field, *value, 0, most));
}

std::optional<std::int64_t> JsonBody::optional_integer(const std::string& field,
                                                       std::int64_t least,
                                                       std::int64_t most) const {
  const json* value = state_->find(field);
  if (value == nullptr) return std::nullopt;
  const bool fits =
      value->is_number_integer() &&
      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (!fits || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most)
    refuse(field, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value->get<std::int64_t>();
}

bool JsonBody::truth(const std::string& field, bool otherwise) const {
  return optional_truth(field).value_or(otherwise);
}

std::optional<bool> JsonBody::optional_truth(const std::string& field) const {
  const json* value = state_->find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(field, "expected true or false");
  return value->get<bool>();
}

std::vector<std::string> JsonBody::texts(const std::string& field,
                                         std::size_t most_texts,
                                         std::size_t most) const {
  const json* value = state_->find(field);
  if (value == nullptr) refuse(field, "is missing");
  if (!value->is_array() || value->size() > most_texts)
    refuse(field, "expected an array of at most " + std::to_string(most_texts));
  std::vector<std::string> out;
  for (const json& each : *value) out.push_back(checked(field, each, 1, most));
  return out;
}

std::vector<std::pair<std::string, std::string>> JsonBody::text_pairs(const std::string& field,
                                                                      std::size_t most_pairs) const {
  const json* value = state_->find(field);
  if (value == nullptr) return {};
  if (!value->is_object() || value->size() > most_pairs)
    refuse(field, "expected an object of at most " + std::to_string(most_pairs) + " texts");
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, each] : value->items()) out.emplace_back(name, checked(field, each, 0, 1000));
  return out;
}

void JsonBody::done() const {
  for (const auto& [name, value] : state_->object.items())
    if (!state_->asked.contains(name)) refuse(name.substr(0, 100), "is not a field of this call");
}

// Pages of cases need one early member of each decision, and parsing all of a decision (10 kB) for it took
// five sixths of such a page's time: so the text is walked, and no further than the member.
std::optional<std::string> member_of(std::string_view text, const std::string& name) {
  std::size_t at = text.find_first_not_of(kJsonSpace);
  if (at == text.npos || text[at] != '{') return std::nullopt;
  const std::string wanted = json(name).dump();
  while (at < text.size() && text[at] != '}') {
    const std::size_t key = text.find_first_not_of(kJsonSpace, at + 1);
    if (key == text.npos || text[key] != '"') return std::nullopt;
    const std::size_t key_end = end_of_value(text, key);
    const std::size_t colon = std::min(text.find(':', key_end), text.size());
    const std::size_t value = std::min(text.find_first_not_of(kJsonSpace, colon + 1), text.size());
    at = end_of_value(text, value);
    if (at == text.size()) return std::nullopt;  // cut off
    if (text.substr(key, key_end - key) == wanted) return std::string(text.substr(value, at - value));
    at = std::min(text.find_first_not_of(kJsonSpace, at), text.size());
  }
  return std::nullopt;
}

}  // namespace kyc
