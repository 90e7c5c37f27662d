// JSON as text, written front to back. For answers and records: reading JSON is nlohmann's business.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

// Calls must nest as JSON does; what is open at the end is a bug. Bytes that are no UTF-8 become U+FFFD,
// numbers that JSON can not say (infinities) become null.
//
//   JsonWriter json;
//   json.object().field("id", id).key("scopes").array().value("cases:read").end().end();
//   json.text()
class JsonWriter {
 public:
  JsonWriter& object();
  JsonWriter& array();
  JsonWriter& end();  // of the innermost object or array
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  template <std::same_as<bool> T>
  JsonWriter& value(T truth) {
    return raw(truth ? "true" : "false");
  }
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) { return raw(std::to_string(number)); }
  template <typename T>
  JsonWriter& value(const std::optional<T>& held) {
    return held ? value(*held) : null();
  }
  JsonWriter& null() { return raw("null"); }
  // Text that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <typename T>
  JsonWriter& field(std::string_view name, const T& held) {
    return key(name).value(held);
  }

  const std::string& text() const;

 private:
  void separate();

  std::string out_;
  std::vector<char> open_;  // the brackets that close what is open
  bool first_ = true;       // nothing stands yet in the innermost object or array
  bool after_key_ = false;
};

}  // namespace kyc
