// Work items shared between threads and processes on a file system that all of them see. Each item is done
// once; whoever dies, however hard, holds nothing back: the kernel (or the file server) lets its claim go.
//
// The table is one file with one byte per item: '1' when it is done. Claims are locks on single bytes of it
// (open file description locks, fcntl(2)), so claiming leaves no litter. NFS from version 3 with its lock
// daemon on, and every local file system, keep such locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kyc {

// Writes the table anew. No claimant may be using it.
// done    which items are done already
// throws  Error{Unavailable} if it can not be written
void write_claim_table(const std::filesystem::path& path, const std::vector<bool>& done);

// One worker: a thread, whether alone or in one of many processes. Not thread-safe; each thread has its own.
class Claimant {
 public:
  // throws  Error{NotFound} no such table, Error{Unavailable} it can not be opened
  explicit Claimant(const std::filesystem::path& table);
  ~Claimant();
  Claimant(const Claimant&) = delete;
  Claimant& operator=(const Claimant&) = delete;

  // The next item that nobody has done or is doing, now claimed by this worker. When there is none, waits for
  // those that others are doing, and takes over what they leave undone. Nothing when all items are done.
  // The claim before must be finished or dropped.
  // throws  Error{Unavailable} if the file system keeps no locks
  std::optional<std::size_t> next();

  void finish();  // the claimed item is done
  void drop();    // it is not; this worker will not claim it again, others may

  std::size_t count() const { return count_; }
  std::size_t done() const;  // items done so far, by anybody

 private:
  bool is_done(std::size_t item) const;
  bool take(std::size_t item, bool wait);

  int file_ = -1;
  std::size_t count_ = 0;
  std::size_t cursor_ = 0;        // items before it were looked at once
  std::deque<std::size_t> busy_;  // of those, the ones that others held
  std::optional<std::size_t> claimed_;
};

// A folder that only one program may work in.
class FolderLock {
 public:
  // path    of the lock file, made if it is not there
  // throws  Error{Unavailable}: another process holds it (`what` says of what), or not writable
  FolderLock(const std::filesystem::path& path, const std::string& what);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace kyc
