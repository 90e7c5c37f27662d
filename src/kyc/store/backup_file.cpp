#include "kyc/store/backup_file.h"

#include <bit>
#include <cstring>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr std::size_t kHeld = 64 * 1024;
constexpr std::uint64_t kLongest = 256ULL << 20;  // of one value: far more than the service stores

// As std::variant counts the alternatives of SqlValue.
enum class Type : std::uint8_t { Null, Integer, Number, Text, Bytes };

}  // namespace

void BackupFileWriter::raw(const void* bytes, std::size_t count) {
  const auto* from = static_cast<const std::uint8_t*>(bytes);
  held_.insert(held_.end(), from, from + count);
  if (held_.size() < kHeld) return;
  out_.write(held_);
  held_.clear();
}

void BackupFileWriter::put(const SqlValue& value) {
  static_assert(std::endian::native == std::endian::little);
  const auto type = static_cast<std::uint8_t>(value.index());
  raw(&type, 1);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) raw(integer, sizeof(*integer));
  if (const auto* number = std::get_if<double>(&value)) raw(number, sizeof(*number));
  const auto sized = [&](const auto& bytes) {
    const std::uint64_t size = bytes.size();
    raw(&size, sizeof(size));
    raw(bytes.data(), bytes.size());
  };
  if (const auto* text = std::get_if<std::string>(&value)) sized(*text);
  if (const auto* bytes = std::get_if<Bytes>(&value)) sized(*bytes);
}

StoredMedia BackupFileWriter::finish() {
  out_.write(held_);
  held_.clear();
  return out_.finish();
}

BackupFileReader::BackupFileReader(const MediaFolder& folder, const std::string& id)
    : in_(folder.reader(id)) {}

void BackupFileReader::damaged() const {
  throw Error(ErrorCode::Corrupt, "the backup's database file is damaged, or of a newer program");
}

void BackupFileReader::raw(void* bytes, std::size_t count) {
  auto* to = static_cast<std::uint8_t*>(bytes);
  while (count > 0) {
    const std::size_t got = in_.read({to, count});
    if (got == 0) damaged();
    to += got;
    count -= got;
  }
}

SqlValue BackupFileReader::get() {
  std::uint8_t type = 0;
  raw(&type, 1);
  const auto sized = [&](auto value) -> SqlValue {
    std::uint64_t size = 0;
    raw(&size, sizeof(size));
    if (size > kLongest) damaged();
    value.resize(static_cast<std::size_t>(size));
    raw(value.data(), value.size());
    return value;
  };
  switch (static_cast<Type>(type)) {
    case Type::Null:
      return std::monostate{};
    case Type::Integer: {
      std::int64_t value = 0;
      raw(&value, sizeof(value));
      return value;
    }
    case Type::Number: {
      double value = 0;
      raw(&value, sizeof(value));
      return value;
    }
    case Type::Text:
      return sized(std::string());
    case Type::Bytes:
      return sized(Bytes());
  }
  damaged();
}

std::string BackupFileReader::text() {
  SqlValue value = get();
  if (auto* held = std::get_if<std::string>(&value)) return std::move(*held);
  damaged();
}

std::int64_t BackupFileReader::integer() {
  const SqlValue value = get();
  if (const auto* held = std::get_if<std::int64_t>(&value)) return *held;
  damaged();
}

}  // namespace kyc
