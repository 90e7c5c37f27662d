// Text as tables want it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kyc {

// A field of a CSV file (RFC 4180): in double quotes where it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);

// The shortest text that reads back as the same double, whatever the locale; "inf", "-inf".
std::string exact_text(double value);
std::string exact_text(const std::optional<double>& value);  // nothing: an empty text

}  // namespace kyc
