// Internal to store/: the file in which a backup keeps rows. Values one after the other, each with its type
// and length, so that every byte comes back as it was whatever the database calls it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kyc/store/database.h"
#include "kyc/store/media.h"

namespace kyc {

class BackupFileWriter {
 public:
  explicit BackupFileWriter(const MediaFolder& folder) : out_(folder.writer()) {}
  void put(const SqlValue& value);
  StoredMedia finish();

 private:
  void raw(const void* bytes, std::size_t count);

  MediaFolder::Writer out_;
  std::vector<std::uint8_t> held_;
};

class BackupFileReader {
 public:
  BackupFileReader(const MediaFolder& folder, const std::string& id);
  // throws  Error{Corrupt} the file ends, or says what it can not mean
  SqlValue get();
  std::string text();
  std::int64_t integer();

 private:
  void raw(void* bytes, std::size_t count);
  [[noreturn]] void damaged() const;

  MediaFolder::Reader in_;
};

}  // namespace kyc
