#include "kyc/core/text.h"

#include <array>
#include <charconv>

namespace kyc {

std::string csv_field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string exact_text(double value) {
  std::array<char, 64> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() ? std::string(text.data(), end) : std::string();
}

std::string exact_text(const std::optional<double>& value) {
  return value ? exact_text(*value) : std::string();
}

}  // namespace kyc
