#include "kyc/cli/rates.h"

#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "kyc/metrics/support.h"

namespace kyc::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "-";
  if (!value.is_number_float()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value.get<double>());
  return text;
}

bool is_interval(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number_float() && value[1].is_number_float();
}

void print_lines(const std::string& prefix, const Json& value, const std::set<std::string>& marked) {
  if (is_interval(value)) {
    std::printf(
        "%-40s [%s, %s]\n", prefix.c_str(), value_text(value[0]).c_str(), value_text(value[1]).c_str());
  } else if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      print_lines(prefix.empty() ? key : prefix + "." + key, inner, marked);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      print_lines(prefix + "." + std::to_string(i), value[i], marked);
  } else {
    std::printf("%-40s %s%s\n",
                prefix.c_str(),
                value_text(value).c_str(),
                marked.contains(prefix) ? "  (too few data)" : "");
  }
}

}  // namespace

std::string rate_text(double rate) {
  const double exponent = -std::log10(rate);
  char text[32];
  if (rate > 0 && rate < 1 && std::abs(exponent - std::round(exponent)) < 1e-9)
    std::snprintf(text, sizeof(text), "1e-%ld", std::lround(exponent));
  else
    std::snprintf(text, sizeof(text), "%g", rate);
  return text;
}

Json rate_json(std::uint64_t errors, std::uint64_t trials) {
  return {{"rate", static_cast<double>(errors) / static_cast<double>(trials)},
          {"errors", errors},
          {"trials", trials},
          {"interval", interval_json(clopper_pearson_interval(errors, trials))},
          {"carried", Support::of_rate(errors, trials).carried()}};
}

Json bounded_json(const Bounded& figure) {
  return {{"value", figure.value}, {"low", figure.low}, {"high", figure.high}};
}

Json interval_json(const Interval& interval) {
  return Json::array({interval.low, interval.high});
}

void print_object(const Json& object, bool json, const std::set<std::string>& marked) {
  if (json)
    std::printf("%s\n", object.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  else
    print_lines("", object, marked);
}

}  // namespace kyc::cli
