// Files of people: encrypted at rest (libsodium secretstream), named by a keyed hash of their content, so
// that the same bytes are stored once and a name tells nothing to who has no key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "kyc/store/secrets.h"

namespace kyc {

struct StoredMedia {
  std::string id;  // 64 hexadecimal digits
  std::uint64_t bytes = 0;
};

// Thread-safe; several processes may share the folder.
class MediaFolder {
 public:
  // throws  Error{Unavailable} the folder can not be made
  MediaFolder(std::filesystem::path folder, const KeyRing& keys);

  // A file that is being written. Destroyed without finish(), it leaves nothing.
  class Writer {
   public:
    ~Writer();
    Writer(Writer&&) noexcept;
    // throws  Error{Unavailable} disk full
    void write(std::span<const std::uint8_t> bytes);
    // Puts all bytes on the disk, still under a temporary name: the slow part of finish(), which calls it if
    // nobody did.
    void prepare();
    // On return the file survives a loss of power. Where files are removed at the same time, both are done
    // within write transactions of the database that counts their uses: the same bytes may be let go of and
    // come again.
    StoredMedia finish();

   private:
    friend class MediaFolder;
    struct State;
    explicit Writer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Writer writer() const;
  StoredMedia store(std::span<const std::uint8_t> bytes) const;

  // A stored file, front to back; skip() is as costly as reading.
  class Reader {
   public:
    ~Reader();
    Reader(Reader&&) noexcept;
    // The next bytes, at most `buffer`'s size; 0 at the end.
    // throws  Error{Corrupt} the file was cut or changed
    std::size_t read(std::span<std::uint8_t> buffer);
    void skip(std::uint64_t bytes);

   private:
    friend class MediaFolder;
    struct State;
    explicit Reader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  // throws  Error{NotFound}
  Reader reader(const std::string& id) const;
  // throws  as reader and read; Error{InvalidArgument} it has more than max_bytes
  Bytes load(const std::string& id, std::uint64_t max_bytes) const;

  bool has(const std::string& id) const;
  // Reads it whole. returns  bytes of plain text
  // throws  as reader and read
  std::uint64_t check(const std::string& id) const;
  // Takes a stored file of another folder with the same key as it is, encrypted; on return it survives a loss
  // of power. throws  Error{NotFound} it is not there; Error{Unavailable} disk full
  void copy_from(const MediaFolder& other, const std::string& id) const;

  // Nothing happens if it is not there.
  void remove(const std::string& id) const;

  // What a crash left: removes unfinished files, and shows every other file to `visit`, which may call
  // remove(); only such as were not touched since `older_than_s` seconds. returns  unfinished files removed
  std::uint64_t sweep(const std::function<void(const std::string& id)>& visit,
                      std::int64_t older_than_s) const;

 private:
  std::filesystem::path path_of(const std::string& id) const;

  std::filesystem::path folder_;
  SecretKey key_;
  SecretKey name_key_;
};

// The plain text of a stored file in memory that belongs to this process alone, under a path that other code
// can open
// ("/proc/self/fd/7"): it never touches a disk, and is gone with the object.
class PlainCopy {
 public:
  // throws  as MediaFolder::load; Error{Unavailable} no memory
  PlainCopy(const MediaFolder& media, const std::string& id, std::uint64_t max_bytes);
  ~PlainCopy();
  PlainCopy(const PlainCopy&) = delete;
  PlainCopy& operator=(const PlainCopy&) = delete;

  std::filesystem::path path() const;

 private:
  int file_ = -1;
};

}  // namespace kyc
