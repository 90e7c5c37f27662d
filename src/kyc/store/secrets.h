// Secrets: the key file, what is derived from it, passwords, random tokens. libsodium ends in secrets.cpp and
// media.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "kyc/store/database.h"

namespace kyc {

using SecretKey = std::array<std::uint8_t, 32>;

// The master key of a data folder: 32 random bytes, hexadecimal in a file of mode 600. Everything is
// encrypted and authenticated with keys derived from it, one per purpose.
class KeyRing {
 public:
  // Reads the file, or makes it where it is not there.
  // throws  Error{Corrupt} it holds no key; Error{InvalidArgument} others than its owner may read it;
  // Error{Unavailable}
  //         it can not be made
  static KeyRing open(const std::filesystem::path& file);
  // As open, but a missing file is Error{NotFound}: where data exist already, a new key would hide the loss
  // of theirs.
  static KeyRing open_existing(const std::filesystem::path& file);
  explicit KeyRing(const SecretKey& master);

  const SecretKey& media_key() const { return media_; }            // encrypts files
  const SecretKey& media_name_key() const { return media_name_; }  // names files by their content
  const SecretKey& field_key() const { return field_; }            // encrypts fields of the database
  const SecretKey& audit_key() const { return audit_; }

 private:
  SecretKey media_;
  SecretKey media_name_;
  SecretKey field_;
  SecretKey audit_;
};

// Authenticated encryption of a small field (XSalsa20-Poly1305), bound to `context`.
Bytes seal_field(const KeyRing& keys, std::string_view context, const Bytes& plain);
// throws  Error{Corrupt} the field was changed, moved to another context, or another key is in use
Bytes open_field(const KeyRing& keys, std::string_view context, const Bytes& sealed);

// Keyed BLAKE2b-256, hexadecimal.
std::string keyed_hash(const SecretKey& key, std::string_view text);
// HMAC-SHA-256 (RFC 2104), hexadecimal.
std::string hmac_sha256_hex(const Bytes& key, std::string_view text);

// How expensive a password hash is (Argon2id).
struct PasswordCost {
  std::uint64_t operations = 2;
  std::size_t memory_bytes = 64U << 20;
};

std::string hash_password(std::string_view password, const PasswordCost& cost = {});
bool password_matches(const std::string& hash, std::string_view password);

Bytes random_bytes(std::size_t count);
// Each of [0, below) as likely as the others; below >= 1.
std::uint32_t random_below(std::uint32_t below);
// For ids and tokens: URL-safe characters of 6 bits each.
std::string random_token(std::size_t characters);
std::string sha256_of(std::string_view text);
// In a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string base64url(std::string_view bytes);
// Nothing if it is none.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace kyc
