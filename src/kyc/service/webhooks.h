// Internal to service/: telling other programs what happened.
#pragma once

#include <string>

#include "kyc/service/state.h"

namespace kyc {

// Queues "case.decided" or "case.review" for the webhooks of the case's account, within the caller's
// transaction; after which the caller wakes the background: before, it would find nothing.
void announce_case(ServiceState& state, Connection& connection, const std::string& case_id);

// Sends what is due; failures are tried again after 10 s, 1, 5, 30 min, 2, 8, 24 h and then given up.
// returns  milliseconds until something is due again, at most a minute
std::int64_t deliver_due(ServiceState& state);

}  // namespace kyc
