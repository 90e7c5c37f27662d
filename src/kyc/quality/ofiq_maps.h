// How ISO/IEC 29794-5 turns the native measures of a face picture into quality components 0..100, as OFIQ,
// its reference implementation, does it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

// h (a + s / (1 + exp((x0 - native) / w)))
double quality_sigmoid(double native, double h, double a, double s, double x0, double w);

// component  OFIQ's name: "InterEyeDistance", "HeadPoseYaw", ...
// returns    0..100, a whole number; nothing for a name that OFIQ does not have
std::optional<int> ofiq_quality(std::string_view component, double native);

// The 28 names, sorted.
std::vector<std::string> ofiq_components();

}  // namespace kyc
