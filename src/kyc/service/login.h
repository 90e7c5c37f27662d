// Internal to service/: passwords at the door, all in one place.
#pragma once

#include "kyc/service/endpoints.h"

namespace kyc {

// Argon2id takes memory: only so many at a time.
// throws  HttpError 503
std::string hash_password_bounded(ServiceState& state, const std::string& password);
bool password_matches_bounded(ServiceState& state, const std::string& hash, const std::string& password);

// Whether password (and, where one is set up, one-time password) are those of the account; locks by address
// after too many failures. Takes as long for addresses that nobody has. totp    what came, if anything throws
// HttpError 401 "wrong_login", 401 "totp_required", 429 "locked"
LoginRecord check_login(ServiceState& state,
                        const std::string& email,
                        const std::string& password,
                        const std::optional<std::string>& totp);

Bytes open_totp_secret(const ServiceState& state, const std::string& account_id, const Bytes& sealed);
std::string session_cookie(const ServiceState& state, const std::string& token);
std::string ended_session_cookie(const ServiceState& state);

}  // namespace kyc
