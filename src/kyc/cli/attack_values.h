// The --option flags of the attack commands.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace kyc::cli {

// "NAME=VALUE" each. throws  Error{InvalidArgument} for another form
std::map<std::string, std::string> attack_values(const std::vector<std::string>& pairs);

}  // namespace kyc::cli
