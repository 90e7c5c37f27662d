#include "kyc/quality/brisque_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr std::size_t kFeatures = 36;

// Reads what OpenCV writes: keys that stand first in their lines, scalars, and lists of numbers in brackets.
class YamlText {
 public:
  YamlText(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  // Goes on to the value of the next `key:` at the start of a line.
  void find(std::string_view key) {
    while (at_ < text_.size()) {
      std::size_t start = text_.find_first_not_of(" \t\r-", at_);
      start = std::min(start, text_.size());
      const std::string_view rest = text_.substr(start);
      if (rest.starts_with(key) && rest.substr(key.size()).starts_with(":")) {
        at_ = start + key.size() + 1;
        return;
      }
      const std::size_t end = text_.find('\n', start);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
    }
    fail("expected '" + std::string(key) + ":', got the end of the file");
  }

  // The rest of the line.
  std::string_view scalar() {
    const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
    std::string_view value = text_.substr(at_, end - at_);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    at_ = end;
    return value;
  }

  void expect_scalar(std::string_view key, std::string_view value) {
    find(key);
    const std::string_view got = scalar();
    if (got != value)
      throw Error(ErrorCode::Unsupported,
                  place() + ": expected " + std::string(key) + " " + std::string(value) + ", got '" +
                      shortened(got) + "'");
  }

  double number(std::string_view key) {
    find(key);
    return number();
  }

  std::size_t count(std::string_view key, std::size_t most) {
    const double value = number(key);
    if (!(value >= 1 && value <= static_cast<double>(most)) || value != std::floor(value))
      fail("expected a whole number of 1 to " + std::to_string(most) + " for " + std::string(key));
    return static_cast<std::size_t>(value);
  }

  void expect(char wanted) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != wanted)
      fail(std::string("expected '") + wanted + "', got '" + shortened(text_.substr(at_)) + "'");
    ++at_;
  }

  // "[ 1., 2. ]" with exactly `count` numbers, handed to `take` one by one.
  template <typename Take>
  void list(std::size_t count, const Take& take) {
    expect('[');
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) expect(',');
      take(number());
    }
    expect(']');
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  double number() {
    skip_space();
    double value = 0;
    const auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (failure != std::errc() || !std::isfinite(value))
      fail("expected a number, got '" + shortened(text_.substr(at_)) + "'");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  static std::string shortened(std::string_view text) {
    return std::string(text.substr(0, std::min<std::size_t>(text.find_first_of("\r\n"), 40)));
  }

  std::string place() const {
    const auto lines = std::count(
        text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())), '\n');
    return name_ + ", line " + std::to_string(lines + 1);
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(ErrorCode::Corrupt, place() + ": " + message);
  }

  std::string_view text_;
  std::string name_;
  std::size_t at_ = 0;
};

void parse_ranges(YamlText text, const std::string& name, BrisqueRegression& out) {
  text.find("range");
  text.expect_scalar("rows", "2");
  text.expect_scalar("cols", "36");
  text.expect_scalar("dt", "f");
  text.find("data");
  std::vector<float> values;
  text.list(2 * kFeatures, [&](double value) { values.push_back(static_cast<float>(value)); });
  for (std::size_t i = 0; i < kFeatures; ++i) {
    out.low[i] = values[i];
    out.high[i] = values[kFeatures + i];
    if (!(out.high[i] > out.low[i]))
      throw Error(ErrorCode::Corrupt,
                  name + ": expected a range of feature " + std::to_string(i) + " that is not empty");
  }
}

}  // namespace

BrisqueRegression parse_brisque(std::string_view model,
                                const std::string& model_name,
                                std::string_view ranges,
                                const std::string& ranges_name) {
  BrisqueRegression out;
  parse_ranges(YamlText(ranges, ranges_name), ranges_name, out);

  YamlText text(model, model_name);
  text.find("opencv_ml_svm");
  text.expect_scalar("svmType", "EPS_SVR");
  text.expect_scalar("type", "RBF");
  out.gamma = text.number("gamma");
  text.expect_scalar("var_count", "36");
  // A number takes two characters at least: nothing is allocated that the text does not hold.
  const std::size_t vectors = text.count("sv_total", model.size() / (2 * kFeatures) + 1);
  text.find("support_vectors");
  for (std::size_t i = 0; i < vectors; ++i) {
    text.expect('-');
    text.list(kFeatures, [&](double value) { out.vectors.push_back(static_cast<float>(value)); });
  }
  text.find("decision_functions");
  text.expect_scalar("sv_count", std::to_string(vectors));
  out.rho = text.number("rho");
  text.find("alpha");
  text.list(vectors, [&](double value) { out.weights.push_back(value); });
  return out;
}

}  // namespace kyc
