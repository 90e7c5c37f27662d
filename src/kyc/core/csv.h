// Tables as people exchange them: CSV of RFC 4180 with a header line. Commas, fields in double quotes where
// needed
// ("" is a quote inside), lines end in LF or CRLF, a UTF-8 byte order mark is skipped, empty lines are
// skipped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kyc {

// Reads row after row out of a text that stays in memory.
class CsvReader {
 public:
  // name    what error messages call the text: the file's path
  // before  of a part of a longer text, header and some rows: how many lines there are between these
  // throws  Error{Corrupt} with name and line for a missing header, a column named twice or a quote that does
  // not end;
  //         here and below
  CsvReader(std::string text, std::string name, std::size_t before = 0);

  // The index of a column.
  // throws  Error{Corrupt} that lists the columns there are
  std::size_t column(const std::string& name) const;
  std::optional<std::size_t> optional_column(const std::string& name) const;

  const std::vector<std::string>& columns() const { return header_; }

  // Goes to the next row; false after the last one.
  // throws  Error{Corrupt} if it has more or fewer fields than the header
  bool next();

  std::size_t line() const { return line_; }  // on which the current row begins; the first line is 1
  const std::string& field(std::size_t column) const { return fields_[column]; }

  // throws  Error{Corrupt} if the field is no number, or NaN. Infinities ("inf", "-inf") are numbers.
  double number(std::size_t column) const;
  // 1 or 0, true or false
  // throws  Error{Corrupt} otherwise
  bool boolean(std::size_t column) const;

  // throws  Error{Corrupt} "name, line n: message"
  [[noreturn]] void fail(const std::string& message) const;

 private:
  bool read_row(std::vector<std::string>& fields);

  std::string text_;
  std::string name_;
  std::size_t at_ = 0;         // next character
  std::size_t next_line_ = 1;  // of the next character
  std::size_t line_ = 1;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;
};

}  // namespace kyc
