// The options of attacks and restorers as texts, and their checks.

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "kyc/attack/attack.h"
#include "kyc/core/error.h"

namespace kyc {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

std::string shown(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return {text, end};
}

}  // namespace

OptionValues::OptionValues(std::string owner,
                           const std::vector<AttackOption>& known,
                           const std::map<std::string, std::string>& given)
    : owner_(std::move(owner)) {
  for (const AttackOption& option : known) values_[option.name] = option.standard;
  for (const auto& [name, value] : given) {
    const auto place = values_.find(name);
    if (place == values_.end()) {
      std::vector<std::string> names;
      for (const AttackOption& option : known) names.push_back(option.name);
      throw Error(ErrorCode::InvalidArgument, owner_ + ": no option '" + name + "'; known: " + listed(names));
    }
    place->second = value;
  }
}

const std::string& OptionValues::text(const std::string& name) const {
  const auto place = values_.find(name);
  assert(place != values_.end());
  return place->second;
}

double OptionValues::number(const std::string& name, double least, double most) const {
  const std::string& value = text(name);
  double number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, failure] = std::from_chars(value.data(), end, number);
  if (failure != std::errc() || stop != end || !std::isfinite(number) || number < least || number > most)
    throw Error(ErrorCode::InvalidArgument,
                owner_ + ": expected for '" + name + "' a number from " + shown(least) + " to " +
                    shown(most) + ", got '" + value + "'");
  return number;
}

int OptionValues::whole_number(const std::string& name, int least, int most) const {
  const double value = number(name, least, most);
  if (value != std::floor(value))
    throw Error(ErrorCode::InvalidArgument,
                owner_ + ": expected for '" + name + "' a whole number, got '" + text(name) + "'");
  return static_cast<int>(value);
}

bool OptionValues::flag(const std::string& name) const {
  return choice(name, {"on", "off"}) == "on";
}

std::string OptionValues::choice(const std::string& name, const std::vector<std::string>& choices) const {
  const std::string& value = text(name);
  if (std::find(choices.begin(), choices.end(), value) == choices.end())
    throw Error(ErrorCode::InvalidArgument,
                owner_ + ": expected for '" + name + "' one of " + listed(choices) + ", got '" + value + "'");
  return value;
}

TargetInfo Attack::plan(std::span<const AttackSource> /*sources*/, const AttackOptions& /*options*/) const {
  throw Error(ErrorCode::Internal, "an attack without a target does not say what it makes");
}

std::map<std::string, std::string> options_in_force(const std::string& owner,
                                                    const std::vector<AttackOption>& known,
                                                    const std::map<std::string, std::string>& given,
                                                    bool with_target) {
  std::map<std::string, std::string> out = OptionValues(owner, known, given).all();
  for (const AttackOption& option : known) {
    if (!with_target || !option.of_still) continue;
    if (given.contains(option.name))
      throw Error(ErrorCode::InvalidArgument,
                  owner + ": '" + option.name + "' is the target clip's: expected no such option beside it");
    out.erase(option.name);
  }
  return out;
}

}  // namespace kyc
