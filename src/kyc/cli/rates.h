// Rates and intervals as the commands print them.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "kyc/metrics/interval.h"

namespace kyc::cli {

// "1e-3", "0.05"
std::string rate_text(double rate);

// [low, high]
nlohmann::ordered_json interval_json(const Interval& interval);

// One object on stdout: as one line of JSON, or for people as lines "key.inner  value".
void print_object(const nlohmann::ordered_json& object, bool json);

}  // namespace kyc::cli
