// Internal to service/: files that are part of the program.
#pragma once

#include <string_view>

namespace kyc {

std::string_view openapi_asset();  // openapi.json
std::string_view landing_asset();  // landing.html

}  // namespace kyc
