// How long work tells that it goes on. Libraries never print: cli/ and service/ decide what becomes of it.
#pragma once

#include <cstdint>
#include <functional>

namespace kyc {

// done of total units (total 0: not known). Called from any thread, one call at a time. May be empty.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace kyc
