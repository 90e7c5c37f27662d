// One-time passwords by time (RFC 6238): six digits, thirty seconds, HMAC-SHA-1, what every authenticator app
// speaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kyc/store/database.h"

namespace kyc {

// The password of time step `step` (seconds since 1970 over 30).
std::string totp_code(const Bytes& secret, std::int64_t step);

// The step whose password `code` is, of the current step and its two neighbours, if it lies after
// `used_step`: a password works once.
std::optional<std::int64_t> totp_step_of(const Bytes& secret,
                                         std::string_view code,
                                         std::int64_t now_ms,
                                         std::int64_t used_step);

// RFC 4648 base 32 without padding.
std::string base32(const Bytes& bytes);
// otpauth://totp/..., which apps read from a QR code.
std::string totp_uri(const Bytes& secret, const std::string& account);

}  // namespace kyc
