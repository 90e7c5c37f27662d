#include "kyc/core/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

std::ifstream open_for_reading(const std::filesystem::path& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) throw Error(ErrorCode::NotFound, path.string() + ": no such file");
  if (!std::filesystem::is_regular_file(status))
    throw Error(ErrorCode::NotFound, path.string() + ": expected a regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, path.string() + ": cannot be opened: " + std::strerror(errno));
  return in;
}

template <typename Bytes>
Bytes read_whole(const std::filesystem::path& path, std::uint64_t max_bytes) {
  std::ifstream in = open_for_reading(path);
  const std::uint64_t size = std::filesystem::file_size(path);
  if (size > max_bytes)
    throw Error(ErrorCode::InvalidArgument,
                path.string() + ": " + std::to_string(size) + " bytes, at most " + std::to_string(max_bytes) +
                    " are read");
  Bytes bytes(size, {});
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(in.gcount()));  // the file may have been cut meanwhile
  return bytes;
}

std::string hex(std::span<const unsigned char> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

struct DigestContext {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};

  DigestContext() {
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
      throw Error(ErrorCode::Internal, "SHA-256 could not be started");
  }
  void update(const void* data, std::size_t size) { EVP_DigestUpdate(context.get(), data, size); }
  std::string finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context.get(), digest, &size);
    return hex({digest, size});
  }
};

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_whole<std::vector<std::uint8_t>>(path, max_bytes);
}

std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_whole<std::string>(path, max_bytes);
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  const std::filesystem::path part = path.string() + ".part" + std::to_string(::getpid());
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
      const std::string reason = std::strerror(errno);
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + reason);
    }
  }
  std::error_code failure;
  std::filesystem::rename(part, path, failure);
  if (failure) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + failure.message());
  }
}

void write_text_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void sync_to_disk(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const std::string reason = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (!synced)
    throw Error(ErrorCode::Unavailable, path.string() + ": could not be written to the disk: " + reason);
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  DigestContext digest;
  digest.update(bytes.data(), bytes.size());
  return digest.finish();
}

std::string sha256_hex_of_file(const std::filesystem::path& path) {
  std::ifstream in = open_for_reading(path);
  DigestContext digest;
  std::vector<char> block(1 << 20);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    digest.update(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  return digest.finish();
}

}  // namespace kyc
