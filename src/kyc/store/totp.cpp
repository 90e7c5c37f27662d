#include "kyc/store/totp.h"

#include <cstdio>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "kyc/core/error.h"
#include "kyc/store/secrets.h"

namespace kyc {
namespace {

constexpr std::int64_t kStepMilliseconds = 30'000;

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    char code[4];
    std::snprintf(code, sizeof(code), "%%%02X", byte);
    if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
        byte == '.' || byte == '-' || byte == '_')
      out += c;
    else
      out += code;
  }
  return out;
}

}  // namespace

// RFC 4226, section 5.3.
std::string totp_code(const Bytes& secret, std::int64_t step) {
  unsigned char message[8];
  for (int i = 0; i < 8; ++i)
    message[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(
          EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message, sizeof(message), mac, &size) ==
      nullptr)
    throw Error(ErrorCode::Internal, "HMAC-SHA-1 failed");
  const unsigned offset = mac[size - 1] & 15U;
  const unsigned number = ((mac[offset] & 0x7FU) << 24) | (static_cast<unsigned>(mac[offset + 1]) << 16) |
                          (static_cast<unsigned>(mac[offset + 2]) << 8) | mac[offset + 3];
  char text[8];
  std::snprintf(text, sizeof(text), "%06u", number % 1'000'000U);
  return text;
}

std::optional<std::int64_t> totp_step_of(const Bytes& secret,
                                         std::string_view code,
                                         std::int64_t now_ms,
                                         std::int64_t used_step) {
  const std::int64_t now = now_ms / kStepMilliseconds;
  std::optional<std::int64_t> found;
  for (std::int64_t step = now - 1; step <= now + 1; ++step)
    if (equal_in_constant_time(totp_code(secret, step), code) && step > used_step) found = step;
  return found;
}

std::string base32(const Bytes& bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += kLetters[(held >> bits) & 31];
    }
  }
  if (bits > 0) out += kLetters[(held << (5 - bits)) & 31];
  return out;
}

std::string totp_uri(const Bytes& secret, const std::string& account) {
  return "otpauth://totp/Kyclops:" + percent_encoded(account) + "?secret=" + base32(secret) +
         "&issuer=Kyclops";
}

}  // namespace kyc
