// What a fuzzer holds against a server's answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

// The bytes that a server sent on one connection must be whole answers, one after the other, with header
// lines of plain text only and bodies as long as they say.
// to_head  of every request that was answered: its method was HEAD, so that the answer has no body
// returns  what is wrong; nothing if all is well
std::optional<std::string> fault_in_answers(std::string_view bytes, const std::vector<bool>& to_head);

}  // namespace kyc
