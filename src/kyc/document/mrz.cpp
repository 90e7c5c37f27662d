#include "kyc/document/mrz.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace kyc {
namespace {

constexpr int kYearsOfValidity = 50;

struct Range {
  int begin = 0;
  int end = 0;
};

// Where the fields of a format are, in columns of the lines joined to one text. Part 4 to 7, 'Data
// structure'.
struct Layout {
  Range number, nationality, birth, expiry, optional_1, optional_2, name;
  int sex = 0;
  int number_digit = 0, birth_digit = 0, expiry_digit = 0;
  std::optional<int> optional_digit;
  std::optional<int> composite_digit;
  std::vector<Range> composite;
};

Layout layout_of(MrzFormat format) {
  switch (format) {
    case MrzFormat::Td1:
      return {{5, 14},
              {45, 48},
              {30, 36},
              {38, 44},
              {15, 30},
              {48, 59},
              {60, 90},
              37,
              14,
              36,
              44,
              std::nullopt,
              59,
              {{5, 30}, {30, 37}, {38, 45}, {48, 59}}};
    case MrzFormat::Td2:
      return {{36, 45},
              {46, 49},
              {49, 55},
              {57, 63},
              {64, 71},
              {},
              {5, 36},
              56,
              45,
              55,
              63,
              std::nullopt,
              71,
              {{36, 46}, {49, 56}, {57, 71}}};
    case MrzFormat::Td3:
      return {{44, 53},
              {54, 57},
              {57, 63},
              {65, 71},
              {72, 86},
              {},
              {5, 44},
              64,
              53,
              63,
              71,
              86,
              87,
              {{44, 54}, {57, 64}, {65, 87}}};
    case MrzFormat::MrvA:
      return {{44, 53},
              {54, 57},
              {57, 63},
              {65, 71},
              {72, 88},
              {},
              {5, 44},
              64,
              53,
              63,
              71,
              std::nullopt,
              std::nullopt,
              {}};
    case MrzFormat::MrvB:
      return {{36, 45},
              {46, 49},
              {49, 55},
              {57, 63},
              {64, 72},
              {},
              {5, 36},
              56,
              45,
              55,
              63,
              std::nullopt,
              std::nullopt,
              {}};
  }
  assert(false);
  return {};
}

std::string part(const std::string& text, Range range) {
  return text.substr(static_cast<std::size_t>(range.begin),
                     static_cast<std::size_t>(range.end - range.begin));
}

std::string without_fillers(std::string text) {
  text.erase(text.find_last_not_of('<') + 1);
  return text;
}

// Single fillers separate words; what is trailing means nothing.
std::string words(std::string text) {
  text = without_fillers(std::move(text));
  std::replace(text.begin(), text.end(), '<', ' ');
  return text;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

bool later(const MrzDate& a, const MrzDate& b) {
  const auto key = [](const MrzDate& date) {
    return std::array{date.year, date.month.value_or(1), date.day.value_or(1)};
  };
  return key(a) > key(b);
}

// YYMMDD; the latest such day that is not after `limit`.
std::optional<MrzDate> date_not_after(const std::string& text, const MrzDate& limit) {
  const std::optional<int> year = number(text.substr(0, 2));
  if (!year) return std::nullopt;
  MrzDate date{(limit.year / 100) * 100 + *year, {}, {}};
  const auto optional_number = [](const std::string& two, int least, int most, std::optional<int>& out) {
    if (two == "<<") return true;
    out = number(two);
    return out && *out >= least && *out <= most;
  };
  if (!optional_number(text.substr(2, 2), 1, 12, date.month)) return std::nullopt;
  if (!optional_number(text.substr(4, 2), 1, 31, date.day)) return std::nullopt;
  if (date.day && !date.month) return std::nullopt;
  if (later(date, limit)) date.year -= 100;
  if (date.day && *date.day > days_in(date.year, *date.month)) return std::nullopt;
  return date;
}

std::optional<MrzFormat> format_of(std::span<const std::string> lines) {
  const auto all_of = [&](std::size_t count, std::size_t columns) {
    return lines.size() == count && std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
             return line.size() == columns;
           });
  };
  const bool visa = !lines.empty() && !lines[0].empty() && lines[0][0] == 'V';
  if (all_of(3, 30)) return MrzFormat::Td1;
  if (all_of(2, 36)) return visa ? MrzFormat::MrvB : MrzFormat::Td2;
  if (all_of(2, 44)) return visa ? MrzFormat::MrvA : MrzFormat::Td3;
  return std::nullopt;
}

void add(std::vector<int>& cells, Range range) {
  for (int i = range.begin; i < range.end; ++i) cells.push_back(i);
}

// Numbers of more than nine characters (TD1 and TD2): a filler stands for the check digit, the rest and the
// digit are in the optional data, which the next filler ends (part 5 and 6, note j). Where the digit is, or
// nothing.
std::optional<int> long_number_digit(const std::string& zone, const Layout& layout, MrzFormat format) {
  const bool card = format == MrzFormat::Td1 || format == MrzFormat::Td2;
  if (!card || zone[static_cast<std::size_t>(layout.number_digit)] != '<') return std::nullopt;
  int end = layout.optional_1.begin;
  while (end < layout.optional_1.end && zone[static_cast<std::size_t>(end)] != '<') ++end;
  if (end <= layout.optional_1.begin + 1) return std::nullopt;
  return end - 1;
}

void read_names(const std::string& field, Mrz& out) {
  const std::size_t separator = field.find("<<");
  out.surname = words(field.substr(0, separator));
  if (separator == std::string::npos) return;
  const std::size_t begin = field.find_first_not_of('<', separator);
  if (begin != std::string::npos) out.given_names = words(field.substr(begin));
}

MrzCheck check_of(const std::string& zone, const MrzCheckCells& cells) {
  std::string text;
  for (const int cell : cells.covered) text += zone[static_cast<std::size_t>(cell)];
  MrzCheck out{cells.field, zone[static_cast<std::size_t>(cells.digit)], mrz_check_digit(text)};
  if (cells.may_be_filler && out.found == '<' && text.find_first_not_of('<') == std::string::npos)
    out.expected = '<';
  return out;
}

}  // namespace

const char* to_string(MrzFormat format) {
  switch (format) {
    case MrzFormat::Td1:
      return "TD1";
    case MrzFormat::Td2:
      return "TD2";
    case MrzFormat::Td3:
      return "TD3";
    case MrzFormat::MrvA:
      return "MRV-A";
    case MrzFormat::MrvB:
      return "MRV-B";
  }
  return "";
}

const char* to_string(MrzFailure failure) {
  switch (failure) {
    case MrzFailure::WrongShape:
      return "A machine readable zone has 3 lines of 30 characters, or 2 lines of 36 or 44.";
    case MrzFailure::WrongCharacter:
      return "A machine readable zone holds the letters A to Z, digits and '<' only.";
  }
  return "";
}

MrzShape shape_of(MrzFormat format) {
  switch (format) {
    case MrzFormat::Td1:
      return {3, 30};
    case MrzFormat::Td2:
    case MrzFormat::MrvB:
      return {2, 36};
    case MrzFormat::Td3:
    case MrzFormat::MrvA:
      return {2, 44};
  }
  return {};
}

MrzDate date_of(std::chrono::system_clock::time_point time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return {int{day.year()}, static_cast<int>(unsigned{day.month()}), static_cast<int>(unsigned{day.day()})};
}

std::string to_string(const MrzDate& date) {
  const auto two = [](int value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  std::string out = std::to_string(date.year);
  if (date.month) out += "-" + two(*date.month);
  if (date.day) out += "-" + two(*date.day);
  return out;
}

bool Mrz::checks_valid() const {
  return std::all_of(checks.begin(), checks.end(), [](const MrzCheck& check) { return check.valid(); });
}

char mrz_check_digit(std::string_view text) {
  constexpr std::array<int, 3> kWeights{7, 3, 1};
  int sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0;
    sum += value * kWeights[i % 3];
  }
  return static_cast<char>('0' + sum % 10);
}

std::vector<MrzCheckCells> mrz_check_cells(MrzFormat format) {
  const Layout layout = layout_of(format);
  std::vector<MrzCheckCells> out;
  const auto push =
      [&](const char* field, std::initializer_list<Range> ranges, int digit, bool may_be_filler) {
        MrzCheckCells cells{field, {}, digit, may_be_filler};
        for (const Range range : ranges) add(cells.covered, range);
        out.push_back(std::move(cells));
      };
  push("document_number", {layout.number}, layout.number_digit, false);
  push("date_of_birth", {layout.birth}, layout.birth_digit, false);
  push("date_of_expiry", {layout.expiry}, layout.expiry_digit, false);
  if (layout.optional_digit) push("optional_data", {layout.optional_1}, *layout.optional_digit, true);
  if (layout.composite_digit) {
    push("composite", {}, *layout.composite_digit, false);
    for (const Range range : layout.composite) add(out.back().covered, range);
  }
  return out;
}

std::vector<MrzCell> mrz_cells(MrzFormat format) {
  const Layout layout = layout_of(format);
  const MrzShape shape = shape_of(format);
  std::vector<MrzCell> cells(static_cast<std::size_t>(shape.lines * shape.columns), MrzCell::Any);
  const auto fill = [&](Range range, MrzCell cell) {
    std::fill(cells.begin() + range.begin, cells.begin() + range.end, cell);
  };
  fill({0, 1}, MrzCell::Letter);  // the second character of the code may be a digit in older documents
  fill({2, 5}, MrzCell::Letter);
  fill(layout.nationality, MrzCell::Letter);
  fill(layout.name, MrzCell::Letter);
  fill(layout.birth, MrzCell::Digit);
  fill(layout.expiry, MrzCell::Digit);
  fill({layout.sex, layout.sex + 1}, MrzCell::Letter);
  for (const MrzCheckCells& check : mrz_check_cells(format))
    fill({check.digit, check.digit + 1}, MrzCell::Digit);
  return cells;
}

Outcome<Mrz, MrzFailure> parse_mrz(std::span<const std::string> lines, const MrzDate& today) {
  const std::optional<MrzFormat> format = format_of(lines);
  if (!format) return MrzFailure::WrongShape;
  std::string zone;
  for (const std::string& line : lines) zone += line;
  const auto known = [](char c) { return c == '<' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  if (!std::all_of(zone.begin(), zone.end(), known)) return MrzFailure::WrongCharacter;

  const Layout layout = layout_of(*format);
  Mrz out;
  out.format = *format;
  out.document_code = without_fillers(zone.substr(0, 2));
  out.issuer = without_fillers(zone.substr(2, 3));
  out.nationality = without_fillers(part(zone, layout.nationality));
  out.document_number = without_fillers(part(zone, layout.number));
  out.optional_data = words(part(zone, layout.optional_1));
  out.optional_data_2 = words(part(zone, layout.optional_2));
  out.sex = zone[static_cast<std::size_t>(layout.sex)];
  read_names(part(zone, layout.name), out);
  out.date_of_birth = date_not_after(part(zone, layout.birth), today);
  MrzDate last = today;
  last.year += kYearsOfValidity;
  out.date_of_expiry = date_not_after(part(zone, layout.expiry), last);

  std::vector<MrzCheckCells> checks = mrz_check_cells(*format);
  if (const std::optional<int> digit = long_number_digit(zone, layout, *format)) {
    out.document_number += part(zone, {layout.optional_1.begin, *digit});
    out.optional_data =
        words(part(zone, {std::min(*digit + 2, layout.optional_1.end), layout.optional_1.end}));
    add(checks.front().covered, {layout.optional_1.begin, *digit});
    checks.front().digit = *digit;
  }
  for (const MrzCheckCells& cells : checks) out.checks.push_back(check_of(zone, cells));
  return out;
}

}  // namespace kyc
