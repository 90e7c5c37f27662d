#include "kyc/report/assertion.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/report/format.h"

namespace kyc {
namespace {

enum class Bound { Value, Low, High };

struct Comparison {
  std::string key;
  Bound bound = Bound::Value;
  std::string operation;
  double number = 0;
  std::string text;
};

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  std::vector<Comparison> parse() {
    std::vector<Comparison> out;
    do out.push_back(comparison());
    while (take_word("and"));
    skip_spaces();
    if (at_ != text_.size()) fail("'and' or the end");
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& wanted) const {
    throw Error(ErrorCode::InvalidArgument,
                "assertion '" + text_ + "': expected " + wanted + " at character " + std::to_string(at_ + 1) +
                    ", for example 'iapar@fmr1e-3 <= 0.05'");
  }

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool take_word(const std::string& word) {
    skip_spaces();
    if (text_.compare(at_, word.size(), word) != 0) return false;
    const std::size_t end = at_ + word.size();
    if (end < text_.size() && text_[end] != ' ') return false;
    at_ = end;
    return true;
  }

  Comparison comparison() {
    skip_spaces();
    const std::size_t begin = at_;
    Comparison out;
    out.key = figure();
    for (const auto& [ending, bound] : {std::pair{".low", Bound::Low}, std::pair{".high", Bound::High}})
      if (out.key.ends_with(ending)) {
        out.key.resize(out.key.size() - std::string(ending).size());
        out.bound = bound;
      }
    out.operation = operation();
    out.number = number();
    out.text = text_.substr(begin, at_ - begin);
    return out;
  }

  // Everything up to an operator; what stands in brackets may hold operators and spaces.
  std::string figure() {
    const std::size_t begin = at_;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '[') ++depth;
      if (c == ']') --depth;
      if (depth <= 0 && (c == ' ' || c == '<' || c == '>' || c == '=' || c == '!')) break;
    }
    if (at_ == begin || depth != 0) fail("the name of a figure");
    return text_.substr(begin, at_ - begin);
  }

  std::string operation() {
    skip_spaces();
    for (const char* known : {"<=", ">=", "==", "!=", "<", ">"})
      if (text_.compare(at_, std::string(known).size(), known) == 0) {
        at_ += std::string(known).size();
        return known;
      }
    fail("<, <=, >, >=, == or !=");
  }

  double number() {
    skip_spaces();
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, failure] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (failure != std::errc() || !std::isfinite(value)) fail("a number");
    at_ += static_cast<std::size_t>(end - begin);
    if (const std::size_t next = text_.find_first_not_of(' ', at_);
        next != std::string::npos && text_[next] == '%') {
      at_ = next + 1;
      value /= 100;
    }
    if (at_ < text_.size() && text_[at_] != ' ') fail("a space or the end");
    return value;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

bool holds(double value, const std::string& operation, double number) {
  if (operation == "<") return value < number;
  if (operation == "<=") return value <= number;
  if (operation == ">") return value > number;
  if (operation == ">=") return value >= number;
  if (operation == "==") return value == number;
  return value != number;
}

std::string known_figures(const Report& report) {
  constexpr std::size_t kShown = 40;
  std::string out;
  for (std::size_t i = 0; i < std::min(kShown, report.figures.size()); ++i)
    out += (i == 0 ? "" : ", ") + report.figures[i].key;
  if (report.figures.size() > kShown)
    out += ", and " + std::to_string(report.figures.size() - kShown) + " more";
  return out.empty() ? "none" : out;
}

// The figure of this name; where there is none, all that are called so and say of what in brackets:
// "iapar@fmr1e-3" is a demand of every protocol, species and compression.
std::vector<const Figure*> figures_meant(const Report& report, const std::string& key) {
  if (const Figure* figure = find_figure(report, key)) return {figure};
  std::vector<const Figure*> out;
  for (const Figure& figure : report.figures)
    if (figure.key.starts_with(key + "[")) out.push_back(&figure);
  return out;
}

void check_figure(const Figure& figure, const Comparison& comparison, AssertionResult& out) {
  std::string name = figure.key;
  std::optional<double> value = figure.value;
  if (comparison.bound != Bound::Value) {
    if (value && !figure.interval)
      throw Error(ErrorCode::InvalidArgument, "assertion '" + out.text + "': '" + name + "' has no interval");
    name += comparison.bound == Bound::Low ? ".low" : ".high";
    if (value) value = comparison.bound == Bound::Low ? figure.interval->low : figure.interval->high;
  }
  // The ends of the exact interval of a rate hold for any number of trials; nothing else does.
  const bool carried = figure.carried() || (comparison.bound != Bound::Value && figure.trials > 0);
  const bool held = value && carried && holds(*value, comparison.operation, comparison.number);
  out.holds = out.holds && held;
  out.explanation += (out.explanation.empty() ? "" : "; ") + name + " is " +
                     (value ? number_text(*value, 6) : std::string("not measured")) + ", wanted " +
                     comparison.operation + " " + number_text(comparison.number, 6);
  if (!value || carried) return;
  out.explanation +=
      ", but the data can not carry this figure (" + figure.support.reason() + "), so no demand of it holds";
  if (figure.trials > 0) out.explanation += "; '" + figure.key + ".high' and '.low' can be asked";
}

}  // namespace

void check_assertion_syntax(const std::string& text) {
  (void)Parser(text).parse();
}

AssertionResult check_assertion(const Report& report, const std::string& text) {
  AssertionResult out{text, true, ""};
  for (const Comparison& comparison : Parser(text).parse()) {
    const std::vector<const Figure*> meant = figures_meant(report, comparison.key);
    if (meant.empty())
      throw Error(
          ErrorCode::InvalidArgument,
          "assertion '" + text + "': no figure '" + comparison.key + "'; known: " + known_figures(report));
    for (const Figure* figure : meant) check_figure(*figure, comparison, out);
  }
  return out;
}

}  // namespace kyc
