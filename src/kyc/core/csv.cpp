#include "kyc/core/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kyc/core/error.h"

namespace kyc {

CsvReader::CsvReader(std::string text, std::string name, std::size_t before)
    : text_(std::move(text)), name_(std::move(name)) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (!read_row(header_)) fail("expected a header line with the names of the columns, got nothing");
  for (auto column = header_.begin(); column != header_.end(); ++column)
    if (std::find(header_.begin(), column, *column) != column)
      fail("column '" + *column + "' is there twice");
  next_line_ += before;
}

std::optional<std::size_t> CsvReader::optional_column(const std::string& name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t CsvReader::column(const std::string& name) const {
  if (const auto found = optional_column(name)) return *found;
  std::string known;
  for (const std::string& column : header_) known += (known.empty() ? "" : ", ") + column;
  fail("expected a column '" + name + "', got " + known);
}

bool CsvReader::next() {
  if (!read_row(fields_)) return false;
  if (fields_.size() != header_.size())
    fail("expected " + std::to_string(header_.size()) + " fields as in the header, got " +
         std::to_string(fields_.size()));
  return true;
}

double CsvReader::number(std::size_t column) const {
  const std::string& text = fields_[column];
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure == std::errc::result_out_of_range)
    fail("the number '" + text.substr(0, 40) + "' in column '" + header_[column] + "' is out of range");
  if (failure != std::errc() || stop != end || std::isnan(value))
    fail("expected a number in column '" + header_[column] + "', got '" + text.substr(0, 40) + "'");
  return value;
}

bool CsvReader::boolean(std::size_t column) const {
  const std::string& text = fields_[column];
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  fail("expected 1, 0, true or false in column '" + header_[column] + "', got '" + text.substr(0, 40) + "'");
}

void CsvReader::fail(const std::string& message) const {
  throw Error(ErrorCode::Corrupt, name_ + ", line " + std::to_string(line_) + ": " + message);
}

// One record, which may span lines inside of quotes. False at the end of the text.
bool CsvReader::read_row(std::vector<std::string>& fields) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
    if (text_[at_++] == '\n') ++next_line_;
  line_ = next_line_;
  if (at_ >= text_.size()) return false;
  fields.clear();
  bool quoted = false;
  std::string field;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') ++next_line_;
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        field += text_[at_++];
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      ++at_;
      break;
    } else if (c != '\r' || (at_ + 1 < text_.size() && text_[at_ + 1] != '\n')) {
      field += c;
    }
  }
  if (quoted) fail("a quote begins in this row and does not end");
  fields.push_back(std::move(field));
  return true;
}

}  // namespace kyc
