#include "kyc/store/secrets.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

void start_sodium() {
  static const int result = sodium_init();
  if (result < 0)
    throw Error(ErrorCode::Unavailable, "libsodium could not be started: no source of randomness");
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hex(const unsigned char* bytes, std::size_t count) {
  std::string out(count * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes, count);
  out.pop_back();
  return out;
}

SecretKey derived(const SecretKey& master, std::uint64_t id) {
  SecretKey out{};
  static_assert(crypto_kdf_KEYBYTES == std::tuple_size_v<SecretKey>);
  if (crypto_kdf_derive_from_key(out.data(), out.size(), id, "kyclops1", master.data()) != 0)
    throw Error(ErrorCode::Internal, "a key could not be derived");
  return out;
}

SecretKey read_key(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & 077) != 0)
    throw Error(ErrorCode::InvalidArgument,
                file.string() + ": others than its owner may read the key: expected mode 600 (chmod 600)");
  const std::string text = read_text_file(file, 4096);
  SecretKey key{};
  std::size_t size = 0;
  if (text.size() < 64 ||
      sodium_hex2bin(key.data(), key.size(), text.data(), 64, nullptr, &size, nullptr) != 0 ||
      size != key.size())
    throw Error(ErrorCode::Corrupt, file.string() + ": expected a key of 64 hexadecimal digits");
  return key;
}

// Appears whole or not at all; where two programs start at once, one of them wins and both read its key.
void make_key(const std::filesystem::path& file) {
  SecretKey key{};
  randombytes_buf(key.data(), key.size());
  const std::string text = hex(key.data(), key.size()) + "\n";
  const std::string part = file.string() + ".part" + random_token(8);
  const int out = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = out >= 0 &&
                       ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(out) == 0;
  const bool linked = written && (::link(part.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const std::string reason = std::strerror(errno);
  if (out >= 0) ::close(out);
  ::unlink(part.c_str());
  if (!linked)
    throw Error(ErrorCode::Unavailable, file.string() + ": the key could not be written: " + reason);
  sync_to_disk(file.parent_path().empty() ? "." : file.parent_path());
}

SecretKey field_subkey(const KeyRing& keys, std::string_view context) {
  SecretKey out{};
  crypto_generichash(
      out.data(), out.size(), raw(context), context.size(), keys.field_key().data(), keys.field_key().size());
  return out;
}

}  // namespace

KeyRing::KeyRing(const SecretKey& master) {
  start_sodium();
  media_ = derived(master, 1);
  media_name_ = derived(master, 2);
  field_ = derived(master, 3);
  audit_ = derived(master, 4);
}

KeyRing KeyRing::open(const std::filesystem::path& file) {
  start_sodium();
  if (!std::filesystem::exists(file)) make_key(file);
  return KeyRing(read_key(file));
}

KeyRing KeyRing::open_existing(const std::filesystem::path& file) {
  start_sodium();
  return KeyRing(read_key(file));
}

Bytes seal_field(const KeyRing& keys, std::string_view context, const Bytes& plain) {
  const SecretKey key = field_subkey(keys, context);
  Bytes out(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size());
  randombytes_buf(out.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(
      out.data() + crypto_secretbox_NONCEBYTES, plain.data(), plain.size(), out.data(), key.data());
  return out;
}

Bytes open_field(const KeyRing& keys, std::string_view context, const Bytes& sealed) {
  const SecretKey key = field_subkey(keys, context);
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  Bytes out(sealed.size() < kOverhead ? 0 : sealed.size() - kOverhead);
  if (sealed.size() < kOverhead || crypto_secretbox_open_easy(out.data(),
                                                              sealed.data() + crypto_secretbox_NONCEBYTES,
                                                              sealed.size() - crypto_secretbox_NONCEBYTES,
                                                              sealed.data(),
                                                              key.data()) != 0)
    throw Error(ErrorCode::Corrupt,
                std::string(context) + ": can not be decrypted: changed, or another key file");
  return out;
}

std::string keyed_hash(const SecretKey& key, std::string_view text) {
  unsigned char out[32];
  crypto_generichash(out, sizeof(out), raw(text), text.size(), key.data(), key.size());
  return hex(out, sizeof(out));
}

std::string hmac_sha256_hex(const Bytes& key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(text), text.size(), out, &size) ==
      nullptr)
    throw Error(ErrorCode::Internal, "HMAC-SHA-256 failed");
  return hex(out, size);
}

std::string hash_password(std::string_view password, const PasswordCost& cost) {
  start_sodium();
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(out,
                            password.data(),
                            password.size(),
                            cost.operations,
                            cost.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw Error(ErrorCode::Unavailable, "not enough memory to hash a password");
  return out;
}

bool password_matches(const std::string& hash, std::string_view password) {
  start_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::uint32_t random_below(std::uint32_t below) {
  start_sodium();
  return randombytes_uniform(below);
}

Bytes random_bytes(std::size_t count) {
  start_sodium();
  Bytes out(count);
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string random_token(std::size_t characters) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (const std::uint8_t byte : random_bytes(characters)) out += kLetters[byte & 63];
  return out;
}

std::string sha256_of(std::string_view text) {
  return sha256_hex({raw(text), text.size()});
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64url(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), raw(bytes), bytes.size(), kVariant);
  out.pop_back();
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()),
                        out.size(),
                        text.data(),
                        text.size(),
                        nullptr,
                        &size,
                        nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace kyc
