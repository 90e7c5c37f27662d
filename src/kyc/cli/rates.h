// Rates and intervals as the commands print them.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "kyc/metrics/interval.h"
#include "kyc/metrics/score_histogram.h"

namespace kyc::cli {

// "1e-3", "0.05"
std::string rate_text(double rate);

// {rate, errors, trials, interval, carried}: the interval is Clopper and Pearson's, 95 %; carried by the rule
// of
// 30. trials  not 0
nlohmann::ordered_json rate_json(std::uint64_t errors, std::uint64_t trials);

// [low, high]
nlohmann::ordered_json interval_json(const Interval& interval);

// {value, low, high}
nlohmann::ordered_json bounded_json(const Bounded& figure);

// One object on stdout: as one line of JSON, or for people as lines "key.inner  value".
// marked  keys of figures that the data can not carry: their lines say so
void print_object(const nlohmann::ordered_json& object, bool json, const std::set<std::string>& marked = {});

}  // namespace kyc::cli
