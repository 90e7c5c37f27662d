// Internal to service/: long work, one job at a time.
#pragma once

#include <cstdint>

#include "kyc/service/state.h"

namespace kyc {

// Takes the oldest queued job and runs it to its end. returns  milliseconds until it is worth asking again
std::int64_t run_next_job(ServiceState& state);

}  // namespace kyc
