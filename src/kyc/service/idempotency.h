// Internal to service/: a creating call that is sent again with the same Idempotency-Key is answered as it
// was the first time and creates nothing.
#pragma once

#include "kyc/service/endpoints.h"

namespace kyc {

// throws  HttpError 409 the first call is still under way; 422 the key came with another request before
HttpResponse answer_once(Call& call, const Endpoint& endpoint);

// Answers are kept for a day. returns  rows removed
std::int64_t forget_old_answers(Connection& connection, std::int64_t now);

}  // namespace kyc
