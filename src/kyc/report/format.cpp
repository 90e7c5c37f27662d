#include "kyc/report/format.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace kyc {
namespace {

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// Bytes of the UTF-8 sequence that begins at `at`; 0 if it is none that may stand in a text.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  if (first < 0x80) return first >= 0x20 || first == '\n' || first == '\t' ? 1 : 0;
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0U) != 0x80U) return 0;
  const unsigned second = byte(at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

template <typename Escape>
std::string escaped(std::string_view text, std::string_view replacement, const Escape& escape) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) {
      out += replacement;
      ++at;
      continue;
    }
    if (length > 1 || !escape(text[at], out)) out.append(text.substr(at, length));
    at += length;
  }
  return out;
}

}  // namespace

std::string percent_text(double share) {
  const double percent = 100 * share;
  const double size = std::abs(percent);
  if (size == 0) return "0 %";
  if (size == 100) return percent < 0 ? "-100 %" : "100 %";
  // Three digits that count; more where fewer would say "100 %" of something that is not all.
  int digits = size >= 10 ? 1 : size >= 1 ? 2 : static_cast<int>(std::ceil(-std::log10(size))) + 2;
  while (size < 100 && digits < 12 && fixed(size, digits) == fixed(100, digits)) ++digits;
  if (size < 1e-6) return number_text(percent, 3) + " %";
  return without_trailing_zeros(fixed(percent, digits)) + " %";
}

std::string interval_text(const Interval& interval) {
  return "[" + percent_text(interval.low) + ", " + percent_text(interval.high) + "]";
}

std::string count_text(std::uint64_t events, std::uint64_t trials) {
  return std::to_string(events) + " of " + std::to_string(trials);
}

std::string number_text(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value == 0 ? 0.0 : value);  // no -0
  return text.data();
}

Cell rate_cell(std::uint64_t events, std::uint64_t trials, Tone tone) {
  if (trials == 0) return {"none tried", std::nullopt, Tone::Plain, ""};
  const double rate = static_cast<double>(events) / static_cast<double>(trials);
  return {percent_text(rate),
          rate,
          tone,
          count_text(events, trials) + "\n" + interval_text(clopper_pearson_interval(events, trials)),
          Support::of_rate(events, trials).carried()};
}

Cell percent_cell(double share, const Support& support, Tone tone) {
  return {percent_text(share), share, tone, "", support.carried()};
}

Cell figure_cell(double value, const Support& support, int digits) {
  return {number_text(value, digits), value, Tone::Plain, "", support.carried()};
}

Cell number_cell(double value, int digits) {
  return {number_text(value, digits), value, Tone::Plain, ""};
}

Cell count_cell(std::uint64_t count) {
  return {std::to_string(count), static_cast<double>(count), Tone::Plain, ""};
}

Cell text_cell(std::string text, Tone tone) {
  return {std::move(text), std::nullopt, tone, ""};
}

Cell missing_cell() {
  return {"-", std::nullopt, Tone::Plain, ""};
}

Figure rate_figure(std::string key, std::string meaning, std::uint64_t events, std::uint64_t trials) {
  Figure out{std::move(key),
             std::move(meaning),
             std::nullopt,
             std::nullopt,
             events,
             trials,
             Support::of_rate(events, trials)};
  if (trials == 0) return out;
  out.value = static_cast<double>(events) / static_cast<double>(trials);
  out.interval = clopper_pearson_interval(events, trials);
  return out;
}

Figure share_figure(std::string key, std::string meaning, std::uint64_t right, std::uint64_t trials) {
  Figure out = rate_figure(std::move(key), std::move(meaning), right, trials);
  out.support = Support::of_rate(trials - right, trials);
  return out;
}

Figure value_figure(std::string key,
                    std::string meaning,
                    std::optional<double> value,
                    const Support& support) {
  return {std::move(key),
          std::move(meaning),
          value,
          std::nullopt,
          0,
          0,
          value ? support : Support::none("not measured")};
}

std::string html_text(std::string_view text) {
  return escaped(text, "\xEF\xBF\xBD", [](char c, std::string& out) {
    switch (c) {
      case '&':
        out += "&amp;";
        return true;
      case '<':
        out += "&lt;";
        return true;
      case '>':
        out += "&gt;";
        return true;
      case '"':
        out += "&quot;";
        return true;
      case '\'':
        out += "&#39;";
        return true;
      default:
        return false;
    }
  });
}

std::string tex_text(std::string_view text) {
  return escaped(text, "?", [](char c, std::string& out) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        return true;
      case '~':
        out += "\\textasciitilde{}";
        return true;
      case '^':
        out += "\\textasciicircum{}";
        return true;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        out += c;
        return true;
      case '<':
      case '>':
        out += '$';
        out += c;
        out += '$';
        return true;
      case '[':  // behind \\ it would begin an optional argument
        out += "{[}";
        return true;
      case '\n':
        out += ' ';
        return true;
      default:
        return false;
    }
  });
}

std::string file_word(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    out += plain ? c : '_';
  }
  return out.empty() ? "_" : out;
}

}  // namespace kyc
