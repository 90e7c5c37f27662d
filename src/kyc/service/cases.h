// Internal to service/: what the handlers of a case's steps share.
#pragma once

#include <optional>
#include <string>

#include "kyc/service/endpoints.h"
#include "kyc/service/views.h"
#include "kyc/store/cases.h"
#include "kyc/store/challenges.h"

namespace kyc {

// The case, if it is the caller's own. Others' cases do not exist for them.
Case own_case(Call& call, Connection& connection);
[[noreturn]] void wrong_state(CaseState state, const std::string& what);
// Retention will expire it; until then it is treated as if it were.
void check_not_expired(const ServiceState& state, const Case& held);

// The nonce that a clip came with; nothing where no challenges are asked.
std::optional<std::string> challenge_nonce(Call& call);
// Before a clip is received. throws  HttpError 409
void check_challenge(Call& call, Connection& connection, const std::string& case_id);
// throws  HttpError 409 unless it is good
void refuse_challenge(ChallengeUse use);
CaseChallenge challenge_of(const ServiceState& state, Connection& connection, const Case& held);

}  // namespace kyc
